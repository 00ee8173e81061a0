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

LAG = (SYNAPSE[False] + DT) / HOLD
"""Steps by which hidden units of a layer are late for the next one, in spikes."""

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


def channels(parameters):
    """Number of inputs of the memories of each layer."""
    return [N_CHANNELS, *[len(WAVES)] * (len(parameters["n_hidden"]) - 1)]


def build(parameters, makes, seed=None, **settings):
    """Build the network with memories of one kind.

    The first layer has windows of the events. Each other one has windows of the
    evidence, six mixtures of the hidden units below, and these units themselves.

    Parameters
    ----------
    parameters : dict
        Those of a `Trained` model.
    makes : list of callable
        For each layer, makes a memory from its `theta` and the settings of the layer.
    seed : int, optional
    **settings
        Further arguments of every memory.
    """
    layers = []
    for k, n_channels in enumerate(channels(parameters)):
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
                "memory": partial(Windows, makes[k], windows / windows.max()),
                "hidden_type": nengo.RectifiedLinear(),
            }
        )
    return Stack(N_CHANNELS, layers, len(WAVES), dt=DT, seed=seed, **settings)


def rate_outputs(trained, events):
    """Outputs without spikes, (n, n_steps, 6)."""
    weights, last = trained.weights, len(trained.parameters["n_hidden"]) - 1
    h = hidden(weights, trained.parameters, events, last)
    return h @ weights["readout"].T + weights["readout_bias"][:, 0]


def hidden(weights, parameters, events, layer=0):
    """Hidden units of a layer, (n, n_steps, n_hidden)."""
    x = readings(weights, parameters, events, layer)
    return np.maximum(x @ reading_weights(weights, layer).T + weights[f"{layer}.b"], 0)


def readings(weights, parameters, events, layer):
    """What a layer reads: windows of the events or of the evidence, and units below.

    Before a sequence was silence, in which the evidence is constant.
    """
    windows, order = parameters["windows"][layer], parameters["order"][layer]
    if layer == 0:
        return states(events, windows, order)
    below = hidden(weights, parameters, events, layer - 1)
    rest = at_rest(weights, parameters, layer - 1)
    mixing = np.float32(weights[f"{layer}.e_x"].T)
    before = rest @ mixing
    evidence = late(below, rest, 0.5 + LAG) @ mixing
    x = states(evidence - before, windows, order) + of_constant(before, windows, order)
    return np.concatenate([x, late(below, rest, LAG)], axis=2)


def late(values, before, steps):
    """Values (n, n_steps, size) that arrive late by a part of a step."""
    first = np.broadcast_to(before, (len(values), 1, len(before)))
    earlier = np.concatenate([first, values[:, :-1]], axis=1, dtype=np.float32)
    return np.float32(1 - steps) * values + np.float32(steps) * earlier


def at_rest(weights, parameters, layer):
    """Hidden units of a layer in silence, (n_hidden,)."""
    bias = np.float32(weights[f"{layer}.b"])
    if layer == 0:
        return np.maximum(bias, 0)
    below = at_rest(weights, parameters, layer - 1)
    windows, order = parameters["windows"][layer], parameters["order"][layer]
    x = of_constant(below @ np.float32(weights[f"{layer}.e_x"].T), windows, order)
    x = np.concatenate([x, below])
    return np.maximum(x @ reading_weights(weights, layer).T + bias, 0)


def of_constant(values, windows, order):
    """States for inputs that have always been ``values``, (size,)."""
    first = np.eye(1, order, dtype=np.float32)
    return np.tile(np.kron(values, first[0]), len(windows))


def reading_weights(weights, layer):
    """Weights of what a layer reads, (n_hidden, size)."""
    parts = [weights[f"{layer}.{name}"] for name in ("W_m", "W_x")[: 1 + (layer > 0)]]
    return np.float32(np.concatenate(parts, axis=1))


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
    n_each, parameters, weights = N_EACH[chip], trained.parameters, trained.weights
    alike = {"max_rates": np.full(n_each, MEMORY_RATE), "intercepts": np.zeros(n_each)}
    inputs = [padded(sample, parameters).astype(np.float32)]
    for k in range(1, len(parameters["n_hidden"])):
        below = hidden(weights, parameters, inputs[0], k - 1)
        inputs.append(below @ weights[f"{k}.e_x"].T)

    def maker(values):
        def make(order, **settings):
            return SpikingMemory(
                n_each * order,
                order,
                sample=held(values),
                neuron_type=nengo.SpikingRectifiedLinear(),
                **({} if chip else alike),
                **settings,
            )

        return make

    return {"makes": [maker(values) for values in inputs]}
