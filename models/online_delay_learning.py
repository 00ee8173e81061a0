"""A delay that is learned online from the spikes of a memory.

The memory represents the last second of its input. Decoders of a delayed signal are
learned from its neurons by the PES rule, in about ten seconds. Move the slider "delay"
to learn another delay. Set "learning" to 0 to stop learning and keep the decoders.
"""

import nengo
import numpy as np

import nengo_lmu

theta = 1.0

with nengo.Network(label="a delay learned online", seed=0) as model:
    noise = nengo.processes.WhiteSignal(60, high=1, rms=0.5)
    signal = nengo.Node(noise, label="signal")
    memory = nengo_lmu.SpikingMemory(900, 6, theta, freq=1, label="spiking memory")
    nengo.Connection(signal, memory.input, synapse=None)

    # The target: the delayed signal.
    delay = nengo.Node([0.5], label="delay (s)")
    ideal = nengo_lmu.IdealMemory(12, theta, label="teacher")
    nengo.Connection(signal, ideal.input, synapse=None)

    def then(t, x):
        fraction = np.clip(x[0] / theta, 0, 1)
        return nengo_lmu.delay_readout(12, fraction) @ x[1:]

    target = nengo.Node(then, size_in=13, label="target")
    nengo.Connection(delay, target[0], synapse=None)
    nengo.Connection(ideal.state, target[1:], synapse=None)

    # All decoders are zero initially.
    learned = nengo.Node(size_in=1, label="learned")
    error = nengo.Node(size_in=1, label="error")
    nengo.Connection(learned, error, synapse=None)
    nengo.Connection(target, error, transform=-1, synapse=None)
    learning = nengo.Node([1], label="learning")
    lesson = nengo.Node(lambda t, x: x[0] * x[1], size_in=2, label="lesson")
    nengo.Connection(error, lesson[0], synapse=None)
    nengo.Connection(learning, lesson[1], synapse=None)
    # The mean rate of a neuron is independent of the signal. A rule that used it would
    # make the output follow the target, and learn nothing that lasts.
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
