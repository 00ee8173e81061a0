"""A window of an electrocardiogram in spiking neurons, and its root mean square.

The memory is designed for a sample of this signal. A second population represents the
whole window and decodes its root mean square. The slider changes the gain.
"""

import nengo
import numpy as np

import nengo_lmu
from nengo_lmu.data import ecg
from nengo_lmu.gui import window_plot

theta = 0.5  # seconds, about one beat
order = 12

voltage, rate = ecg()
millivolt = np.interp(np.arange(0, 60, 0.001), np.arange(len(voltage)) / rate, voltage)
millivolt -= millivolt.mean()


def rms(window):
    return np.sqrt(np.mean(window**2))


with nengo.Network(label="a window of an electrocardiogram", seed=0) as model:
    lead = nengo.Node(nengo.processes.PresentInput(millivolt, 0.001), label="ECG")
    gain = nengo.Node([1], label="gain")
    signal = nengo.Node(lambda t, x: x[0] * x[1], size_in=2, label="signal")
    nengo.Connection(lead, signal[0], synapse=None)
    nengo.Connection(gain, signal[1], synapse=None)

    memory = nengo_lmu.SpikingMemory(
        1200, order, theta, sample=millivolt[:20_000], label="spiking memory"
    )
    ideal = nengo_lmu.IdealMemory(order, theta, label="ideal memory")
    nengo.Connection(signal, memory.input, synapse=None)
    nengo.Connection(signal, ideal.input, synapse=None)

    delayed = nengo.Node(size_in=2, label="0.25 s ago")
    nengo.Connection(memory.add_delay(theta / 2), delayed[0], synapse=None)
    nengo.Connection(ideal.add_delay(theta / 2), delayed[1], synapse=None)
    strength = nengo.Node(size_in=2, label="rms")
    nengo.Connection(memory.add_output(rms), strength[0], synapse=None)
    nengo.Connection(ideal.add_output(rms), strength[1], synapse=None)
    window = window_plot(memory, ideal, limits=(-1, 2), label="the last 0.5 s (mV)")

    nengo.Probe(signal, label="ECG (mV)")
    nengo.Probe(delayed, label="0.25 s ago: neurons, ideal (mV)")
    nengo.Probe(strength, label="RMS of the window: neurons, ideal (mV)")
