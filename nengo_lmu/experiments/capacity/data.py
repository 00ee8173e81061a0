"""The task of the capacity: signals, delays, errors, and published figures."""

import numpy as np
from nengo.processes import WhiteSignal

PERIODS = 10
WINDOWS = 2.5
DELAYS = 5

PUBLISHED = {1000: (7e-5, 2e-4), 10_000: (8e-7, 3e-6), 100_000: (7e-9, 1e-6)}
"""Least and largest error over the delays, read off the figure of the paper's code."""


def signal(steps, rng):
    """White noise of `PERIODS` periods a window of T steps, (2.5 T,), at most 1."""
    process = WhiteSignal(WINDOWS, PERIODS, y0=0)
    u = process.run_steps(round(WINDOWS * steps), dt=1 / steps, rng=rng)[:, 0]
    return u / np.max(np.abs(u))


def delays(steps):
    """The delays that are read, in steps, from 0 to T."""
    return np.linspace(0, steps, DELAYS).astype(int)


def window(steps):
    """Length of the memory's window, in steps.

    An input is held over its step, so that it acts as if it came in the middle of it:
    what went in s steps ago lies s + 1/2 steps back. The window is longer by that half.
    """
    return steps + 0.5


def error(u, outputs):
    """Mean square error of each delay from step T on, (5,)."""
    steps = round(len(u) / WINDOWS)
    now = np.arange(steps, len(u))
    return np.mean((outputs[now] - u[now[:, None] - delays(steps)]) ** 2, axis=0)
