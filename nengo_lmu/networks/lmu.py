"""The Legendre Memory Unit of the paper: a memory and a nonlinear hidden state."""

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.networks.ideal_memory import IdealMemory
from nengo_lmu.networks.memory import seed_from_context
from nengo_lmu.networks.spiking_memory import SpikingMemory


class LMU(nengo.Network):
    r"""The cell of the paper, as a network.

    .. math:: u_t = e_x x_t + e_h h_{t-1} + e_m m_{t-1}, \quad
       m_t = \bar A m_{t-1} + \bar B u_t, \quad
       h_t = f(W_x x_t + W_h h_{t-1} + W_m m_t)

    (Voelker, Kajić, Eliasmith, NeurIPS 2019, equations 4 to 7), exactly so with the
    ideal memory: `hidden` says :math:`h_t` one time step after `input` says
    :math:`x_t`. The weights are the transforms of connections, so they can be trained.

    Parameters
    ----------
    size_in : int
        Size of the input x.
    n_hidden : int
        Size of the hidden state h.
    theta : float
        Window in seconds.
    order : int
        Number of Legendre polynomials.
    n_channels : int, optional
        Memories, each fed with a value u of its own.
    n_neurons : int, optional
        Neurons of each memory. By default none: the memory is an `IdealMemory`.
    hidden_type : nengo.neurons.NeuronType, optional
        The nonlinearity f, with gain 1 and bias 0; ``Tanh(tau_ref=1)``, the tanh of
        the paper, by default.
    input_to_hidden, hidden_to_memory, memory_to_memory : bool, optional
        Whether there are connections W_x, e_h and e_m.
    dt : float, optional
        Time step of the simulation, in seconds.
    seed : int, optional
        The same seed gives the same initial weights. By default that of the enclosing
        network, if it has one, decides.
    label : str, optional
        Name of the network.
    **memory
        Further arguments of `SpikingMemory`, if n_neurons is given.

    Attributes
    ----------
    input : nengo.Node
        Size ``size_in``.
    hidden : nengo.Node
        Size ``n_hidden``.
    memory : IdealMemory or SpikingMemory
    ensemble : nengo.Ensemble
        The hidden units.
    weights : dict of {str: nengo.Connection}
        By the names of the equations: "e_x", "e_h", "e_m", "W_x", "W_h", "W_m".

    Notes
    -----
    Initial weights are those of the paper's code: e_x uniform within
    :math:`\sqrt{3 / \mathrm{size\_in}}` (LeCun), e_h and e_m zero, the others normal
    with variance 2 / (fan in + fan out) (Xavier).
    """

    def __init__(
        self,
        size_in,
        n_hidden,
        theta,
        order,
        *,
        n_channels=1,
        n_neurons=None,
        hidden_type=None,
        input_to_hidden=True,
        hidden_to_memory=True,
        memory_to_memory=True,
        dt=0.001,
        seed=None,
        label=None,
        **memory,
    ):
        seed = seed_from_context() if seed is None else seed
        super().__init__(label=label, seed=seed)
        size_in = checks.integer(size_in, attr="size_in", obj=self)
        n_hidden = checks.integer(n_hidden, attr="n_hidden", obj=self)
        hidden_type = nengo.Tanh(tau_ref=1) if hidden_type is None else hidden_type
        rng = np.random.RandomState(seed)
        memory_seed = rng.randint(2**31 - 1)
        shared = {"n_channels": n_channels, "dt": dt, "label": "memory", **memory}
        with self:
            self.input = nengo.Node(size_in=size_in, label="input")
            self.hidden = nengo.Node(size_in=n_hidden, label="hidden")
            if n_neurons is None:
                self.memory = IdealMemory(theta, order, **shared)
            else:
                self.memory = SpikingMemory(
                    n_neurons, theta, order, **{"seed": memory_seed, **shared}
                )
            self.ensemble = nengo.Ensemble(
                n_hidden,
                1,
                neuron_type=hidden_type,
                gain=np.ones(n_hidden),
                bias=np.zeros(n_hidden),
                noise=None,
                label="hidden units",
            )
            units = self.ensemble.neurons
            nengo.Connection(units, self.hidden, synapse=None)
            u, m = self.memory.input, self.memory.state
            # The memory delays what it takes in by one step, so the other ways to the
            # hidden units do so too: a synapse of 0 s is a delay of one step.
            ways = {
                "e_x": (self.input, u, None, _lecun),
                "W_h": (units, units, 0, _xavier),
                "W_m": (m, units, None, _xavier),
            }
            if hidden_to_memory:
                ways["e_h"] = (units, u, None, _zeros)
            if memory_to_memory:
                ways["e_m"] = (m, u, None, _zeros)
            if input_to_hidden:
                ways["W_x"] = (self.input, units, 0, _xavier)
            self.weights = {
                name: nengo.Connection(
                    pre,
                    post,
                    transform=initial(rng, post.size_in, pre.size_out),
                    synapse=synapse,
                    label=name,
                )
                for name, (pre, post, synapse, initial) in ways.items()
            }


def _lecun(rng, n_out, n_in):
    return rng.uniform(-1, 1, size=(n_out, n_in)) * np.sqrt(3 / n_in)


def _xavier(rng, n_out, n_in):
    return rng.normal(0, np.sqrt(2 / (n_in + n_out)), size=(n_out, n_in))


def _zeros(rng, n_out, n_in):
    return np.zeros((n_out, n_in))
