"""
Several channels
================

Two signals, one memory, and a function of both windows: which one is ahead?

With ``n_channels=2`` a memory has two inputs and two windows. A function of the window
receives both, as an array of shape (2, n_points).
"""

import nengo
import numpy as np
from matplotlib import pyplot as plt

import nengo_lmu
from nengo_lmu import plots
from nengo_lmu.signals import white_noise

# %%
# The second signal is the first one, 80 ms later. After four seconds it is the other
# way round.

dt, shift, n = 0.001, 80, 8000
sound = white_noise(9.0, freq=2.0, rms=0.5, seed=2)
ahead, behind = sound[shift : n + shift], sound[:n]
first = np.where(np.arange(n) < n // 2, ahead, behind)
second = np.where(np.arange(n) < n // 2, behind, ahead)
u = np.column_stack([first, second])

# %%
# The correlation of the one window with the slope of the other is positive if the first
# signal is ahead, and negative if it is behind.


def lead(windows):
    """Mean of the first signal times the slope of the second over the window."""
    slope = np.gradient(windows[1], -1 / 49)  # the present comes first
    return np.mean(windows[0] * slope)


with nengo.Network(seed=0) as model:
    stimulus = nengo.Node(nengo.processes.PresentInput(u, dt))
    settings = {"order": 8, "theta": 1.0, "n_channels": 2}
    memory = nengo_lmu.SpikingMemory(
        800, **settings, freq=2.0, neuron_type=nengo.SpikingRectifiedLinear()
    )
    ideal = nengo_lmu.IdealMemory(**settings)
    for each in memory, ideal:
        nengo.Connection(stimulus, each.input, synapse=None)
    state_probe = nengo.Probe(memory.state)
    leads = [nengo.Probe(each.add_output(lead)) for each in (ideal, memory)]
with nengo_lmu.Simulator(model) as simulator:
    simulator.run(n * dt)
state = simulator.data[state_probe]
print(f"NRMSE of both windows: {nengo_lmu.window_nrmse(state, u, 1.0):.4f}")

exact, found = (simulator.data[probe][1000:, 0] for probe in leads)
right = np.mean(np.sign(exact) == np.sign(found))
print(f"the neurons agree with the exact sign in {100 * right:.0f} % of the steps")

# %%
# On the left both windows at 2.5 s: the second signal (blue) is later than the first
# one (red). On the right is the function, exact (dashed) and decoded from neurons. When
# the signals change places, its sign follows within a window.

with plots.style():
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.5, 3.6), width_ratios=(1, 1.6), layout="constrained"
    )
    for channel, color in enumerate(plots.COLORS[1::-1]):
        columns = slice(8 * channel, 8 * channel + 8)
        label = ("first", "second")[channel] + " signal, neurons"
        here = {"theta": 1.0, "at": 2.5, "color": color, "label": label, "ax": left}
        plots.window(state[:, columns], **here)
    left.legend()
    times = dt * np.arange(1001, n + 1)
    right.plot(times, found, color=plots.COLORS[1], label="neurons")
    right.plot(times, exact, "--", color="0.15", lw=1.4, label="exact")
    right.axhline(0, color="0.6", lw=1)
    right.axvline(4, color="0.6", lw=1)
    right.set(xlabel="time (s)", ylabel="the first is ahead (+) or behind (−)")
    right.legend()
plt.show()
