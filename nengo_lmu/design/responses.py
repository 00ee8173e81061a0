"""Responses of neurons to the values that they are expected to represent.

Decoders are solved for pairs of responses and values. There are two ways to the
responses: from tuning curves, at evaluation points of the expected state, and recorded
from spikes, over a signal that the memory is expected to see.
"""

import numpy as np

from nengo_lmu.design.recorded_spikes import filtered, record
from nengo_lmu.design.tuning import N_STD, gaussian_points, moves_matter
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize, simulate

CYCLES = 100
"""Periods of the highest frequency in the noise from which responses are recorded."""


class RateResponses:
    """Responses from tuning curves: static, or moving for LIF neurons.

    Evaluation points are Gaussian, which leaves room for the unexpected, and those of
    the sample if there is one.

    Parameters
    ----------
    realization : Realization
    expected : ExpectedState
    """

    def __init__(self, realization, expected):
        self.realization, self.expected = realization, expected

    def of(self, tuning, columns):
        """Responses of a population that sees some columns of x.

        Returns
        -------
        activities : callable
            From a slice of the neurons to their rates in Hz, (n_points, n_in_slice).
        x, velocity : (n_points, dimensions) array
            The represented values and their derivatives in 1/s; ``velocity`` is None
            where rates do not depend on it.
        """
        moving = moves_matter(tuning.neuron_type)
        x, velocity = self._points(columns, moving)
        return lambda part: tuning.part(part).rates(x, velocity), x, velocity

    def _points(self, columns, moving):
        transform = self.realization.transform[columns]
        speed = np.sqrt(np.diag(transform @ self.expected.velocity @ transform.T))
        points = gaussian_points(len(transform) * (2 if moving else 1))
        x, velocity = points[:, : len(transform)], points[:, len(transform) :]
        # A stationary value and its velocity at the same time do not correlate.
        x, velocity = x / N_STD, velocity * speed if moving else None
        if self.expected.states is not None:
            x = np.vstack([x, self.expected.states @ transform.T])
            if moving:
                seen = self.expected.velocities @ transform.T
                velocity = np.vstack([velocity, seen])
        return x, velocity


class RecordedResponses:
    """Responses recorded from spikes while the neurons are driven with a signal.

    Parameters
    ----------
    realization : Realization
    order : int
    theta : float
        Window in seconds.
    sample : (n_steps,) array
        The expected input.
    pole : float
        Pole of the lowpass that responses are filtered with.
    dt : float
        Time step in seconds.

    Attributes
    ----------
    x, velocity : (n, order) array
        Filtered as the responses are, and at the same moments.
    """

    def __init__(self, realization, order, theta, sample, pole, dt):
        A, B = realization.system(*state_space(order, theta))
        x = simulate(*discretize(A, B, dt), sample)
        self.driven = np.vstack([np.zeros(order), x[:-1]])
        self.pole, self.dt = pole, dt
        velocity = self.driven @ A.T + sample[:, None] @ B.T
        self.x = filtered(self.driven, pole)
        self.velocity = filtered(velocity, pole)

    def record(self, tuning, columns):
        """Responses of neurons that see these columns of x, (n, n_neurons), in Hz."""
        return record(tuning, self.driven[:, columns], self.pole, self.dt)

    def of(self, tuning, columns):
        """As `RateResponses.of`."""
        return self.given(self.record(tuning, columns), columns)

    def given(self, responses, columns):
        """As `of`, for responses that are recorded already."""
        return (
            lambda part: responses[:, part],
            self.x[:, columns],
            self.velocity[:, columns],
        )


def expected_noise(freq, rms, dt, seed=0):
    """Noise of a band, up to ``freq`` in Hz, as a sample."""
    return white_noise(CYCLES / freq, freq, rms, dt=dt, seed=seed)
