"""
A first memory
==============

Spiking neurons that represent the last second of their input.

A `nengo_lmu.SpikingMemory` is a Nengo network with one input and one output: its state,
the coefficients of Legendre polynomials. Together they describe the input of the last
``theta`` seconds as a curve, and at each time step the curve moves on.
"""

import nengo
import numpy as np
from matplotlib import pyplot as plt

import nengo_lmu
from nengo_lmu import plots

# %%
# The memory is designed for what is expected: noise up to 1 Hz, with a root mean square
# of 0.5. Six polynomials can represent one second of it, and they share 600 neurons.

theta = 1.0
with nengo.Network(seed=0) as model:
    stimulus = nengo.Node(nengo.processes.WhiteSignal(10, high=1, rms=0.5, seed=1))
    memory = nengo_lmu.SpikingMemory(600, order=6, theta=theta, freq=1.0)
    nengo.Connection(stimulus, memory.input, synapse=None)
    u_probe = nengo.Probe(stimulus)
    state_probe = nengo.Probe(memory.state)
    spike_probes = [nengo.Probe(neurons) for neurons in memory.neurons]

# %%
# Any simulator of Nengo runs it. `nengo_lmu.Simulator` is the compiled one.

with nengo_lmu.Simulator(model) as simulator:
    simulator.run(6.0)
u, state = simulator.data[u_probe], simulator.data[state_probe]
spikes = np.hstack([simulator.data[probe] for probe in spike_probes])

# %%
# The error is that of the window, relative to the window of an ideal memory without
# neurons. It was known before the run.

print(f"measured: {nengo_lmu.window_nrmse(state, u, theta):.3f}")
print(f"expected: {nengo_lmu.predict(memory).nrmse:.3f}")

# %%
# On the left is the window at one instant: the input of the last second (grey), what
# six polynomials can represent of it (dashed), and what the neurons represent (red). In
# the middle, the input of half a second ago is read from the state at each time step.
# On the right are spikes of the neurons; those that fire at the same times are side by
# side, so a wave of the input is a stripe that passes through them.

with plots.style():
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(10, 3.4), layout="constrained"
    )
    plots.window(state, u, theta=theta, ax=left)
    left.legend()
    plots.delay(state, u, theta=theta, seconds=0.5, ax=middle)
    plots.raster(spikes, n_shown=120, ax=right)
plt.show()
