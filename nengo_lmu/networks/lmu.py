"""The Legendre Memory Unit: a memory and a nonlinear hidden state."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import nengo
import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu import checks
from nengo_lmu.networks.bank import Bank
from nengo_lmu.networks.ideal_memory import IdealMemory
from nengo_lmu.networks.memory import seed_from_context
from nengo_lmu.networks.spiking_memory import SpikingMemory


class LMU(nengo.Network):
    r"""Legendre Memory Unit: the cell of the paper as a network.

    .. math:: u_t = e_x x_t + e_h h_{t-1} + e_m m_{t-1}, \quad
       m_t = \bar A m_{t-1} + \bar B u_t, \quad
       h_t = f(W_x x_t + W_h h_{t-1} + W_m m_t)

    (Voelker, Kajić, Eliasmith, NeurIPS 2019, equations 4 to 7). With the ideal memory
    the equations hold exactly: `hidden` outputs :math:`h_t` one time step after `input`
    outputs :math:`x_t`. The weights are transforms of connections and can be trained.

    Parameters
    ----------
    size_in : int
        Size of the input x.
    n_hidden : int
        Size of the hidden state h.
    order : int
        Number of Legendre polynomials.
    theta : float or list of float
        Window in seconds, or a window for each channel.
    n_channels : int, optional
        Number of memories, each with its own input u.
    n_neurons : int, optional
        Number of neurons of each memory. By default the memory is an `IdealMemory`.
    memory : callable, optional
        Makes the memory if ``n_neurons`` is None: `IdealMemory` by default,
        `GivenState` for states that are computed in advance, or
        `nengo_lmu.training.TrainableMemory` for windows that are trained.
    hidden_type : nengo.neurons.NeuronType, optional
        Nonlinearity f, with gain 1 and bias 0; by default ``Tanh(tau_ref=1)``, the tanh
        of the paper.
    input_to_memory : bool, optional
        Whether e_x exists. Otherwise the input is passed to the memory unchanged, and
        ``n_channels`` must equal ``size_in``.
    input_to_hidden, hidden_to_hidden : bool, optional
        Whether W_x and W_h exist.
    hidden_to_memory, memory_to_memory : bool, optional
        Whether e_h and e_m exist.
    bias : bool, optional
        Whether the hidden units have trained biases. Those of the paper have none.
    dt : float, optional
        Time step of the simulation, in seconds.
    seed : int, optional
        Seed of the initial weights. By default it is derived from that of the enclosing
        network.
    label : str, optional
        Name of the network.
    **settings
        Further arguments of `SpikingMemory` if n_neurons is given, else of ``memory``.

    Attributes
    ----------
    input : nengo.Node
        Size ``size_in``.
    hidden : nengo.Node
        Size ``n_hidden``.
    memory : Memory or Bank
        The memory; a bank if theta is a list.
    ensemble : nengo.Ensemble
        The hidden units.
    to_units, from_units : nengo.Connection
        One-to-one connections from a node with the summed inputs to the hidden units,
        and from the units to ``hidden``. The units have no other connections.
    peak_currents : (n_hidden,) array or None
        Largest currents of the units after `to_spiking`.
    weights : dict of {str: nengo.Connection or nengo.Ensemble}
        Objects that are trained, by their names in the equations: connections "e_x",
        "e_h", "e_m", "W_x", "W_h", "W_m", and the ensemble with biases "b". A memory
        with a trained window is "theta"; those of a bank are "theta.0" and so on.

    Notes
    -----
    Initial weights are those of the paper's code: e_x is uniform within
    :math:`\pm\sqrt{3 / \mathrm{size\_in}}` (LeCun), e_h and e_m are zero, the others
    are normal with variance 2 / (fan in + fan out) (Xavier).

    Examples
    --------
    >>> layer = nengo_lmu.LMU(size_in=1, n_hidden=10, order=6, theta=0.5, seed=0)
    >>> layer.hidden.size_out
    10
    >>> sorted(layer.weights)
    ['W_h', 'W_m', 'W_x', 'e_h', 'e_m', 'e_x']

    With a memory of spiking neurons:

    >>> layer = nengo_lmu.LMU(
    ...     1, n_hidden=10, order=6, theta=0.5, n_neurons=600, freq=1.0, seed=0
    ... )
    >>> layer.memory.design.n_neurons
    600
    """

    def __init__(
        self,
        size_in: int,
        n_hidden: int,
        order: int,
        theta: float | Sequence[float],
        *,
        n_channels: int = 1,
        n_neurons: int | None = None,
        memory: Callable[..., nengo.Network] = IdealMemory,
        hidden_type: nengo.neurons.NeuronType | None = None,
        input_to_memory: bool = True,
        input_to_hidden: bool = True,
        hidden_to_hidden: bool = True,
        hidden_to_memory: bool = True,
        memory_to_memory: bool = True,
        bias: bool = False,
        dt: float = 0.001,
        seed: int | None = None,
        label: str | None = None,
        **settings: Any,
    ) -> None:
        seed = seed_from_context() if seed is None else seed
        size_in = checks.integer(size_in, attr="size_in", obj=type(self))
        n_hidden = checks.integer(n_hidden, attr="n_hidden", obj=type(self))
        if not input_to_memory and n_channels != size_in:
            allowed = f"size_in = {size_in} without input_to_memory"
            checks.fail("n_channels", allowed, n_channels, type(self))
        # A refused LMU must not remain in the enclosing network.
        super().__init__(label=label, seed=seed, add_to_container=False)
        rng = np.random.RandomState(seed)
        shared = {"order": order, "dt": dt, "label": "memory", **settings}
        memory_seed = rng.randint(2**31 - 1)
        if n_neurons is not None:
            memory = partial(SpikingMemory, n_neurons)
            shared = {"seed": memory_seed, **shared}
        with self:
            self.input = nengo.Node(size_in=size_in, label="input")
            self.hidden = nengo.Node(size_in=n_hidden, label="hidden")
            self.memory = self._memory(memory, theta, n_channels, shared)
            current = self._add_units(
                nengo.Tanh(tau_ref=1) if hidden_type is None else hidden_type
            )
        # The state follows the input of the memory by one step, so the other paths to
        # the hidden units need one step, too: a synapse of 0 s.
        later = 0 if self.memory.delay else None
        u, m = self.memory.input, self.memory.state
        ways = {
            "e_x": (input_to_memory, self.input, u, None, _lecun),
            "W_h": (hidden_to_hidden, self.hidden, current, later, _xavier),
            "W_m": (True, m, current, None, _xavier),
            "e_h": (hidden_to_memory, self.hidden, u, None, _zeros),
            "e_m": (memory_to_memory, m, u, None, _zeros),
            "W_x": (input_to_hidden, self.input, current, later, _xavier),
        }
        loops = hidden_to_hidden or hidden_to_memory or memory_to_memory
        if not self.memory.delay and (input_to_memory or loops):
            raise ValidationError(
                "a state that is computed in advance allows no connections to the "
                "memory or among the hidden units: pass **FEED_FORWARD",
                "memory",
                self,
            )
        self.weights, self.peak_currents = self._add_ways(ways, rng), None
        if not input_to_memory:
            with self:
                nengo.Connection(self.input, u, synapse=None)
        if bias:
            self.weights["b"] = self.ensemble
        for name, trained in windows(self.memory).items():
            if trained.trainable_theta:
                self.weights[name] = trained
        if nengo.Network.context:
            nengo.Network.add(self)

    def _memory(self, make, theta, n_channels, shared):
        if np.ndim(theta) == 0:
            return make(theta=theta, n_channels=n_channels, **shared)
        if len(theta) != n_channels:
            checks.fail("theta", f"one, or {n_channels} (n_channels)", theta, self)
        return Bank(partial(make, **shared), theta, label="memory")

    def _add_units(self, hidden_type):
        """Add the hidden units, and return the node with their summed inputs."""
        n_hidden = self.hidden.size_in
        self.ensemble = nengo.Ensemble(
            n_hidden,
            1,
            neuron_type=hidden_type,
            gain=np.ones(n_hidden),
            bias=np.zeros(n_hidden),
            noise=None,
            label="hidden units",
        )
        current = nengo.Node(size_in=n_hidden, label="current")
        units = self.ensemble.neurons
        self.to_units = nengo.Connection(current, units, synapse=None)
        self.from_units = nengo.Connection(units, self.hidden, synapse=None)
        return current

    def _add_ways(self, ways, rng):
        """Add the trained connections, and return them by name."""
        weights = {}
        with self:
            for name, (wanted, pre, post, synapse, initial) in ways.items():
                if wanted:
                    weights[name] = nengo.Connection(
                        pre,
                        post,
                        transform=initial(rng, post.size_in, pre.size_out),
                        synapse=synapse,
                        label=name,
                    )
        return weights


def windows(memory):
    """Memories of a layer, by the names of their windows."""
    if isinstance(memory, Bank):
        return {f"theta.{k}": own for k, own in enumerate(memory.memories)}
    return {"theta": memory}


FEED_FORWARD = {
    "input_to_memory": False,
    "hidden_to_hidden": False,
    "hidden_to_memory": False,
    "memory_to_memory": False,
}
"""Arguments of an `LMU` whose memory does not depend on trained weights.

Its states can be computed in advance, for whole sequences at once."""


def _lecun(rng, n_out, n_in):
    return rng.uniform(-1, 1, size=(n_out, n_in)) * np.sqrt(3 / n_in)


def _xavier(rng, n_out, n_in):
    return rng.normal(0, np.sqrt(2 / (n_in + n_out)), size=(n_out, n_in))


def _zeros(rng, n_out, n_in):
    return np.zeros((n_out, n_in))
