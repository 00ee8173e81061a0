"""Realizations: coordinates of the represented state, and their radii.

Source: Mullis & Roberts, "Synthesis of minimum roundoff noise fixed point digital
filters", IEEE Transactions on Circuits and Systems 1976; Hwang, "Minimum uncorrelated
unit noise in state-space digital filtering", IEEE Transactions on ASSP 1977. Their
rounding noise is replaced by the noise of spikes.
"""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from nengo.exceptions import ValidationError
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, solve_continuous_lyapunov

from nengo_lmu import checks
from nengo_lmu.theory import legendre
from nengo_lmu.theory.ladder import ladder_transform

NAMES = ("min_noise", "balanced", "normalized", "legendre", "ladder")
"""Realizations that can be given by name."""


def window_metric(order):
    """Mean of P_i² over the window, shape (order,).

    The mean square of a decoded window is the sum of m_i² with these weights, because
    the polynomials are orthogonal.
    """
    return 1 / (2.0 * np.arange(order) + 1)


def noise_gain(order, theta, tau):
    r"""Gain of the loop for representation noise, shape (order, order).

    White noise :math:`\epsilon` on the decoded state passes through the recurrent
    transform and the synapse: :math:`\dot m = A m + B u + (A + I/\tau)\epsilon`. If its
    two-sided spectral density is S (1/Hz), the mean square error of the decoded window
    is the trace of S K, with

    .. math:: K = (A + I/\tau)^T X (A + I/\tau), \qquad A^T X + X A = -W

    and W the diagonal matrix of `window_metric`.

    Parameters
    ----------
    order : int
    theta : float
        Window in seconds.
    tau : float
        Time constant of the recurrent lowpass, in seconds. The noise has a minimum
        near 0.6 theta (`best_tau`).
    """
    A, _ = legendre.state_space(order, theta)
    weighted = A + np.eye(order) / tau
    return weighted.T @ _observability(order, theta) @ weighted


def best_tau(covariances, theta, excess=0.0, least=0.0):
    """Time constant of the recurrent synapse with the least noise, in seconds.

    It is computed for `Realization.min_noise`.

    Parameters
    ----------
    covariances : list of (order, order) array
        Of the expected states, in Legendre coordinates.
    theta : float
        Window in seconds.
    excess : float, optional
        Of all time constants, the shortest one with so much more noise (0.05: 5 %) is
        taken. The noise hardly depends on them, and a value out of the range of its
        neurons returns the faster the shorter they are.
    least : float, optional
        A shorter one than this, in seconds, is not taken for its sake.
    """
    from scipy.optimize import brentq, minimize_scalar  # importing takes 0.5 s

    roots = [_root(covariance) for covariance in covariances]

    def total(log_tau):
        gain = noise_gain(len(roots[0]), theta, np.exp(log_tau) * theta)
        return sum(
            np.sum(np.sqrt(np.abs(np.linalg.eigvalsh(root.T @ gain @ root))))
            for root in roots
        )

    bounds = np.log([1e-3, 10])
    best = minimize_scalar(total, bounds=bounds, method="bounded")
    tau, most = np.exp(best.x) * theta, (1 + excess) * best.fun
    if excess:
        shortest = brentq(lambda log_tau: total(log_tau) - most, bounds[0], best.x)
        tau = min(tau, max(np.exp(shortest) * theta, least))
    return float(tau)


def radii(*, covariance=None, states=None, n_std=2.5, quantile=1.0):
    """Radius of each dimension; the state divided by it fills [-1, 1].

    Give either ``covariance`` or ``states``. The noise of spiking neurons grows with
    the radius and the error of saturation falls with it, so few neurons need small
    radii and many neurons large ones.

    Parameters
    ----------
    covariance : (d, d) array, optional
        Covariance of the state (`band_gramian`). The radius is ``n_std`` standard
        deviations; a Gaussian state exceeds it 4.6 % of the time at 2, 1.2 % at 2.5,
        0.27 % at 3.
    states : (n, d) array, optional
        A sample of the state. The radius is the ``quantile`` of its absolute value; by
        default, the largest.
    n_std : float
        Standard deviations.
    quantile : float
        In (0, 1].

    Returns
    -------
    (d,) array
    """
    if (covariance is None) == (states is None):
        checks.fail("covariance", "given, or states, and not both", covariance)
    if covariance is not None:
        variances = np.diag(checks.covariance(covariance))
        return checks.positive(n_std, "n_std") * np.sqrt(variances)
    if checks.positive(quantile, "quantile") > 1:
        checks.fail("quantile", "at most 1", quantile)
    states = checks.array(states, "states")
    if states.ndim != 2 or len(states) == 0 or not np.all(np.any(states, axis=0)):
        checks.fail("states", "a matrix (n, d), no column of it zero", states)
    return np.quantile(np.abs(states), quantile, axis=0)


