"""The network of the Mackey-Glass task.

A sample is held for `HOLD` seconds, and the output is read at its end. The spikes of
the hidden layer are read through a lowpass, which lags; the network is trained to be as
far ahead of its time.
"""

import nengo
import numpy as np

from nengo_lmu.experiments.relu_reader import build_reader

NAME = "mackey-glass"

DT = 0.001
"""Step of the simulation, in seconds."""

HOLD = 0.1
"""Seconds that a sample is held."""

SYNAPSE = 0.05
"""Time constant of what the output reads, in seconds."""

LAG = SYNAPSE + DT / 2
"""Seconds by which the output lags: the synapse, and a step of the memory, less half a
step that a lowpass in steps is ahead of its time constant."""

RATE = 400.0
"""Rate in Hz of a hidden neuron at the activity it rarely exceeds."""

PAUSE = 2
"""Windows without input after each series, in which the memory forgets it."""


def build(parameters, **settings):
    """Build the network: a memory, a hidden layer of ReLU, one output."""
    return build_reader(parameters, parameters["window"] * HOLD, dt=DT, **settings)


def spiking(parameters, sample):
    """The network with a memory in neurons, laid out for series (n, n_samples)."""
    return build(
        parameters,
        n_neurons=parameters["n_neurons"],
        neuron_type=nengo.RegularSpiking(nengo.LIFRate()),
        sample=stream(sample, parameters),
        seed=0,
    )


def stream(u, parameters):
    """Series (n, n_samples) one after the other, each followed by a pause: (n_steps,).

    Each sample is held.
    """
    rest = np.zeros((len(u), PAUSE * parameters["window"]))
    return np.repeat(np.hstack([u, rest]).ravel(), round(HOLD / DT))
