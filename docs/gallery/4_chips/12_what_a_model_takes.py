"""
What a model takes of a chip
============================

Cores, axons and bits of synapses of a model, counted before it runs.

`nengo_lmu.loihi.partition` lays a model out on the cores of a board and compares it
with their limits. This example needs the extra ``loihi``.
"""

import warnings

import nengo
import numpy as np
from matplotlib import pyplot as plt

import nengo_lmu
from nengo_lmu import loihi, plots
from nengo_lmu.loihi.board import Board
from nengo_lmu.loihi.partition import partition

# The notice that memories are laid out for the chip is known by now.
warnings.simplefilter("ignore", loihi.LayoutNotice)


def model_of(order):
    """A memory with 50 neurons for each polynomial, and a delay of it."""
    with nengo.Network(seed=0) as model:
        stimulus = nengo.Node([0], label="signal")
        memory = nengo_lmu.SpikingMemory(
            50 * order, order, 1.0, freq=order / 3, seed=0, label="memory"
        )
        nengo.Connection(stimulus, memory.input, synapse=None)
        memory.add_delay(0.5)
    return model


# %%
# Three models on one chip of 128 cores. The energy is an estimate from the expected
# spikes and the published figures of the chip.

board = Board()
orders = (6, 12, 24)
results = [partition(model_of(order), board) for order in orders]
for order, result in zip(orders, results, strict=True):
    error, watt = result.memories[0]["nrmse"], result.totals["joules_per_second"]
    cores = result.totals["cores"]
    print(f"order {order}: cores {cores}, error {error:.3f}, {1e3 * watt:.2f} mW")

# %%
# What does not run on the chip is on the host.

print(f"on the host: {', '.join(results[0].host)}")

# %%
# If a model does not fit, the report says which limit is exceeded, and what to change.

small = Board(name="a chip of four cores", cores=4)
for problem in partition(model_of(24), small).problems:
    print("{where}: {used} {limit}, {allowed} allowed; {advice}".format(**problem))

# %%
# On the left is each core of the model of order 24, as a fraction of what a core has:
# the bits of synapses run out first. On the right, cores grow in proportion to the
# order, because a memory on the chip is a chain of populations.

limits = "compartments", "input_axons", "output_axons", "synapse_bits"
with plots.style():
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.5, 3.6), width_ratios=(1.6, 1), layout="constrained"
    )
    cores = results[-1].cores
    for k, limit in enumerate(limits):
        used = [core[limit] / getattr(board, limit) for core in cores]
        place = np.arange(len(cores)) + 0.2 * (k - 1.5)
        left.bar(place, used, 0.18, label=limit.replace("_", " "))
    left.axhline(1, color=plots.COLORS[1], ls="--", lw=1.2)
    left.set(xlabel="core", ylabel="used / allowed", ylim=(0, 1.5))
    left.set_xticks(range(len(cores)), [str(k + 1) for k in range(len(cores))])
    left.grid(visible=False, axis="x")
    left.legend(ncols=2, loc="upper left")
    right.plot(orders, [result.totals["cores"] for result in results], "o-")
    right.set(xlabel="order", ylabel="cores", xlim=(0, None), ylim=(0, None))
plt.show()