@dataclass(frozen=True, eq=False)
class Realization:
    """Coordinates in which neurons represent the state m: ``x = transform m``.

    All realizations represent the same window; they differ in the noise that neurons
    add to it. Let population i with radius r_i add noise in proportion to r_i to
    dimension i. The error of the window is then proportional to the sum of
    ``P_ii K_ii``, with P the covariance of the state, from which the radii follow, and
    K the gain of the loop for noise (`noise_gain`). With s_i² the eigenvalues of P K,
    this sum is

    - the same for `legendre` and `normalized`: scaling a dimension has no effect if
      its radius is scaled, too;
    - the sum of s_i² for `balanced`, dominated by a few dimensions: suitable if the
      number of neurons of dimension i is proportional to s_i, or for one population;
    - largest for `ladder`, in which each dimension is connected to its neighbours
      only: at one cycle per window and orders 6 to 24, 1.2 to 1.6 times that of
      `legendre`. It is for targets on which connections cost more than noise;
    - (sum of s_i)² / d for `min_noise`, the least for d equal populations.

    At order 24 and a band of one cycle per window, the last is an eighth of the
    others, and its recurrent weights are of similar size. `min_noise` is therefore the
    choice for an array of equal populations, the default of a spiking memory.

    Parameters
    ----------
    name : str
    transform : (d, d) array
        Matrix from Legendre coordinates to these.
    inverse : (d, d) array
        Its inverse.

    Examples
    --------
    >>> from nengo_lmu.theory.realizations import Realization
    >>> ladder = Realization.ladder(6)
    >>> A, B = ladder.system(*nengo_lmu.state_space(6, theta=1.0))
    >>> bool(np.allclose(A, np.triu(np.tril(A, 1), -1)))  # tridiagonal
    True
    """

    name: str
    transform: np.ndarray = field(repr=False)
    inverse: np.ndarray = field(repr=False)

    @classmethod
    def legendre(cls, order: int) -> Self:
        """Legendre coordinates, those of the equation."""
        order = checks.order(order)
        return cls("legendre", np.eye(order), np.eye(order))

    @classmethod
    def normalized(cls, order: int) -> Self:
        """Orthonormal polynomials: the power of the window is the sum of x_i²."""
        scale = np.sqrt(window_metric(checks.order(order)))
        return cls("normalized", np.diag(scale), np.diag(1 / scale))

    @classmethod
    def ladder(cls, order: int) -> Self:
        """A chain: A is tridiagonal, and the input enters the first dimension only."""
        transform, inverse = ladder_transform(*legendre.state_space(order, 1.0))
        return cls("ladder", transform, inverse)

    @classmethod
    def balanced(cls, covariance: NDArray, gain: NDArray) -> Self:
        """P and K equal and diagonal, in descending order.

        Parameters
        ----------
        covariance : (d, d) array
            P, in Legendre coordinates, positive definite.
        gain : (d, d) array
            K, in Legendre coordinates (`noise_gain`).
        """
        root = _root(covariance)
        values, vectors = np.linalg.eigh(root.T @ gain @ root)
        values, vectors = values[::-1], vectors[:, ::-1]
        # What hardly counts may be negative in rounding.
        values = np.maximum(values, len(values) * np.finfo(float).eps * values[0])
        inverse = root @ vectors / values**0.25
        return cls("balanced", np.linalg.inv(inverse), inverse)

    @classmethod
    def min_noise(
        cls,
        covariance: NDArray,
        gain: NDArray,
        rng: np.random.RandomState | None = None,
    ) -> Self:
        """P and K equal, with a constant diagonal: the balanced realization, rotated.

        Parameters
        ----------
        covariance, gain : (d, d) array
            P and K, as for `balanced`.
        rng : RandomState, optional
            Draws one of the many rotations with this property.
        """
        balanced = cls.balanced(covariance, gain)
        P = balanced.covariance(covariance)
        start = np.eye(len(P)) if rng is None else random_rotation(len(P), rng)
        rotation = _equalize(start @ P @ start.T) @ start
        return cls(
            "min_noise", rotation @ balanced.transform, balanced.inverse @ rotation.T
        )

    def system(self, A: NDArray, B: NDArray) -> tuple[NDArray, NDArray]:
        """Transform a system (A, B) of m, continuous or discrete, into that of x."""
        A, B = checks.system(A, B)
        return self.transform @ A @ self.inverse, self.transform @ B

    def covariance(self, covariance: NDArray) -> NDArray:
        """Transform a covariance of m into that of x."""
        return self.transform @ covariance @ self.transform.T

    def scaled(self, radii: NDArray) -> Self:
        """Return the same realization with each dimension divided by its radius."""
        radii = checks.array(radii, "radii", self)
        if radii.shape != (len(self.transform),) or np.any(radii <= 0):
            checks.fail("radii", f"{len(self.transform)} values above 0", radii, self)
        return Realization(
            self.name, self.transform / radii[:, None], self.inverse * radii
        )


def random_rotation(order, rng):
    """Uniformly distributed orthogonal matrix, shape (order, order)."""
    rotation, triangular = np.linalg.qr(rng.randn(order, order))
    return rotation * np.sign(np.diag(triangular))


def _root(covariance):
    try:
        return np.linalg.cholesky(checks.covariance(covariance))
    except LinAlgError:
        raise ValidationError("must be positive definite", attr="covariance") from None


def _observability(order, theta):
    """X of `noise_gain`: integral over time of the window's power without input."""
    A, _ = legendre.state_space(order, theta)
    return solve_continuous_lyapunov(A.T, -np.diag(window_metric(order)))


def _equalize(matrix):
    """Rotation R for which R matrix R^T has a constant diagonal.

    Each of d - 1 plane rotations, of the largest and the smallest diagonal element,
    brings one of them to the mean.
    """
    order = len(matrix)
    rotation = np.eye(order)
    mean = np.trace(matrix) / order
    for _ in range(order - 1):
        i, j = np.argmax(np.diag(matrix)), np.argmin(np.diag(matrix))
        above, below = matrix[i, i] - mean, mean - matrix[j, j]
        if below <= 0:
            break
        cross = matrix[i, j]
        tan = (cross + np.sqrt(cross**2 + above * below)) / below
        cos = 1 / np.hypot(1, tan)
        turn = np.eye(order)
        turn[[i, i, j, j], [i, j, i, j]] = cos * np.array([1, tan, -tan, 1])
        rotation = turn @ rotation
        matrix = turn @ matrix @ turn.T
    return rotation
