"""
Export to NIR
=============

A memory as a file for other tools, and a reader of twenty lines.

NIR, the Neuromorphic Intermediate Representation, is a graph of neurons and matrices
that Norse, snnTorch, Rockpool and others read. This example needs the extra ``nir``.
"""

import warnings

import nengo
import numpy as np
from matplotlib import pyplot as plt

import nengo_lmu
from nengo_lmu import nir, plots
from nengo_lmu.signals import white_noise

theta, order, dt = 1.0, 4, 0.0002
memory = nengo_lmu.SpikingMemory(
    240, order, theta, neuron_type=nengo.LIF(), freq=1.0, seed=0
)

# %%
# A graph holds for one time step, here 0.2 ms. A notice states what NIR cannot
# represent.

with warnings.catch_warnings(record=True) as notices:
    warnings.simplefilter("always", nir.NIRNotice)
    graph = nengo_lmu.to_nir(memory, dt=dt)
for notice in notices:
    print(notice.message)
for name, node in graph.nodes.items():
    weight = getattr(node, "weight", None)
    print(name, type(node).__name__, "" if weight is None else weight.shape)
print(graph.edges)

# %%
# `nengo_lmu.nir.write_nir` writes the file. Whoever reads it needs nothing of
# nengo-lmu: this is the whole graph in NumPy, one time step after the other.


def read(graph, u):
    """Output of the graph for an input (n_steps,)."""
    drive, cells, recurrent, out = (
        graph.nodes[name] for name in ("drive", "neurons", "recurrent", "read")
    )
    current, voltage, spikes = np.zeros((3, len(cells.tau_syn)))
    output = []
    for value in u:
        arriving = drive.weight[:, 0] * value + drive.bias + recurrent.weight @ spikes
        current += dt / cells.tau_syn * (cells.w_in * arriving - current)
        voltage += dt / cells.tau_mem * (cells.r * current - voltage)
        spikes = np.float32(voltage > cells.v_threshold)
        voltage = np.where(spikes, cells.v_reset, voltage)
        output.append(out.weight @ spikes)
    return np.array(output)


# %%
# `nengo_lmu.nir.state` makes the Legendre coefficients of what a reader outputs.
# Neurons of NIR start empty, so the error is measured after three seconds.

u = white_noise(6.0, freq=1.0, rms=0.5, dt=dt, seed=2)
state = nir.state(graph, read(graph, u), u)
error = nengo_lmu.window_nrmse(state, u, theta, dt, start=3.0)
print(f"NRMSE in the reader, after three seconds: {error:.4f}")

# %%
# On the left is the matrix of recurrent weights in the file. On the right is the signal
# of half a second ago from the reader. It lies on the ideal memory of the same order;
# four polynomials round the peaks of the signal.

with plots.style():
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.5, 3.6), width_ratios=(1, 2), layout="constrained"
    )
    weights = graph.nodes["recurrent"].weight
    largest = np.quantile(np.abs(weights), 0.98)
    left.imshow(weights, cmap="RdBu_r", vmin=-largest, vmax=largest)
    left.set(xlabel="from neuron", ylabel="to neuron", title="recurrent")
    left.grid(visible=False)
    plots.delay(state, u, theta=theta, dt=dt, label="reader of NIR", ax=right)
    right.legend(ncols=3, loc="upper left")
    right.set_ylim(top=1.25 * right.get_ylim()[1])
plt.show()
