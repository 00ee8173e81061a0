"""A stretch of the input that a memory is designed for, and its ideal states."""

from dataclasses import dataclass, field

import numpy as np

from nengo_lmu.design.loop_gain import states_before, window_root
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize

BEFORE = 2
"""Windows before the stretch: an ideal memory then forgot that it began at zero."""

LONGEST, SEARCHED = 6, 500_000
"""Noise of this many times the length of a stretch is searched for the stretch, at
most; its steps times the order."""

_SEED = 1_000_003
"""Of the noise; no decoders are solved for it."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """A stretch of an expected input, and what an ideal memory holds.

    Parameters
    ----------
    before : (n_past,) array
        The input before the stretch.
    u : (n_steps,) array
        Input at each step.
    states : (n_steps, order) array
        Ideal state before each step, in Legendre coordinates.
    power : float
        Mean square of the ideal window; that of the whole, if it is of a sample.
    """

    before: np.ndarray = field(repr=False)
    u: np.ndarray = field(repr=False)
    states: np.ndarray = field(repr=False)
    power: float


def expected_stretch(design, loop, n_steps, n_skipped=0):
    """A stretch of the expected input of a loop's channel.

    A typical part of noise of its band, with two periods of the highest frequency at
    least, or of its sample; a short sample is repeated. Large values are rare, and make
    much of the error. So the part is taken in which the moments of the coordinates x of
    the loop, up to the sixth, are nearest to the expected ones. In a sample they may be
    a single event: of its parts, one of median power is taken.

    Parameters
    ----------
    design : MemoryDesign
    loop : Loop
    n_steps : int
    n_skipped : int, optional
        Steps at the beginning that need not be typical.

    Returns
    -------
    Stretch
    """
    expected, transform = design.expected[loop.channel], loop.realization.transform
    past = BEFORE * round(design.theta / design.dt)
    signal = _expected_signal(design, loop.channel, past, n_steps)
    Ad, Bd = discretize(*state_space(design.order, design.theta), design.dt)
    push = signal[:, None, None] * Bd
    Ad = np.ascontiguousarray(Ad)  # Numba warns of others
    states = states_before(Ad, push, np.zeros(Bd.shape))[past:, :, 0]
    squares = (states[n_skipped:] @ transform.T) ** 2
    second = np.diag(loop.realization.covariance(expected.covariance))
    moments = second, 3 * second**2, 15 * second**3
    if expected.states is not None:
        moments = None
    every = max(1, past // (4 * BEFORE))
    first = _most_typical(squares, moments, n_steps - n_skipped, every)
    begin, end = first + past, first + past + n_steps
    seen = states[first : first + n_steps]
    heard = seen if expected.states is None else states
    power = np.mean(np.sum((heard @ window_root(design.order).T) ** 2, axis=1))
    return Stretch(signal[first:begin], signal[begin:end], seen, float(power))


def _expected_signal(design, channel, past, n_steps):
    """Expected input, of the length of a stretch and its past or longer."""
    choices, dt, n_all = design.choices, design.dt, past + n_steps
    if choices.sample is not None:
        sample = choices.sample[:, channel]
        return sample if len(sample) > n_all else np.resize(sample, n_all)
    freq = max(float(choices.freq[channel]), 2 / (n_all * dt))
    times = min(LONGEST, SEARCHED // (design.order * n_steps))
    seconds = (past + max(1, times) * n_steps) * dt
    rms = float(choices.rms[channel])
    return white_noise(seconds, min(freq, 0.499 / dt), rms, dt=dt, seed=_SEED)


def _most_typical(squares, moments, n_steps, every):
    """First of the steps in which even moments are nearest to these.

    Parameters
    ----------
    squares : (n, order) array
    moments : list of (order,) array, or None
        The second, the fourth and the sixth; by default the median of the second.
    n_steps, every : int
        Steps of a part, and from one part to the next.
    """
    firsts = np.arange(0, len(squares) - n_steps + 1, every)
    off, values = 0.0, 1.0
    for expected in moments or [None]:
        values = values * squares
        sums = np.concatenate([0 * values[:1], np.cumsum(values, axis=0)])
        found = (sums[firsts + n_steps] - sums[firsts]) / n_steps
        expected = np.median(found, axis=0) if expected is None else expected
        known = np.maximum(expected, np.finfo(float).tiny)
        off = off + np.mean((found / known - 1) ** 2, axis=1)
    return int(firsts[np.argmin(off)])
