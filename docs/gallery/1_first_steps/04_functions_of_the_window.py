"""
Delays and functions of the window
==================================

What can be read from a memory: any delay, and any function of the window.

A delay is a linear function of the state: `add_delay` needs no neurons. `add_output`
takes any function of the window and decodes it from neurons.
"""

import nengo
import numpy as np
from matplotlib import pyplot as plt

import nengo_lmu
from nengo_lmu import plots


def loudness(window):
    """Root mean square over the window."""
    return np.sqrt(np.mean(window**2))


def largest(window):
    """Largest value in the window."""
    return np.max(window)


# %%
# The ideal memory has the same outputs and computes them exactly. It tells what the
# neurons should decode.

functions = {"root mean square": loudness, "largest value": largest}
with nengo.Network(seed=0) as model:
    stimulus = nengo.Node(nengo.processes.WhiteSignal(10, high=1, rms=0.5, seed=5))
    memories = {
        "ideal": nengo_lmu.IdealMemory(order=6, theta=1.0),
        "neurons": nengo_lmu.SpikingMemory(
            1200, 6, 1.0, freq=1.0, neuron_type=nengo.LIF(), seed=0
        ),
    }
    probes = {}
    for name, memory in memories.items():
        nengo.Connection(stimulus, memory.input, synapse=None)
        for seconds in (0.25, 0.5, 1.0):
            probes[name, seconds] = nengo.Probe(memory.add_delay(seconds))
        for title, function in functions.items():
            probes[name, title] = nengo.Probe(memory.add_output(function))
    u = nengo.Probe(stimulus)

with nengo_lmu.Simulator(model) as simulator:
    simulator.run(8.0)
times = simulator.trange()
data = {key: simulator.data[probe][:, 0] for key, probe in probes.items()}

# %%
# Errors are relative to the size of the ideal output, after the first second.

for key in list(functions) + [0.25, 0.5, 1.0]:
    ideal, found = data["ideal", key][1000:], data["neurons", key][1000:]
    error = np.sqrt(np.mean((found - ideal) ** 2) / np.mean(ideal**2))
    print(f"{key if isinstance(key, str) else f'{key} s ago'}: {error:.3f}")

# %%
# Above: the signal, and the signal of some time ago; the same curve, later and later.
# Below: two functions of the last second, exact (dashed) and decoded from spikes.

with plots.style():
    figure, (top, bottom) = plt.subplots(
        2, 1, figsize=(8, 5), sharex=True, layout="constrained"
    )
    top.plot(times, simulator.data[u], color="0.6", lw=3, label="now")
    for seconds, color in zip((0.25, 0.5, 1.0), plots.COLORS, strict=False):
        label = f"{seconds:g} s ago"
        top.plot(times, data["neurons", seconds], color=color, label=label)
    for title, color in zip(functions, plots.COLORS[3:], strict=False):
        bottom.plot(times, data["neurons", title], color=color, label=title)
        bottom.plot(times, data["ideal", title], "--", color="0.2", lw=1.2)
    top.set(ylabel="signal")
    bottom.set(xlabel="time (s)", ylabel="of the last second", xlim=(1, 8))
    for ax in (top, bottom):
        ax.legend(ncols=4, loc="upper left")
        low, high = ax.get_ylim()
        ax.set_ylim(low, high + 0.25 * (high - low))
plt.show()
