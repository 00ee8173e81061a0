"""The network of the spoken digits: windows of bands, a hidden layer, ten outputs."""

from functools import cache, partial

import nengo
import numpy as np

from nengo_lmu.data.spoken_digits import WORDS
from nengo_lmu.data.wav import RATE as SAMPLES_A_SECOND
from nengo_lmu.experiments.relu_reader import build_reader
from nengo_lmu.experiments.spoken_digits.features import STEP
from nengo_lmu.networks import GivenState, SpikingMemory
from nengo_lmu.theory.states import impulse_response

NAME = "spoken-digits"
DT = 0.001

HOLD = STEP / SAMPLES_A_SECOND
"""Seconds of a frame, in the recording and in the simulation: real time."""

AFTER = 5
"""Frames after a word in which it is decided: the outputs of these are summed."""

SYNAPSE = 0.02
"""Time constant of what the outputs read from spikes, in seconds."""

MEMORY_RATE = 200.0
"""Rate in Hz of a neuron of a memory at the end of its range."""

N_EACH = {False: 40, True: 100}
"""Neurons for each dimension of the memories. With 100 the chip has chains."""


def build(parameters, memory=GivenState, seed=None, **settings):
    """Build the network with memories of one kind; ``settings`` are theirs."""
    return build_reader(
        parameters,
        parameters["theta"],
        len(WORDS),
        n_channels=parameters["n_bands"],
        memory=memory,
        dt=DT,
        seed=seed,
        **settings,
    )


def states(frames, parameters, at):
    """States of the ideal memories after some frames, (len(at), n_bands * order).

    Parameters
    ----------
    frames : (n, n_bands) array
        The frames of a word; silence follows.
    parameters : dict
    at : list of int
        After how many frames.
    """
    n_steps = 1 << (int(max(at)) - 1).bit_length()  # few different responses are kept
    response = _response(parameters["order"], parameters["theta"], n_steps)
    found = []
    for n in at:
        seen = frames[:n]
        found.append(seen.T @ response[n - len(seen) : n][::-1])
    return np.reshape(found, (len(at), -1)).astype(np.float32)


@cache
def _response(order, theta, n_steps):
    return impulse_response(order, theta, n_steps, HOLD)


def stream(words, parameters):
    """Words one after the other, (n_steps, n_bands), and the frame after each word.

    A window of silence follows each, in which the memories forget it.
    """
    silence = np.zeros((round(parameters["theta"] / HOLD), parameters["n_bands"]))
    ends = np.cumsum([len(frames) + len(silence) for frames in words]) - len(silence)
    frames = np.concatenate([part for frames in words for part in (frames, silence)])
    return np.repeat(frames, round(HOLD / DT), axis=0), ends


def in_spikes(parameters, sample, chip=False):
    """Arguments of `build` for spiking memories, laid out for words ``sample``.

    Their neurons are rectified and alike, so that they take turns; on the chip they are
    those of a chain.
    """
    n_each = N_EACH[chip]
    alike = {"max_rates": np.full(n_each, MEMORY_RATE), "intercepts": np.zeros(n_each)}
    return {
        "memory": partial(SpikingMemory, n_each * parameters["order"]),
        "neuron_type": nengo.SpikingRectifiedLinear(),
        "sample": stream(sample, parameters)[0],
        **({} if chip else alike),
    }
