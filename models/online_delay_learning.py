"""A delay that is learned while the model runs, from the spikes of a memory.

The memory holds the last second and knows nothing of the delay that is asked for. Its
neurons learn it by the PES rule: their decoders move until the error is gone. Slide the
delay to another value, and watch them learn that; switch learning off, and they keep
what they have.
"""

import nengo
import numpy as np

import nengo_lmu

theta = 1.0

with nengo.Network(label="a delay learned online", seed=0) as model:
    signal = nengo.Node(
        nengo.processes.WhiteSignal(60, high=1, rms=0.5), label="signal"
    )
    memory = nengo_lmu.SpikingMemory(900, theta, order=6, freq=1, label="memory")
    nengo.Connection(signal, memory.input, synapse=None)

    # What is to be learned: the signal as it was some seconds ago.
    delay = nengo.Node([0.5], label="delay (s)")
    ideal = nengo_lmu.IdealMemory(theta, order=12, label="teacher")
    nengo.Connection(signal, ideal.input, synapse=None)

    def then(t, x):
        fraction = np.clip(x[0] / theta, 0, 1)
        return nengo_lmu.delay_readout(12, fraction) @ x[1:]

    target = nengo.Node(then, size_in=13, label="target")
    nengo.Connection(delay, target[0], synapse=None)
    nengo.Connection(ideal.state, target[1:], synapse=None)

    # It is learned from nothing: all decoders are zero at first.
    learned = nengo.Node(size_in=1, label="learned")
    learning = nengo.Node([1], label="learning")
    error = nengo.Node(
        lambda t, x: (x[0] - x[1]) * (x[2] > 0.5), size_in=3, label="error"
    )
    nengo.Connection(learned, error[0], synapse=None)
    nengo.Connection(target, error[1], synapse=None)
    nengo.Connection(learning, error[2], synapse=None)
    for population in memory.ensembles:
        connection = nengo.Connection(
            population,
            learned,
            function=lambda x: 0,
            synapse=0.05,
            learning_rule_type=nengo.PES(learning_rate=1e-3),
        )
        nengo.Connection(error, connection.learning_rule, synapse=None)

    both = nengo.Node(size_in=2, label="learned and target")
    nengo.Connection(learned, both[0], synapse=None)
    nengo.Connection(target, both[1], synapse=None)
    nengo.Probe(both, label="learned and target")
    nengo.Probe(error, synapse=0.1, label="error")
