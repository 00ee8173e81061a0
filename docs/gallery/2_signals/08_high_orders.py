"""
High orders, and a ladder
=========================

A window with fast changes needs a high order. In the right coordinates a dimension
depends on its neighbors only.

The error of the ideal memory falls when the order reaches the band of the signal. In
Legendre coordinates all dimensions of the state depend on one another, and the
connections grow with the square of the order. In the coordinates of a ladder they grow
with the order.
"""

import nengo
import numpy as np
from matplotlib import pyplot as plt

import nengo_lmu
from nengo_lmu import plots
from nengo_lmu.evaluation.error import ideal_state, past_nrmse
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.ladder import ladder_system, outside_band

theta, freq = 1.0, 12.0
u = white_noise(5.0, freq=freq, rms=0.5, seed=3)

# %%
# How many polynomials does noise to 12 Hz need? About three for each period in the
# window, and some more.

for order in (12, 24, 36, 48):
    missed = past_nrmse(ideal_state(u, order, theta), u, theta, lag=0, n_points=100)
    print(f"order {order}: the ideal memory misses {missed:.2f} of the signal")

# %%
# The matrix of the memory, in both coordinates.

order = 48
A, B = nengo_lmu.state_space(order, theta)
ladder, _ = ladder_system(A, B)
for name, matrix in ("Legendre", A), ("ladder", ladder):
    print(f"{name} coordinates: {np.count_nonzero(matrix):,} connections")

# %%
# A memory of order 48 in neurons, with 60 for each dimension.

with nengo.Network(seed=0) as model:
    stimulus = nengo.Node(nengo.processes.PresentInput(u[:, None], 0.001))
    memory = nengo_lmu.SpikingMemory(
        60 * order,
        order,
        theta,
        neuron_type=nengo.SpikingRectifiedLinear(),
        realization="ladder",
        freq=freq,
        seed=0,
    )
    nengo.Connection(stimulus, memory.input, synapse=None)
    state_probe = nengo.Probe(memory.state)
with nengo_lmu.Simulator(model) as simulator:
    simulator.run(5.0)
state = simulator.data[state_probe]
print(f"NRMSE of the neurons: {nengo_lmu.window_nrmse(state, u, theta):.3f}")

# %%
# The loop of the neurons takes whole time steps and corrects their phase lead. This
# adds elements beyond the three diagonals, which soon become small. (On a chip,
# memories are chains: they have exactly five diagonals in discrete time.)

loop = memory.design.loops[0].recurrent
for band in (2, 4, 6):
    part = outside_band(loop, band) / np.max(np.abs(loop))
    print(f"beyond {band} neighbors: up to {part:.4f} of the largest element")

# %%
# On the left, the size of each element of the matrix in Legendre coordinates, and in
# those of the ladder: three diagonals. On the right, the window in spiking neurons.

with plots.style():
    figure, axes = plt.subplots(
        1, 3, figsize=(11, 3.6), width_ratios=(1, 1, 1.7), layout="constrained"
    )
    matrices = {"Legendre coordinates": A, "a ladder": ladder}
    for ax, (title, matrix) in zip(axes, matrices.items(), strict=False):
        size = np.ma.masked_equal(np.abs(matrix), 0)
        ax.imshow(size, norm="log", cmap="viridis_r")
        ax.set(title=title, xlabel="from dimension", ylabel="to dimension")
        ax.grid(visible=False)
    plots.window(state, u, theta=theta, at=3.0, ax=axes[2])
    axes[2].legend(loc="upper left", ncols=3)
    low, high = axes[2].get_ylim()
    axes[2].set(title=f"order {order}", ylim=(low, high + 0.15 * (high - low)))
plt.show()
