"""The networks whose simulation is timed."""

import nengo

from nengo_lmu.networks import SpikingMemory

ORDER, THETA = 6, 1.0


def memory(neuron_type, rates, n_neurons):
    """A memory that is driven by white noise up to 1 Hz."""
    with nengo.Network(seed=0) as network:
        stimulus = nengo.Node(nengo.processes.WhiteSignal(10, high=1, rms=0.5, seed=0))
        memory = SpikingMemory(
            n_neurons,
            ORDER,
            THETA,
            freq=1.0,
            neuron_type=neuron_type,
            max_rates=nengo.dists.Uniform(*rates),
        )
        nengo.Connection(stimulus, memory.input, synapse=None)
        nengo.Probe(memory.state)
    return network


def learning(n_neurons):
    """A function of two dimensions that is learned by PES, with LIF neurons."""
    with nengo.Network(seed=0) as network:
        stimulus = nengo.Node(
            nengo.processes.WhiteSignal(10, high=1, rms=0.5, seed=0), size_out=2
        )
        pre = nengo.Ensemble(n_neurons, 2, n_eval_points=500)
        error = nengo.Node(size_in=2)
        output = nengo.Node(size_in=2)
        nengo.Connection(stimulus, pre)
        connection = nengo.Connection(
            pre, output, learning_rule_type=nengo.PES(), function=lambda x: [0, 0]
        )
        nengo.Connection(output, error)
        nengo.Connection(stimulus, error, transform=-1)
        nengo.Connection(error, connection.learning_rule)
        nengo.Probe(output)
    return network
