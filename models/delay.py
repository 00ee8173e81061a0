"""A signal delayed by half a second in spiking neurons.

White noise is the input of a memory with a window of one second. Move the slider
"push": the change appears in the output half a second later, and moves through the
window from right to left.
"""

import nengo

import nengo_lmu
from nengo_lmu.gui import window_plot

theta = 1.0  # window of the memory, in seconds
delay = 0.5  # delay that is read from it, in seconds

with nengo.Network(label="a delay", seed=0) as model:
    noise = nengo.Node(nengo.processes.WhiteSignal(60, high=1, rms=0.4), label="noise")
    push = nengo.Node([0], label="push")
    signal = nengo.Node(size_in=1, label="signal")
    nengo.Connection(noise, signal, synapse=None)
    nengo.Connection(push, signal, synapse=None)

    memory = nengo_lmu.SpikingMemory(900, 6, theta, freq=1, label="spiking memory")
    # The same memory without neurons, for comparison
    ideal = nengo_lmu.IdealMemory(6, theta, label="ideal memory")
    delayed = nengo.Node(size_in=2, label="0.5 s ago")
    nengo.Connection(signal, memory.input, synapse=None)
    nengo.Connection(signal, ideal.input, synapse=None)
    nengo.Connection(memory.add_delay(delay), delayed[0], synapse=None)
    nengo.Connection(ideal.add_delay(delay), delayed[1], synapse=None)
    window = window_plot(memory, ideal, label="the last second, now at the right")

    nengo.Probe(signal, label="signal")
    nengo.Probe(delayed, label="0.5 s ago: neurons, ideal")
