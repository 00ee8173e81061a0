"""A delay that is learned while the model runs, from the spikes of a memory.

The memory holds the last second and knows nothing of the delay that is asked for. Its
neurons learn it by the PES rule, within some ten seconds. Slide the delay to another
value, and watch them learn that; switch learning off, and they keep what they have.
"""

import nengo
import numpy as np

import nengo_lmu

theta = 1.0

with nengo.Network(label="a delay learned online", seed=0) as model:
    noise = nengo.processes.WhiteSignal(60, high=1, rms=0.5)
    signal = nengo.Node(noise, label="signal")
    memory = nengo_lmu.SpikingMemory(
        900, 6, theta=theta, freq=1, label="spiking memory"
    )
    nengo.Connection(signal, memory.input, synapse=None)

    # What is to be learned: the signal as it was some seconds ago.
    delay = nengo.Node([0.5], label="delay (s)")
    ideal = nengo_lmu.IdealMemory(12, theta=theta, label="teacher")
    nengo.Connection(signal, ideal.input, synapse=None)

    def then(t, x):
        fraction = np.clip(x[0] / theta, 0, 1)
        return nengo_lmu.delay_readout(12, fraction) @ x[1:]

    target = nengo.Node(then, size_in=13, label="target")
    nengo.Connection(delay, target[0], synapse=None)
    nengo.Connection(ideal.state, target[1:], synapse=None)

    # It is learned from nothing: all decoders are zero at first.
    learned = nengo.Node(size_in=1, label="learned")
    error = nengo.Node(size_in=1, label="error")
    nengo.Connection(learned, error, synapse=None)
    nengo.Connection(target, error, transform=-1, synapse=None)
    learning = nengo.Node([1], label="learning")
    lesson = nengo.Node(lambda t, x: x[0] * x[1], size_in=2, label="lesson")
    nengo.Connection(error, lesson[0], synapse=None)
    nengo.Connection(learning, lesson[1], synapse=None)
    # What a neuron fires on average says nothing of the signal. A rule that saw it
    # would shift the output after the target, and know nothing when it stops.
    variation = nengo.LinearFilter([3, 0], [0.03, 3.01, 1])  # 0.05 to 16 Hz
    for population in memory.ensembles:
        connection = nengo.Connection(
            population,
            learned,
            function=lambda x: 0,
            synapse=0.05,
            learning_rule_type=nengo.PES(5e-4, pre_synapse=variation),
        )
        nengo.Connection(lesson, connection.learning_rule, synapse=None)

    both = nengo.Node(size_in=2, label="learned and target")
    nengo.Connection(learned, both[0], synapse=None)
    nengo.Connection(target, both[1], synapse=None)
    nengo.Probe(both, label="learned and target")
    nengo.Probe(error, synapse=0.1, label="error")
