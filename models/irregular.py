"""The window of a signal that is sampled at random times.

The signal has 40 samples per second on average; each sample is held until the next one.
The input of the neurons is the held signal at each time step. The ideal memory takes
one step per sample, discretized exactly for the gap between the samples.
"""

import nengo
import numpy as np

import nengo_lmu
from nengo_lmu.gui import window_plot
from nengo_lmu.theory.lti import VariableStep

theta, order, delay = 1.0, 6, 0.5
seconds, rate = 120, 40  # samples a second

rng = np.random.default_rng(0)
times = np.cumsum(rng.exponential(1 / rate, seconds * rate))
fine = nengo.processes.WhiteSignal(seconds, high=1, rms=0.5, seed=0).run(seconds)[:, 0]
samples = np.interp(times, 0.001 * np.arange(len(fine)), fine, period=seconds)

# State of the ideal memory at each sample; the sample before was held until then.
step = VariableStep(*nengo_lmu.state_space(order, theta))
states = step.run(times, np.append(0, samples[:-1]))
read = nengo_lmu.delay_readout(order, delay / theta)[0]


def last(t):
    """Index of the last sample, -1 before the first."""
    return np.searchsorted(times, t, side="right") - 1


def held(t):
    return samples[last(t)] if last(t) >= 0 else 0.0


def exact(t):
    """Delayed signal, from the state at the last sample advanced to the time t."""
    if last(t) < 0:
        return 0.0
    Ad, Bd = step(t - times[last(t)])
    return read @ (Ad @ states[last(t)] + Bd[:, 0] * samples[last(t)])


with nengo.Network(label="a signal sampled at random times", seed=0) as model:
    signal = nengo.Node(held, label="held samples")
    memory = nengo_lmu.SpikingMemory(900, order, theta, freq=1, label="spiking memory")
    nengo.Connection(signal, memory.input, synapse=None)
    ideal = nengo.Node(exact, label="exact")

    delayed = nengo.Node(size_in=2, label="0.5 s ago")
    nengo.Connection(memory.add_delay(delay), delayed[0], synapse=None)
    nengo.Connection(ideal, delayed[1], synapse=None)
    window = window_plot(
        memory, limits=(-1.5, 1.5), label="the last second, now at the right"
    )

    nengo.Probe(signal, label="held samples")
    nengo.Probe(delayed, label="0.5 s ago: neurons, exact")
