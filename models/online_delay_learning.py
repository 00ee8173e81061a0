"""A delay that is learned online from the window of a memory.

The memory represents the last second of its input. A population reads its window, and
learns decoders of a delayed signal by the PES rule, in about ten seconds. Move the
slider "delay" to learn another delay. Set "learning" to 0 to keep the decoders.
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

    # A population represents the window at four points. Most of its neurons are silent
    # at any time: the rule would use high mean rates to make the output follow the
    # target, and learn nothing that lasts.
    readers = nengo.Ensemble(
        900, 4, radius=1.2, intercepts=nengo.dists.Uniform(-0.1, 0.9), label="readers"
    )
    nengo.Connection(memory.add_window(4), readers, synapse=None)

    # All decoders are zero initially.
    learned = nengo.Node(size_in=1, label="learned")
    error = nengo.Node(size_in=1, label="error")
    nengo.Connection(learned, error, synapse=None)
    nengo.Connection(target, error, transform=-1, synapse=None)
    learning = nengo.Node([1], label="learning")
    lesson = nengo.Node(lambda t, x: x[0] * x[1], size_in=2, label="lesson")
    nengo.Connection(error, lesson[0], synapse=None)
    nengo.Connection(learning, lesson[1], synapse=None)
    connection = nengo.Connection(
        readers,
        learned,
        function=lambda x: 0,
        synapse=0.05,
        learning_rule_type=nengo.PES(1e-3),
    )
    nengo.Connection(lesson, connection.learning_rule, synapse=None)

    both = nengo.Node(size_in=2, label="learned and target")
    nengo.Connection(learned, both[0], synapse=None)
    nengo.Connection(target, both[1], synapse=None)
    nengo.Probe(both, label="learned and target")
    nengo.Probe(error, synapse=0.1, label="error")
