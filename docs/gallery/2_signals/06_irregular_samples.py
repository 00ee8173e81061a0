"""
Samples at irregular times
==========================

A memory of a signal that is sampled at random times.

Neurons run in continuous time: they do not care when a sample arrives. Each sample is
held until the next one, and the held signal is the input.
"""

import nengo
import numpy as np
from matplotlib import pyplot as plt

import nengo_lmu
from nengo_lmu import plots
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.lti import VariableStep

theta, order, delay, dt = 1.0, 6, 0.5, 0.001

# %%
# 40 samples a second on average, at random times.

rng = np.random.default_rng(0)
signal = white_noise(8.0, freq=1.0, seed=4)
grid = dt * np.arange(1, len(signal) + 1)
times = np.cumsum(rng.exponential(1 / 40, 400))
times = times[times < grid[-1]]
samples = np.interp(times, grid, signal)
gaps = np.diff(times)
print(f"gaps from {1000 * gaps.min():.1f} to {1000 * gaps.max():.0f} ms")

last = np.searchsorted(times, grid, side="right") - 1
held = np.where(last >= 0, samples[last], 0.0)

# %%
# The ideal memory takes one step from sample to sample. `VariableStep` discretizes the
# equation exactly for each gap.

step = VariableStep(*nengo_lmu.state_space(order, theta))
exact = step.run(times, np.append(0, samples[:-1]))
exact = exact @ nengo_lmu.delay_readout(order, delay / theta)[0]

# %%
# The neurons see the held signal at each millisecond.

with nengo.Network(seed=0) as model:
    stimulus = nengo.Node(nengo.processes.PresentInput(held[:, None], dt))
    memory = nengo_lmu.SpikingMemory(
        900, order, theta, neuron_type=nengo.LIF(), freq=1.0
    )
    nengo.Connection(stimulus, memory.input, synapse=None)
    delayed_probe = nengo.Probe(memory.add_delay(delay))
with nengo_lmu.Simulator(model) as simulator:
    simulator.run(grid[-1])
delayed = simulator.data[delayed_probe][:, 0]

full = times > theta
error = np.interp(times, grid, delayed)[full] - exact[full]
relative = np.sqrt(np.mean(error**2) / np.mean(exact[full] ** 2))
print(f"error of the delay at the samples: {relative:.3f}")

# %%
# Grey: the samples. Red: the input of half a second ago, read from the spikes. Points:
# the same, of the ideal memory, which has a value at each sample.

with plots.style():
    figure, ax = plt.subplots(figsize=(8, 3.8), layout="constrained")
    ax.plot(grid, held, color="0.75", lw=1.2, label="held samples")
    ax.plot(times, samples, ".", color="0.55", ms=4)
    ax.plot(grid, delayed, color=plots.COLORS[1], label="0.5 s ago: neurons")
    ax.plot(times, exact, ".", color="0.15", ms=4, label="0.5 s ago: exact")
    ax.set(xlabel="time (s)", ylabel="signal", xlim=(1, 6))
    ax.legend(ncols=3, loc="upper left")
    ax.set_ylim(top=1.3 * ax.get_ylim()[1])
plt.show()
