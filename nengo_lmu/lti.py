"""Linear time-invariant systems: discretize, run, realize, map onto a synapse."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from nengo.exceptions import ValidationError
from nengo.synapses import LinearFilter, Lowpass
from scipy.integrate import quad_vec
from scipy.linalg import expm, matrix_balance, solve_continuous_lyapunov
from scipy.signal import cont2discrete

from nengo_lmu import checks, legendre


def discretize(A, B, dt, method="zoh"):
    """Discrete system of a continuous one, for inputs held over each step."""
    A, B = checks.system(A, B)
    dt = checks.dt(dt)
    checks.one_of(method, ("zoh", "euler"), "method")
    if method == "euler":
        limit = _largest_euler_step(A)
        if dt > limit:
            raise ValidationError(
                f"euler is unstable at dt = {dt:g} s: take dt of at most {limit:.3g} "
                f"s, a theta at least {dt / limit:.3g} times as long, or zoh",
                attr="dt",
            )
        return np.eye(len(A)) + dt * A, dt * B
    order, inputs = B.shape
    augmented = np.zeros((order + inputs, order + inputs))
    augmented[:order, :order] = A * dt
    augmented[:order, order:] = B * dt
    augmented = expm(augmented)
    return augmented[:order, :order], augmented[:order, order:]


def _largest_euler_step(A):
    poles = np.linalg.eigvals(A)
    poles = poles[np.abs(poles) > 0]
    return np.min(-2 * poles.real / np.abs(poles) ** 2, initial=np.inf)


def simulate(Ad, Bd, u, state=None):
    """States of a discrete system over a sequence: x[k] = Ad x[k-1] + Bd u[k]."""
    Ad, Bd = checks.system(Ad, Bd)
    u = np.asarray(u, dtype=float)
    driven = u.reshape(len(u), Bd.shape[1]) @ Bd.T
    states = np.empty_like(driven)
    x = np.zeros(len(Ad)) if state is None else np.asarray(state, dtype=float)
    for k, drive in enumerate(driven):
        x = Ad @ x + drive
        states[k] = x
    return states


class VariableStep:
    """Exact zero-order hold with a different step at each sample."""

    def __init__(self, A, B, max_cached=1024):
        self.A, self.B = checks.system(A, B)
        self._discretize = lru_cache(max_cached)(
            lambda gap: discretize(self.A, self.B, gap)
        )

    def __call__(self, gap):
        return self._discretize(float(gap))

    def run(self, times, values, start=0.0, state=None):
        times = np.asarray(times, dtype=float)
        gaps = np.diff(times, prepend=start)
        states = np.empty((len(times), len(self.A)))
        x = np.zeros(len(self.A)) if state is None else np.asarray(state, dtype=float)
        for k, (gap, value) in enumerate(zip(gaps, values, strict=True)):
            Ad, Bd = self(gap)
            x = Ad @ x + Bd @ np.atleast_1d(value)
            states[k] = x
        return states


def gramian(A, B):
    """State covariance for white input of unit power spectral density."""
    A, B = checks.system(A, B)
    return solve_continuous_lyapunov(A, -B @ B.T)


def band_gramian(A, B, freq, rms=1.0, dt=None):
    """State covariance for white noise that is flat to freq (Hz) with a given rms."""
    A, B = checks.system(A, B)
    eye = np.eye(len(A))

    def density(f):
        pole = 2j * np.pi * f if dt is None else np.exp(2j * np.pi * f * dt)
        x = np.linalg.solve(pole * eye - A, B)
        return (x @ x.conj().T).real

    integral, _ = quad_vec(density, 0, freq, epsrel=1e-10, norm="max")
    return rms**2 / freq * integral


def radii(covariance=None, states=None, n_std=3.0, quantile=1.0):
    """Half-widths of the state's dimensions."""
    if covariance is not None:
        return n_std * np.sqrt(np.diag(covariance))
    return np.quantile(np.abs(states), quantile, axis=0)


