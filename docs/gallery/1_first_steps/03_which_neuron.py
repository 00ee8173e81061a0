"""
Which neuron?
=============

The same memory in four kinds of neurons, with as many of each.

The error of a memory depends on the times at which its neurons fire. Neurons that fire
at random need the fewest spikes and have the largest error. Neurons that fire at
regular intervals can take turns, and then have the smallest.
"""

import nengo
import numpy as np
from matplotlib import pyplot as plt

import nengo_lmu
from nengo_lmu import plots
from nengo_lmu.signals import white_noise

theta, order, n_neurons = 1.0, 12, 1200
u = white_noise(8.0, freq=4.0, rms=0.5, seed=3)
kinds = {
    "Poisson": nengo.PoissonSpiking(nengo.LIFRate()),
    "LIF": nengo.LIF(),
    "regular LIF rates": nengo.RegularSpiking(nengo.LIFRate()),
    "rectified": nengo.SpikingRectifiedLinear(),
}

# %%
# Only ``neuron_type`` changes. Everything that depends on it is designed anew: tuning
# curves, decoders, initial phases, and the transforms of the loop.

runs = {}
for name, neuron_type in kinds.items():
    with nengo.Network(seed=0) as model:
        stimulus = nengo.Node(nengo.processes.PresentInput(u[:, None], 0.001))
        memory = nengo_lmu.SpikingMemory(
            n_neurons, order, theta, neuron_type=neuron_type, freq=4.0, seed=0
        )
        nengo.Connection(stimulus, memory.input, synapse=None)
        state = nengo.Probe(memory.state)
        spikes = nengo.Probe(memory.neurons[0])
        count = nengo.Probe(memory.add_spike_count())
    with nengo_lmu.Simulator(model) as simulator:
        simulator.run(8.0)
    runs[name] = memory, simulator.data[state], simulator.data[spikes]
    error = nengo_lmu.window_nrmse(simulator.data[state], u, theta)
    rate = np.sum(simulator.data[count]) / 8 / n_neurons
    print(f"{name}: NRMSE {error:.4f}, {rate:.0f} spikes a second and neuron")

# %%
# Above are tuning curves of the first of twelve populations, below 60 ms of its spikes.
# Poisson neurons differ, so that together they cover the range. The others fall into a
# few groups of alike neurons that fire one after the other: the stripes.

with plots.style():
    figure, axes = plt.subplots(2, 4, figsize=(10, 4.6), layout="constrained")
    for (name, (memory, _, spikes)), column in zip(runs.items(), axes.T, strict=True):
        plots.tuning_curves(memory, ax=column[0])
        column[0].set(title=name, xlabel="value / radius", ylim=(0, 420))
        plots.raster(spikes[4000:4060], start=4.0, n_shown=40, ax=column[1])
    for ax in axes[:, 1:].flat:
        ax.set_ylabel("")
plt.show()

# %%
# The error of each delay of the window, relative to the ideal memory.

with plots.style():
    figure, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
    for name, (_, state, _) in runs.items():
        plots.error_over_delay(state, u, theta=theta, label=name, ax=ax)
    ax.legend(ncols=2)
plt.show()
