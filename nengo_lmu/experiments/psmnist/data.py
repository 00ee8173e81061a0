"""Digits as the network sees them: sequences of pixels in a fixed random order."""

import numpy as np

from nengo_lmu.data import mnist
from nengo_lmu.theory.states import last_state

PERMUTATION = 0
"""Seed of the order of the pixels, that of the paper."""

SHIFTS = [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)]
"""Rows and columns by which images are moved, one copy each."""


def shifted(digits, n_copies):
    """Digits in their original order, and up to 8 copies that are moved by a pixel."""
    images = digits.pixels.reshape(-1, mnist.SIDE, mnist.SIDE)
    copies = [np.roll(images, shift, (1, 2)) for shift in [(0, 0), *SHIFTS[:n_copies]]]
    return mnist.Digits(
        np.concatenate(copies).reshape(-1, mnist.SIDE**2),
        np.tile(digits.labels, len(copies)),
    )


def sequences(digits, parameters):
    """What goes into the memory, (n, n_pixels): pixels in order, less their mean."""
    pixels = digits.permuted(parameters["permutation"]).pixels
    return (pixels / np.float32(255)) - np.float32(parameters["offset"])


def states(digits, parameters):
    """States of the ideal memory when it has seen all of each digit, (n, order)."""
    dt = parameters["pixel"]
    theta = parameters["n_pixels"] * dt
    u = sequences(digits, parameters)
    return last_state(u, parameters["order"], theta, dt, np.float32)


def held(u, parameters):
    """Digits one after the other, each pixel held for its time: (n_steps,)."""
    return np.repeat(u.ravel(), round(parameters["pixel"] / parameters["dt"]))


def stream(u, parameters):
    """The input of a memory: nothing for a window, then the digits, (n_steps,).

    A step later, as the state follows by one: the last step of each window has the
    state that has seen a whole digit.
    """
    window = round(parameters["n_pixels"] * parameters["pixel"] / parameters["dt"])
    return np.concatenate([np.zeros(window - 1), held(u, parameters), np.zeros(1)])