@dataclass(frozen=True)
class Realization:
    """Coordinates for the neurons: x = transform m, m = inverse x."""

    name: str
    transform: np.ndarray
    inverse: np.ndarray

    @classmethod
    def legendre(cls, order):
        return cls("legendre", np.eye(order), np.eye(order))

    @classmethod
    def normalized(cls, order):
        scale = np.sqrt(2.0 * np.arange(order) + 1)
        return cls("normalized", np.diag(1 / scale), np.diag(scale))

    @classmethod
    def balanced(cls, covariance):
        """Coordinates that are uncorrelated and count by how far they move.

        The covariance of the state and the observability Gramian of the whole
        window are equal and diagonal in them.
        """
        order = len(covariance)
        spread = np.linalg.cholesky(covariance)
        values, directions = np.linalg.eigh(spread.T @ _observability(order) @ spread)
        values, directions = values[::-1], directions[:, ::-1]
        root = values[:, None] ** 0.25
        inverse = spread @ directions / root.T
        return cls("balanced", np.linalg.inv(inverse), inverse)

    @classmethod
    def min_noise(cls, covariance):
        """Coordinates in which equal populations of neurons add the least noise."""
        balanced = cls.balanced(covariance)
        rotation = _equalize(np.diag(balanced.covariance(covariance)))
        return cls(
            "min_noise", rotation @ balanced.transform, balanced.inverse @ rotation.T
        )

    def system(self, A, B):
        """(A, B) in the coordinates of the realization."""
        return self.transform @ A @ self.inverse, self.transform @ B

    def covariance(self, covariance):
        """A covariance of m in the coordinates of the realization."""
        return self.transform @ covariance @ self.transform.T

    def scaled(self, radii):
        """The same directions in units of radii, so that each fills [-1, 1]."""
        radii = np.asarray(radii, dtype=float)
        return Realization(
            self.name, self.transform / radii[:, None], self.inverse * radii
        )


def _observability(order):
    """Energy of the decoded window, over all time and delays, of a free state."""
    A, _ = legendre.state_space(order, 1.0)
    return solve_continuous_lyapunov(A.T, -np.diag(1 / (2.0 * np.arange(order) + 1)))


def _equalize(diagonal):
    """Rotation R such that R diag(diagonal) R^T has a constant diagonal."""
    order = len(diagonal)
    rotation = np.eye(order)
    matrix = np.diag(diagonal)
    mean = np.mean(diagonal)
    for _ in range(order - 1):
        i, j = np.argmax(np.diag(matrix)), np.argmin(np.diag(matrix))
        high, cross, low = matrix[i, i], matrix[i, j], matrix[j, j]
        if high - low <= 1e-12 * mean:
            break
        # tan of the angle at which the new high diagonal is the mean
        a, b, c = low - mean, 2 * cross, high - mean
        tan = (-b - np.sqrt(max(b * b - 4 * a * c, 0))) / (2 * a)
        cos = 1 / np.hypot(1, tan)
        turn = np.eye(order)
        turn[[i, i, j, j], [i, j, i, j]] = cos, cos * tan, -cos * tan, cos
        rotation = turn @ rotation
        matrix = turn @ matrix @ turn.T
    return rotation


@dataclass(frozen=True)
class RealPole:
    """A discrete first-order synapse y[k+1] = pole y[k] + (1 - pole) x[k]."""

    pole: float


def map_to_synapse(A, B, synapse, dt=None):
    """Principle 3: the recurrent and input transforms around a synapse."""
    A, B = checks.system(A, B)
    if checks.is_number(synapse):
        synapse = Lowpass(synapse)
    if isinstance(synapse, RealPole):
        num, den = np.array([1 - synapse.pole]), np.array([1, -synapse.pole])
        origin = 1.0
        A, B = discretize(A, B, dt)
    elif isinstance(synapse, LinearFilter):
        num, den = np.atleast_1d(synapse.num), np.atleast_1d(synapse.den)
        origin = 0.0
        if dt is not None:
            num, den, _ = cont2discrete((num, den), dt)
            num = np.trim_zeros(num.ravel(), "f")
            origin = 1.0
            A, B = discretize(A, B, dt)
    else:
        raise ValidationError(f"cannot be mapped: {synapse!r}", attr="synapse")
    quotient, _ = np.polydiv(np.polysub(den, num), [1, -origin])
    numerator = _polynomial(num, A)
    return (
        np.linalg.solve(numerator, _polynomial(den, A)),
        np.linalg.solve(numerator, _polynomial(quotient, A) @ B),
    )


def _polynomial(coefficients, A):
    result = np.zeros_like(A)
    for c in coefficients:
        result = result @ A + c * np.eye(len(A))
    return result
