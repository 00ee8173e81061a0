"""The memory as others build it in nengo: what ours is compared with."""

import nengo
import numpy as np

from nengo_lmu.theory.legendre import state_space

PEERS_TAU = 0.1
"""Time constant of the recurrent synapse in nengo's examples, in seconds."""


class PeersMemory(nengo.Network):
    """An LMU by nengo's own means, after Voelker, Kajić, Eliasmith (NeurIPS 2019).

    One population a Legendre coefficient, each scaled to its radius, nengo's default
    solver, Principle 3 for a lowpass synapse in continuous time: recurrent transform
    ``tau A + I``, input transform ``tau B``.

    Parameters
    ----------
    n_neurons : int
        Neurons in all; a multiple of ``order``.
    order : int
        Number of polynomials.
    theta : float
        Window in seconds.
    neuron_type : nengo.neurons.NeuronType
    radii : (order,) array_like, optional
        Range of each coefficient; 1 by default.
    tau : float
        Time constant of the recurrent synapse, in seconds.
    n_eval_points : int, optional
        Points at which nengo solves for decoders; by default its own choice, which
        grows with the number of neurons.
    seed : int, optional
    """

    def __init__(
        self,
        n_neurons,
        order,
        theta,
        neuron_type,
        *,
        radii=1.0,
        tau=PEERS_TAU,
        n_eval_points=None,
        seed=None,
    ):
        super().__init__(label="peers' memory", seed=seed)
        self.theta = theta
        self.order = order
        A, B = state_space(order, theta)
        radii = np.broadcast_to(np.asarray(radii, dtype=float), order)
        options = {} if n_eval_points is None else {"n_eval_points": n_eval_points}
        with self:
            self.input = nengo.Node(size_in=1, label="input")
            self.state = nengo.Node(size_in=order, label="state")
            array = nengo.networks.EnsembleArray(
                n_neurons // order,
                order,
                neuron_type=neuron_type,
                max_rates=nengo.dists.Uniform(100, 200),
                **options,
            )
            recurrent = (tau * A + np.eye(order)) * radii
            nengo.Connection(array.output, self.state, transform=recurrent, synapse=tau)
            nengo.Connection(self.input, self.state, transform=tau * B, synapse=tau)
            nengo.Connection(
                self.state, array.input, transform=np.diag(1 / radii), synapse=None
            )
