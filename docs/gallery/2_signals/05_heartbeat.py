"""
A heartbeat
===========

A real signal: the memory is designed for one part of a record and measured on another.

An electrocardiogram is mostly flat, with steep peaks. No band describes it, so the
memory is designed for a sample of it.
"""

import nengo
import numpy as np
from matplotlib import pyplot as plt

import nengo_lmu
from nengo_lmu import plots
from nengo_lmu.data import ecg
from nengo_lmu.evaluation.error import window_rmse
from nengo_lmu.signals import resample

# %%
# The package comes with five minutes of a record. Seconds 20 to 80 are what the memory
# may know; it is measured on seconds 150 to 156.

millivolt, rate = ecg()
record = resample(np.arange(len(millivolt)) / rate, millivolt, 0.001)
record -= record[20_000:80_000].mean()
sample, u = record[20_000:80_000], record[150_000:156_000]

# %%
# Steep peaks need many polynomials: 48 for one second. Rectified neurons take turns by
# default, and 100 for each polynomial are enough.

theta, order = 1.0, 48
with nengo.Network(seed=0) as model:
    stimulus = nengo.Node(nengo.processes.PresentInput(u[:, None], 0.001))
    memory = nengo_lmu.SpikingMemory(
        100 * order,
        order,
        theta,
        neuron_type=nengo.SpikingRectifiedLinear(),
        sample=sample,
        seed=0,
    )
    nengo.Connection(stimulus, memory.input, synapse=None)
    state_probe = nengo.Probe(memory.state)
with nengo_lmu.Simulator(model) as simulator:
    simulator.run(6.0)
state = simulator.data[state_probe]

# %%
# Two errors: that of the neurons, relative to an ideal memory of the same order; and
# that of the order, which no number of neurons can mend. The prediction is for signals
# as loud as the sample. These six seconds are quieter, so the error of the neurons is
# compared in millivolts, too.

expected = nengo_lmu.predict(memory)
error = nengo_lmu.window_nrmse(state, u, theta, n_points=100)
rmse = window_rmse(state, u, theta, n_points=100)
print(f"root mean square: {u.std():.2f} mV, of the sample {sample.std():.2f} mV")
print(f"error of the neurons: {error:.4f}, expected {expected.nrmse:.4f}")
print(f"in mV: {rmse:.4f}, expected {expected.rmse:.4f}")
print(f"error of 48 polynomials: {expected.missed:.2f}")

# %%
# On the left is the window at one instant. The neurons (red) lie on the ideal memory
# (dashed). Both round the sharpest peaks of the signal (grey). On the right is the
# signal of half a second ago, read from the spikes.

with plots.style():
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.5, 3.6), sharey=True, layout="constrained"
    )
    plots.window(state, u, theta=theta, at=4.0, ax=left)
    plots.delay(state, u, theta=theta, seconds=0.5, ax=right)
    left.set_ylabel("lead MLII (mV)")
    right.set_ylabel("")
    left.legend(loc="lower left")
plt.show()

# %%
# The record is 208 of the MIT-BIH Arrhythmia Database (Moody and Mark, 2001;
# PhysioNet), Open Data Commons Attribution License 1.0.
