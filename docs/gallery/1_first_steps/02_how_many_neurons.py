"""
How many neurons?
=================

The error of a memory is known before it is simulated, and so is its size.

`nengo_lmu.predict` gives the expected error of a design, `nengo_lmu.neurons_needed` the
number of neurons for a given error, and `nengo_lmu.fewest_neurons` the kind of neuron
that needs the fewest.
"""

import nengo
from matplotlib import pyplot as plt

import nengo_lmu
from nengo_lmu import plots

signal = {"freq": 1.0, "rms": 0.5, "seed": 0}
poisson = nengo.PoissonSpiking(nengo.LIFRate())
regular = nengo.SpikingRectifiedLinear()

# %%
# A prediction has the error, its largest cause, and advice.

design = nengo_lmu.design_memory(600, order=6, theta=1.0, **signal)
expected = nengo_lmu.predict(design)
print(f"NRMSE {expected.nrmse:.3f}, limited by {expected.limit}")
print(expected.advice)

# %%
# How many neurons have an error of 3 %? (`neurons_needed` is the same for one kind.)

kinds = {"at random": poisson, "at regular intervals": regular}
_, needed = nengo_lmu.fewest_neurons(6, 1.0, 0.03, kinds=kinds, **signal)
for name, n_neurons in needed.items():
    print(f"spikes {name}: {n_neurons:,}")

# %%
# Is the prediction right? Memories of several sizes are measured on ten seconds of
# noise.


def measure(n_neurons, neuron_type):
    """Error of a memory of order 6 on noise."""
    with nengo.Network(seed=1) as model:
        noise = nengo.processes.WhiteSignal(30, high=1, rms=0.5, seed=7)
        stimulus = nengo.Node(noise)
        memory = nengo_lmu.SpikingMemory(
            n_neurons, 6, 1.0, neuron_type=neuron_type, **signal
        )
        nengo.Connection(stimulus, memory.input, synapse=None)
        u, state = nengo.Probe(stimulus), nengo.Probe(memory.state)
    with nengo_lmu.Simulator(model) as simulator:
        simulator.run(10.0)
    return nengo_lmu.window_nrmse(simulator.data[state], simulator.data[u], 1.0)


# %%
# Lines are predictions, stars are measurements. The error of random spikes falls with
# the square root of the number of neurons. The spikes of regular neurons that take
# turns fill the gaps of one another, and their error falls in proportion to the number.
# The dashed line is the error that was asked for.

sizes = [60, 120, 300, 600, 1200]
with plots.style():
    figure, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
    for name, neuron_type in kinds.items():
        choices = {"neuron_type": neuron_type, **signal}
        plots.predicted_error(sizes, 6, 1.0, label=f"spikes {name}", ax=ax, **choices)
        measured = [measure(n, neuron_type) for n in sizes[::2]]
        ax.plot(sizes[::2], measured, "*", ms=11, color=ax.lines[-1].get_color())
    ax.axhline(0.03, color="0.6", ls="--", lw=1.2)
    ax.legend()
plt.show()
