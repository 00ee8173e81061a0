"""A stretch of the input that a memory is designed for, and its ideal states."""

from dataclasses import dataclass, field

import numpy as np

from nengo_lmu.design.loop_gain import states_before
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize

BEFORE = 2
"""Windows before the stretch: an ideal memory then forgot that it began at zero."""

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
    """

    before: np.ndarray = field(repr=False)
    u: np.ndarray = field(repr=False)
    states: np.ndarray = field(repr=False)


def expected_stretch(design, channel, n_steps):
    """A stretch of a channel's expected input.

    Noise of its band, with two periods of the highest frequency at least, or a part of
    its sample as loud as the whole; the sample is repeated if it is short.

    Parameters
    ----------
    design : MemoryDesign
    channel : int
    n_steps : int

    Returns
    -------
    Stretch
    """
    choices, dt = design.choices, design.dt
    past = BEFORE * round(design.theta / dt)
    n_all = past + n_steps
    if choices.sample is None:
        freq = max(float(choices.freq[channel]), 2 / (n_all * dt))
        rms = float(choices.rms[channel])
        signal = white_noise(n_all * dt, min(freq, 0.499 / dt), rms, dt=dt, seed=_SEED)
    else:
        signal = _typical_part(choices.sample[:, channel], n_all)
    Ad, Bd = discretize(*state_space(design.order, design.theta), dt)
    push = signal[:, None, None] * Bd
    Ad = np.ascontiguousarray(Ad)  # Numba warns of others
    states = states_before(Ad, push, np.zeros(Bd.shape))[past:, :, 0]
    return Stretch(signal[:past], signal[past:], states)


def _typical_part(sample, n_steps):
    """The part of a sample whose mean square is nearest to that of the whole."""
    if len(sample) <= n_steps:
        return np.resize(sample, n_steps)
    sums = np.append(0.0, np.cumsum(sample**2))
    powers = (sums[n_steps:] - sums[:-n_steps]) / n_steps
    first = int(np.argmin(np.abs(powers - sums[-1] / len(sample))))
    return sample[first : first + n_steps]
