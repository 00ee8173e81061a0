"""The network whose emulation is timed."""

import nengo
import numpy as np

from nengo_lmu.design.synapses import map_to_synapse
from nengo_lmu.theory.legendre import state_space

THETA, ORDER, TAU, DT = 1.0, 6, 0.1, 0.001


def memory(n_neurons, decoded=False, neurons=True):
    """The memory as six ensembles, each connected to each by full weights.

    Parameters
    ----------
    n_neurons : int
        Neurons of an ensemble.
    decoded : bool
        Whether the value of each ensemble is probed.
    neurons : bool
        Whether spikes and voltages of all neurons are probed.
    """
    A, B = state_space(ORDER, THETA)
    recurrent, forward = map_to_synapse(A, B, nengo.Lowpass(TAU), dt=DT)
    with nengo.Network(seed=0) as network:
        stimulus = nengo.Node(lambda t: np.sin(2 * np.pi * t))
        dimensions = [
            nengo.Ensemble(
                n_neurons,
                1,
                max_rates=nengo.dists.Uniform(100, 200),
                intercepts=nengo.dists.Uniform(-1, 0.5),
            )
            for _ in range(ORDER)
        ]
        for i, post in enumerate(dimensions):
            nengo.Connection(stimulus, post, transform=forward[i], synapse=None)
            for j, pre in enumerate(dimensions):
                nengo.Connection(
                    pre,
                    post,
                    transform=recurrent[i, j],
                    synapse=TAU,
                    solver=nengo.solvers.LstsqL2(weights=True),
                )
            if decoded:
                nengo.Probe(post, synapse=0.01)
            if neurons:
                nengo.Probe(post.neurons)
                nengo.Probe(post.neurons, "voltage")
    return network
