"""
On the emulator of Loihi
========================

The same model on a chip: what is exchanged, and what it costs.

`nengo_lmu.loihi.Simulator` lays each memory out for Intel's Loihi and runs it on a
compiled emulator of the chip. This example needs the extra ``loihi``.
"""

import warnings

import nengo
from matplotlib import pyplot as plt

import nengo_lmu
from nengo_lmu import loihi, plots
from nengo_lmu.signals import white_noise

theta, order = 1.0, 6
u = white_noise(5.0, freq=1.0, rms=0.5, seed=8)

with nengo.Network(seed=0) as model:
    stimulus = nengo.Node(nengo.processes.PresentInput(u[:, None], 0.001))
    memory = nengo_lmu.SpikingMemory(
        600, order, theta, neuron_type=nengo.LIF(), freq=1.0, seed=0
    )
    nengo.Connection(stimulus, memory.input, synapse=None)
    state = nengo.Probe(memory.state)

# %%
# The model contains no word about a chip; only the simulator is another one.

simulators = {"compiled": nengo_lmu.Simulator, "Loihi": loihi.Simulator}
expected = {"compiled": "nengo-lmu", "Loihi": "loihi"}
states = {}
with warnings.catch_warnings(record=True) as notices:
    warnings.simplefilter("always", loihi.LayoutNotice)
    for name, simulator_type in simulators.items():
        with simulator_type(model) as simulator:
            simulator.run(5.0)
        states[name] = simulator.data[state]
        error = nengo_lmu.window_nrmse(states[name], u, theta)
        prediction = nengo_lmu.predict(memory, backend=expected[name]).nrmse
        print(f"{name}: NRMSE {error:.4f}, expected {prediction:.4f}")

# %%
# A notice states what the chip does instead.

for notice in notices:
    if issubclass(notice.category, loihi.LayoutNotice):
        print(notice.message)

# %%
# On the left is the window in neurons of the chip. They fire at whole steps, at most
# once, and their weights are whole numbers of eight bits. On the right is the error of
# each delay, beside that of the same model on a CPU.

with plots.style():
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
    plots.window(states["Loihi"], u, theta=theta, label="neurons on the chip", ax=left)
    left.legend()
    for name, found in states.items():
        plots.error_over_delay(found, u, theta=theta, label=name, ax=right)
    right.legend()
plt.show()
