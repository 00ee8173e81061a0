"""A stretch of the input that a memory is designed for, and its ideal states."""

from dataclasses import dataclass, field

import numpy as np

from nengo_lmu.signals import white_noise
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize, simulate

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

    Noise of its band, with two periods of the highest frequency at least, or the
    beginning of its sample, which is repeated if it is short.

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
        signal = np.resize(choices.sample[:, channel], n_all)
    states = simulate(
        *discretize(*state_space(design.order, design.theta), dt), signal[:-1]
    )
    return Stretch(signal[:past], signal[past:], states[past - 1 :])
