"""The network of the heart waves: windows of events, a hidden layer, six outputs."""

from functools import partial

import nengo
import numpy as np

from nengo_lmu.data.heart_waves import N_CHANNELS, WAVES
from nengo_lmu.experiments.relu_reader import build_reader
from nengo_lmu.networks import GivenState, SpikingMemory
from nengo_lmu.networks.windows import Windows
from nengo_lmu.theory.states import states as ideal_states

NAME = "heart-waves"
DT = 0.001

HOLD = {False: 0.02, True: 0.04}
"""Seconds of simulation for which a step of the data is held, off and on a chip.

In real time a step is 4 ms: a processor in real time takes 20 or 40 steps in that."""

RATE = {False: 1000.0, True: 500.0}
"""Rate in Hz of a hidden unit at the activity that it rarely exceeds. On the chip,
where a neuron drops charge at each spike, more spikes are no better."""

SYNAPSE = {False: 0.01, True: 0.02}
"""Time constant of what the outputs read from spikes, in seconds."""

MEMORY_RATE = 400.0
"""Rate in Hz of a neuron of a memory at the end of its range."""

N_EACH = {False: 30, True: 100}
"""Neurons for each dimension of the memories. With 100 the chip has chains."""


def states(events, parameters):
    """States of the ideal memories after each step, (n, n_steps, size)."""
    parts = [
        ideal_states(events, parameters["order"], window, 1.0, np.float32)
        for window in parameters["windows"]
    ]
    return np.concatenate(parts, axis=2)


def build(parameters, make=None, chip=False, seed=None, **settings):
    """Build the network with memories of one kind; ``settings`` are theirs.

    Without one the states are given as data, of all windows at once.
    """
    windows = np.array(parameters["windows"])
    n_channels, memory = N_CHANNELS * len(windows), GivenState
    if make is not None:
        n_channels, memory = N_CHANNELS, partial(Windows, make, windows / windows.max())
    return build_reader(
        parameters,
        windows.max() * HOLD[chip],
        len(WAVES),
        n_channels=n_channels,
        memory=memory,
        dt=DT,
        seed=seed,
        **settings,
    )


def stream(events, parameters, chip=False):
    """Sequences one after the other, (n_steps, 4) at steps of `DT`.

    There is silence of the longest window before each, in which the memories forget
    the one before.
    """
    gap = np.zeros((len(events), max(parameters["windows"]), N_CHANNELS))
    both = np.concatenate([gap, events], axis=1)
    return np.repeat(both.reshape(-1, N_CHANNELS), round(HOLD[chip] / DT), axis=0)


def in_spikes(parameters, sample, chip=False):
    """Arguments of `build` for spiking memories, laid out for sequences ``sample``.

    Their neurons are rectified and alike, so that they take turns; on the chip they
    are those of chains.
    """
    n_each = N_EACH[chip]
    alike = {"max_rates": np.full(n_each, MEMORY_RATE), "intercepts": np.zeros(n_each)}
    return {
        "make": partial(SpikingMemory, n_each * parameters["order"]),
        "neuron_type": nengo.SpikingRectifiedLinear(),
        "sample": stream(sample, parameters, chip),
        "chip": chip,
        **({} if chip else alike),
    }
