"""The range of inputs that a memory is designed for, in a few mean squares.

Looked at in regular intervals, of the input u, of its changes from look to look, and of
the window that the state holds. Noise of the expected band and size exceeds the limits
with a probability of 1e-4 a check, or less: a mean square over a time T has about 2 f T
degrees of freedom, and the bound on such a sum is that of Laurent and Massart, Annals
of Statistics 28(5), 2000, lemma 1.
"""

from dataclasses import dataclass, field

import numpy as np

from nengo_lmu.design.state_statistics import STEP
from nengo_lmu.theory.realizations import window_metric

LOOKS_OF_PERIOD, LOOKS_OF_WINDOW = 8, 8
"""Looks in a period of the highest frequency and in a window, at least."""

FREEDOM, LEAST_WINDOWS, MOST_WINDOWS = 100, 4, 40
"""Degrees of freedom of a stretch, and windows of which it consists."""

ROOM = 1.5
"""Factor of the power that is in range. Errors are three times as large as usual, or
more, at a factor of 4 (measured at orders 6 and 12, four types of neurons)."""

RARE = 10.0
"""Minus the logarithm of the probability of a mean square above its bound."""

QUIET, ENOUGH = 0.01, 20
"""Factor of the power below which an input is too quiet: errors are relative to it;
degrees of freedom that it takes to tell. The probability of noise as designed is 1e-15:
(QUIET e)^(ENOUGH / 2)."""


@dataclass(frozen=True)
class InputRange:
    """Expected mean squares, and by how much they may differ.

    Parameters
    ----------
    every : int
        Steps from look to look.
    looks : int
        Looks in a window.
    expected : (3, n_channels) array
        Mean squares of the input, of its changes, of the decoded window.
    limits : (n_windows, n_channels) array
        Largest mean squares of a stretch of so many windows, relative to these.
    least : (n_channels,) array
        The same for the smallest one of an input, over ``quiet_after`` windows.
    quiet_after : int
        Windows after which an input may be called too quiet.
    """

    every: int
    looks: int
    expected: np.ndarray = field(repr=False)
    limits: np.ndarray = field(repr=False)
    least: np.ndarray = field(repr=False)
    quiet_after: int


def input_range(design):
    """The range of inputs of a memory.

    Parameters
    ----------
    design : MemoryDesign

    Returns
    -------
    InputRange
    """
    theta, dt = design.theta, design.dt
    freq = np.array([_highest(expected, design.order) for expected in design.expected])
    every = theta / LOOKS_OF_WINDOW
    every = min(every, np.min(1 / (LOOKS_OF_PERIOD * np.maximum(freq, 1 / theta))))
    every = max(1, int(every / dt))
    freedom = 2 * np.maximum(freq, 0.1 / theta) * theta  # of a window
    n_windows = int(np.clip(FREEDOM / np.min(freedom), LEAST_WINDOWS, MOST_WINDOWS))
    share = RARE / np.maximum(np.outer(np.arange(1, n_windows + 1), freedom), 1)
    limits = 1 + 2 * np.sqrt(share) + 2 * share
    least = np.ones(len(freq))
    quiet_after = int(np.clip(ENOUGH / np.min(freedom), LEAST_WINDOWS, n_windows))
    powers, changes = _of_inputs(design.choices, every)
    if design.choices.sample is not None:
        window, sample = round(theta / dt), design.choices.sample
        found = [_stretches(u, window, n_windows, quiet_after) for u in sample.T]
        limits = np.maximum(limits, np.transpose([most for most, _ in found]))
        least = np.array([low for _, low in found])
    changes = changes + STEP * powers * every * dt / theta
    expected = np.stack([powers, changes, powers])
    looks = max(1, round(theta / dt / every))
    return InputRange(every, looks, expected, ROOM * limits, QUIET * least, quiet_after)


def _highest(expected, order):
    """The frequency at which flat noise ends whose window changes as fast, in Hz."""
    metric = window_metric(order)
    power = np.sum(np.diag(expected.covariance) * metric)
    change = np.sum(np.diag(expected.velocity) * metric)
    return np.sqrt(3 * change / power) / (2 * np.pi)


def _of_inputs(choices, every):
    """Mean squares of the inputs, and of their changes over some steps."""
    if choices.sample is not None:
        u = choices.sample
        return np.mean(u**2, axis=0), np.mean((u[every:] - u[:-every]) ** 2, axis=0)
    power = choices.rms**2
    return power, 2 * power * (1 - np.sinc(2 * choices.freq * every * choices.dt))


def _stretches(u, window, n_windows, n_least):
    """Largest mean squares of 1, 2, ... windows of a signal, and the smallest of some.

    Relative to its mean square.
    """
    n = len(u) // window
    sums = np.append(0.0, np.cumsum(np.sum(u[: n * window].reshape(n, -1) ** 2, 1)))
    lengths = np.minimum(np.arange(1, n_windows + 1), n)
    means = [(sums[k:] - sums[:-k]) / (k * window) for k in lengths]
    power = np.mean(u**2)
    return [np.max(m) / power for m in means], np.min(means[n_least - 1]) / power
