"""What the neurons of a memory answer to what they are expected to hold."""

import numpy as np

from nengo_lmu.design.responses import filtered, record
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import RealPole, discretize, simulate

CYCLES = 100
"""Periods of the highest frequency in the noise from which responses are recorded."""


class Recording:
    """The x that neurons are driven with, and their responses to it.

    Parameters
    ----------
    realization : Realization
    order : int
    theta : float
        In seconds.
    sample : (n_steps,) array
        The expected input.
    synapse : nengo.Lowpass or RealPole
        What responses are filtered with.
    dt : float
        Time step in seconds.
    on_chip : bool
        Whether neurons are those of Loihi.

    Attributes
    ----------
    x, velocity : (n, order) array
        Filtered as the responses are, and at the same moments.
    """

    def __init__(self, realization, order, theta, sample, synapse, dt, on_chip):
        A, B = realization.system(*state_space(order, theta))
        x = simulate(*discretize(A, B, dt), sample)
        self._driven = np.vstack([np.zeros(order), x[:-1]])
        self._dt, self._on_chip = dt, on_chip
        if isinstance(synapse, RealPole):
            self._pole = synapse.pole
        else:
            self._pole = np.exp(-dt / synapse.tau)
        velocity = self._driven @ A.T + sample[:, None] @ B.T
        self.x = filtered(self._driven, self._pole)
        self.velocity = filtered(velocity, self._pole)

    def responses(self, tuning, columns, friction=0.0):
        """Of neurons that see these columns of x, (n, n_neurons), in Hz.

        See `nengo_lmu.design.responses.record`.
        """
        x = self._driven[:, columns]
        return record(tuning, x, self._pole, self._dt, self._on_chip, friction)


def expected_noise(freq, rms, dt, seed):
    """Noise of a band, up to ``freq`` in Hz, as a sample."""
    return white_noise(CYCLES / freq, freq, rms, dt=dt, seed=seed)
