"""What a memory's windows are expected to be: states, their motion, their errors."""

from dataclasses import dataclass, field

import numpy as np
from nengo.exceptions import ValidationError
from scipy.linalg import block_diag

from nengo_lmu.design.prediction import state_noise
from nengo_lmu.design.tuning import gaussian_points
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize, simulate
from nengo_lmu.theory.realizations import window_metric

N_STATES = 4000
"""Expected states: more than a population of a few thousand neurons can be fitted to
without regard to what lies between them."""

PATH_WINDOWS = 40
"""Length of the path in windows."""

STEPS_OF_WINDOW = 1000
"""Steps of the path in a window, at most."""

FLOOR = 1e-3
"""White part that every window is expected to have, as a fraction of its RMS.

It keeps matrices invertible at orders that are far above what a signal needs."""


@dataclass(frozen=True, eq=False)
class WindowStatistics:
    """What is expected of the state of a memory, all channels one after the other.

    Parameters
    ----------
    states : (n, size) array
        Expected states, in any order, with their errors: what neurons see.
    path : (n_steps, size) array
        The state over time.
    step : float
        Time between the rows of the path, in seconds.
    drift : (size, size) array
        dx/dt as far as the state predicts it, in 1/s.
    noise : (size, size) array or None
        Covariance of the state's own error. None where it cannot be predicted.
    theta, dt : float
        Window and time step of the memory, in seconds.
    """

    states: np.ndarray = field(repr=False)
    path: np.ndarray = field(repr=False)
    step: float
    drift: np.ndarray = field(repr=False)
    noise: np.ndarray | None = field(repr=False)
    theta: float
    dt: float

    @classmethod
    def of_design(cls, design):
        """The statistics for which a memory is designed.

        Parameters
        ----------
        design : MemoryDesign
        """
        each = list(range(design.n_channels))
        noise = expected_noise_of(design)
        order = design.order
        covariances = [design.expected[channel].covariance for channel in each]
        floors = [_floor(covariance) for covariance in covariances]
        A, B = state_space(order, design.theta)
        drifts = []
        for k in each:
            own = slice(k * order, (k + 1) * order)
            error = 0 if noise is None else noise[own, own]
            drifts.append(drift_matrix(A, B, covariances[k], floors[k] + error))
        path, step = _path(design, A, B)
        errors = block_diag(*floors) + (0 if noise is None else noise)
        return cls(
            _states(block_diag(*covariances), errors, path, design.choices.sample),
            path,
            step,
            block_diag(*drifts),
            noise,
            design.theta,
            design.dt,
        )


def expected_noise_of(design):
    """Covariance of the state's error over all channels, or None.

    None where it cannot be predicted: for neurons whose rate adapts, and where a
    dimension has a neuron or two.
    """
    known = {}
    try:
        for channel, expected in enumerate(design.expected):
            if expected not in known:
                known[expected] = state_noise(design, channel)
    except (ValidationError, np.linalg.LinAlgError):
        return None
    return block_diag(*(known[expected] for expected in design.expected))


def drift_matrix(A, B, covariance, noise):
    """dx/dt = A x + B u, with the input u that x predicts.

    E[u x'] follows from the covariance C of a stationary state,
    ``A C + C A' + B E[u x'] + E[x u] B' = 0``, and u is E[u x'] (C + noise)^-1 x.

    Parameters
    ----------
    A, B : (order, order) and (order, 1) array
    covariance, noise : (order, order) array
        Of the state, and of the error with which it is known.
    """
    Q, b = -(A @ covariance + covariance @ A.T), B[:, 0]
    moments = (Q @ b - b * (b @ Q @ b) / (2 * b @ b)) / (b @ b)
    return A + np.outer(b, np.linalg.solve(covariance + noise, moments))


def _floor(covariance):
    """Covariance of white noise in the window, of `FLOOR` of its RMS."""
    metric = window_metric(len(covariance))
    power = np.sum(np.diag(covariance) * metric)
    return np.diag(FLOOR**2 * power / (metric * len(covariance)))


def _path(design, A, B):
    """States over time, and the time between them."""
    stride = max(1, int(design.theta / design.dt / STEPS_OF_WINDOW))
    choices, step = design.choices, stride * design.dt
    if choices.sample is None:
        seconds = PATH_WINDOWS * design.theta
        n_steps = round(seconds / step)
        inputs = [
            # A period of a slower signal does not fit into the path.
            white_noise(n_steps * step, max(f, 2 / seconds), rms, dt=step, seed=channel)
            for channel, (f, rms) in enumerate(
                zip(choices.freq, choices.rms, strict=True)
            )
        ]
        kept = slice(round(design.theta / step), None)
        system = discretize(A, B, step)
    else:
        inputs = list(choices.sample.T)
        if np.all(choices.sample == choices.sample[:, :1]):
            # One sample stands for all channels, which are independent.
            n = len(choices.sample)
            inputs = [np.roll(u, k * n // len(inputs)) for k, u in enumerate(inputs)]
        kept = slice(round(design.theta / design.dt), None, stride)
        system = discretize(A, B, design.dt)
    return np.hstack([simulate(*system, u)[kept] for u in inputs]), step


def _states(covariance, errors, path, sample):
    """Gaussian states, half of them those of the path where there is a sample."""
    size, rng = len(covariance), np.random.RandomState(0)
    if size > 8:
        half = rng.randn(N_STATES // 2, size)
        points = np.vstack([half, -half])
    else:
        points = gaussian_points(size, N_STATES)
    states = points @ _root(covariance + errors).T
    if sample is None:
        return states
    some = np.linspace(0, len(path) - 1, N_STATES // 2).astype(int)
    seen = path[some] + rng.randn(len(some), size) @ _root(errors).T
    return np.vstack([states[::2], seen])


def _root(covariance):
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0))
