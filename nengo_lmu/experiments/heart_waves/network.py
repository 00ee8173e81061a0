"""The network of the heart waves: windows of events, then windows of evidence."""

from functools import partial

import nengo
import numpy as np

from nengo_lmu.data.heart_waves import N_CHANNELS, WAVES
from nengo_lmu.experiments.reader_run import RATE
from nengo_lmu.networks import FEED_FORWARD, SpikingMemory, Stack
from nengo_lmu.networks.windows import Windows
from nengo_lmu.theory.states import states as ideal_states

NAME = "heart-waves"
DT = 0.001

HOLD = 0.04
"""Seconds of simulation for which a step of the data is held.

In real time a step is 4 ms: a processor in real time takes 40 steps in that."""

SYNAPSE = {False: 0.01, True: 0.02}
"""Time constant of what the outputs read from spikes, in seconds."""

MEMORY_RATE = 400.0
"""Rate in Hz of a neuron of a memory at the end of its range."""

N_EACH = {False: 30, True: 100}
"""Neurons for each dimension of the memories. With 100 the chip has chains."""


def settings(chip):
    """Settings of the simulation, off or on a chip."""
    return [of[chip] for of in (RATE, SYNAPSE, N_EACH)] + [HOLD, MEMORY_RATE]


def states(values, windows, order):
    """States of the ideal memories after each step, (n, n_steps, size)."""
    parts = [ideal_states(values, order, w, 1.0, np.float32) for w in windows]
    return np.concatenate(parts, axis=2)


def build(parameters, make, seed=None, **settings):
    """Build the network with memories of one kind.

    The first layer has windows of the events. The second has windows of six mixtures of
    its hidden units, the evidence for each wave, and the hidden units themselves.

    Parameters
    ----------
    parameters : dict
        Those of a `Trained` model.
    make : callable
        Makes a memory from its `theta` and the settings of its layer.
    seed : int, optional
    **settings
        Further arguments of every memory.
    """
    inputs = N_CHANNELS, len(WAVES)
    layers = []
    for k, n_channels in enumerate(inputs):
        windows = np.array(parameters["windows"][k])
        layers.append(
            {
                **FEED_FORWARD,
                "input_to_memory": k > 0,
                "input_to_hidden": k > 0,
                "bias": True,
                "n_hidden": parameters["n_hidden"][k],
                "order": parameters["order"][k],
                "theta": windows.max() * HOLD,
                "n_channels": n_channels,
                "memory": partial(Windows, make, windows / windows.max()),
                "hidden_type": nengo.RectifiedLinear(),
            }
        )
    return Stack(N_CHANNELS, layers, len(WAVES), dt=DT, seed=seed, **settings)


def rate_outputs(trained, events):
    """Outputs without spikes, (n, n_steps, 6)."""
    h = first_layer(trained.weights, trained.parameters, events)
    x = evidence(trained.weights, trained.parameters, h)
    weights = trained.weights
    both = np.concatenate([weights["1.W_m"], weights["1.W_x"]], axis=1)
    h = np.maximum(x @ both.T + weights["1.b"], 0)
    return h @ weights["readout"].T + weights["readout_bias"][:, 0]


def first_layer(weights, parameters, events):
    """Hidden units of the first layer, (n, n_steps, n_hidden)."""
    x = states(events, parameters["windows"][0], parameters["order"][0])
    W_m, b = (np.float32(weights[name]) for name in ("0.W_m", "0.b"))
    return np.maximum(x @ W_m.T + b, 0)


def evidence(weights, parameters, hidden):
    """What the second layer reads: windows of the evidence, then the first layer.

    Before a sequence was silence, in which the first layer is what its biases make it.
    """
    windows, (n, n_steps, size) = parameters["windows"][1], hidden.shape
    silence = np.maximum(np.float32(weights["0.b"]), 0)
    before = np.broadcast_to(silence, (n, max(windows), size))
    mixed = np.concatenate([before, hidden], axis=1) @ np.float32(weights["1.e_x"].T)
    x = states(mixed, windows, parameters["order"][1])[:, -n_steps:]
    return np.concatenate([x, hidden], axis=2)


def stream(events, parameters):
    """Sequences one after the other, (n_steps, 4) at steps of `DT`."""
    return held(padded(events, parameters))


def padded(events, parameters):
    """Sequences with a silence of the longest window before each.

    In it the memories forget the sequence before.
    """
    longest = max(map(max, parameters["windows"]))
    silence = np.zeros((len(events), longest, events.shape[2]))
    return np.concatenate([silence, events], axis=1)


def held(values):
    """Values (n, n_steps, size) one after the other, at steps of `DT`."""
    return np.repeat(values.reshape(-1, values.shape[2]), round(HOLD / DT), 0)


def in_spikes(trained, sample, chip=False):
    """Arguments of `build` for spiking memories, laid out for sequences ``sample``.

    Their neurons are rectified and alike, so that they take turns; on the chip they are
    those of chains.
    """
    n_each, parameters = N_EACH[chip], trained.parameters
    alike = {"max_rates": np.full(n_each, MEMORY_RATE), "intercepts": np.zeros(n_each)}
    events = stream(sample, parameters)
    hidden = first_layer(
        trained.weights, parameters, padded(sample, parameters).astype(np.float32)
    )
    mixed = held(hidden @ trained.weights["1.e_x"].T)
    samples = {N_CHANNELS: events, len(WAVES): mixed}

    def make(order, n_channels, **settings):
        return SpikingMemory(
            n_each * order,
            order,
            n_channels=n_channels,
            sample=samples[n_channels],
            neuron_type=nengo.SpikingRectifiedLinear(),
            **({} if chip else alike),
            **settings,
        )

    return {"make": make}
