"""What the state of a memory is expected to do: how far it goes and how fast."""

from dataclasses import dataclass, field

import numpy as np

from nengo_lmu import checks
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import band_gramian, discretize, simulate

STEP = 0.3
"""Part of a step's covariance that the margin holds.

With less, the onset of a signal can drive the neurons of a large memory out of their
range, from where it does not return; with more, all have more noise. Measured at orders
6 and 12: below 0.1 some memories are lost, at 1 the error is a fifth larger."""

N_SAMPLES = 1000
"""States that are kept of a sample, evenly spaced in time."""


@dataclass(frozen=True, eq=False)
class ExpectedState:
    """Second moments of a memory's state m, in Legendre coordinates.

    Parameters
    ----------
    covariance : (order, order) array
        E[m m^T].
    velocity : (order, order) array
        E[(dm/dt) (dm/dt)^T], in 1/s².
    margin : (order, order) array
        Room that the neurons keep besides: that of a step of the input's size while it
        passes through the window, times `STEP`. Signals begin, and leave their band.
    peak : float
        Largest input.
    states, velocities : (n, order) array, optional
        States and their velocities as they came in a sample. None for a Gaussian state.
    """

    covariance: np.ndarray = field(repr=False)
    velocity: np.ndarray = field(repr=False)
    margin: np.ndarray = field(repr=False)
    peak: float
    states: np.ndarray | None = field(default=None, repr=False)
    velocities: np.ndarray | None = field(default=None, repr=False)

    @classmethod
    def in_band(cls, order, theta, freq, rms):
        """For white noise that ends at a frequency.

        Parameters
        ----------
        order : int
            Number of polynomials.
        theta : float
            Window in seconds.
        freq : float
            Highest frequency of the input, in Hz.
        rms : float
            Root mean square of the input.
        """
        system = state_space(order, theta)
        covariance = band_gramian(*system, freq, rms)
        velocity = band_gramian(*system, freq, rms, derivative=1)
        return cls(covariance, velocity, _margin(order, rms), peak=4 * rms)

    @classmethod
    def from_sample(cls, order, theta, sample, dt):
        """For inputs like this one.

        Parameters
        ----------
        order : int
            Number of polynomials.
        theta : float
            Window in seconds.
        sample : (n_steps,) array
            An input of the kind, at steps of dt, a few windows long.
        dt : float
            In seconds.
        """
        sample = checks.array(sample, "sample")
        if sample.ndim != 1 or len(sample) * dt < 2 * theta or not np.any(sample):
            allowed = f"a signal (n_steps,) of two windows ({2 * theta:g} s), not zero"
            checks.fail("sample", allowed, sample)
        states = simulate(*discretize(*state_space(order, theta), dt), sample)
        velocities = np.diff(states, axis=0) / dt
        some = np.linspace(0, len(velocities) - 1, N_SAMPLES).astype(int)
        return cls(
            states.T @ states / len(states),
            velocities.T @ velocities / len(velocities),
            _margin(order, np.sqrt(np.mean(sample**2))),
            np.max(np.abs(sample)),
            states[some],
            velocities[some],
        )

    @property
    def design(self):
        """The covariance that neurons are laid out for, (order, order)."""
        return self.covariance + self.margin


def _margin(order, rms, n_steps=500):
    """`STEP` times the covariance of a step of size rms, over the first window."""
    system = discretize(*state_space(order, 1.0), 1 / n_steps)
    states = simulate(*system, np.full(n_steps, rms))
    # A trace of white noise keeps the matrix positive definite at large orders, where
    # the step alone leaves some directions to rounding.
    floor = 1e-9 * rms**2 * np.diag(2.0 * np.arange(order) + 1)
    return STEP * states.T @ states / n_steps + floor
