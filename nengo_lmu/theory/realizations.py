"""The coordinates in which neurons hold the state of a memory, and their radii.

Source: Mullis & Roberts, "Synthesis of minimum roundoff noise fixed point digital
filters", IEEE Transactions on Circuits and Systems 1976; Hwang, "Minimum uncorrelated
unit noise in state-space digital filtering", IEEE Transactions on ASSP 1977. Spiking
noise takes the place of the rounding there.
"""

from dataclasses import dataclass, field

import numpy as np
from nengo.exceptions import ValidationError
from scipy.linalg import LinAlgError, solve_continuous_lyapunov

from nengo_lmu import checks
from nengo_lmu.theory import legendre
from nengo_lmu.theory.ladder import ladder_transform

NAMES = ("min_noise", "balanced", "normalized", "legendre", "ladder")
"""Realizations that can be asked for by name."""


def window_metric(order):
    """Mean of P_i² over the window, (order,).

    The mean square of a decoded window is the sum over m_i² times it: the polynomials
    are orthogonal, so their products vanish.
    """
    return 1 / (2.0 * np.arange(order) + 1)


def noise_gain(order, theta, tau):
    r"""What the loop makes of noise on the decoded state, (order, order) array.

    White noise :math:`\epsilon` on the decoded state passes recurrent transform and
    synapse as the state does: :math:`\dot m = A m + B u + (A + I/\tau)\epsilon`.
    If its two-sided spectral density is S (1/Hz), the mean square error of the decoded
    window is the trace of S K, with

    .. math:: K = (A + I/\tau)^T X (A + I/\tau), \qquad A^T X + X A = -W

    and W the mean square of the window.

    Parameters
    ----------
    order : int
    theta : float
        Window in seconds.
    tau : float
        Time constant of the recurrent lowpass, in seconds. Longer ones add less noise,
        down to a best one near 0.6 theta (`best_tau`).
    """
    A, _ = legendre.state_space(order, theta)
    weighted = A + np.eye(order) / tau
    return weighted.T @ _observability(order, theta) @ weighted


def best_tau(covariances, theta):
    """Time constant of the recurrent synapse that adds the least noise, in seconds.

    For coordinates of least noise (`Realization.min_noise`) and states of the given
    covariances, a list of (order, order) arrays in Legendre coordinates.
    """
    from scipy.optimize import minimize_scalar  # half a second, so only here

    roots = [_root(covariance) for covariance in covariances]

    def total(log_tau):
        gain = noise_gain(len(roots[0]), theta, np.exp(log_tau) * theta)
        return sum(
            np.sum(np.sqrt(np.abs(np.linalg.eigvalsh(root.T @ gain @ root))))
            for root in roots
        )

    best = minimize_scalar(total, bounds=np.log([1e-3, 10]), method="bounded")
    return float(np.exp(best.x) * theta)


def radii(*, covariance=None, states=None, n_std=2.5, quantile=1.0):
    """Radius of each dimension, so that the state divided by it fills [-1, 1].

    Give one of ``covariance`` and ``states``. The noise of spiking neurons grows with
    the radius, the error of saturation falls with it: small radii suit few neurons,
    large ones many.

    Parameters
    ----------
    covariance : (d, d) array, optional
        Of the state (`band_gramian`). The radius is ``n_std`` standard deviations; a
        Gaussian state leaves it 4.6 % of the time at 2, 1.2 % at 2.5, 0.27 % at 3.
    states : (n, d) array, optional
        A sample of the state. The radius is the ``quantile`` of its absolute value,
        by default the largest.
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
    """Coordinates in which neurons hold the state m: ``x = transform m``.

    All of them remember the same window. They differ in the noise that neurons add to
    it. Say population i, of radius r_i, adds noise in proportion to r_i to dimension i.
    What the loop makes of it over time and over the whole window is the sum over i of
    ``P_ii K_ii``, with P the covariance of the state, which the radii follow, and K the
    gain of the loop for noise (`noise_gain`). With s_i² the eigenvalues of P K, that
    sum is

    - for `legendre` and `normalized` the same: coordinates that differ by a factor do
      not differ here, once their radii fit;
    - for `balanced` the sum of s_i², dominated by a few dimensions: right where the
      neurons of dimension i are as s_i, or where all are in one population;
    - for `ladder`, in which each dimension is connected to its neighbours only, the
      most: at one cycle a window and orders 6 to 24 1.1 to 1.8 times that of
      `legendre`. It is for targets on which connections cost more than noise;
    - for `min_noise` (sum of s_i)² / d, the least that d equal populations can do.

    At order 24 and a band of one cycle a window `min_noise` is an eighth of the others,
    and its recurrent weights are of one size. So take `min_noise` for an array of
    equal populations, which is what a spiking memory is by default.

    Parameters
    ----------
    name : str
    transform : (d, d) array
        From Legendre coordinates.
    inverse : (d, d) array
        Back to them.
    """

    name: str
    transform: np.ndarray = field(repr=False)
    inverse: np.ndarray = field(repr=False)

    @classmethod
    def legendre(cls, order):
        """The coordinates of the equation itself."""
        order = checks.order(order)
        return cls("legendre", np.eye(order), np.eye(order))

    @classmethod
    def normalized(cls, order):
        """Orthonormal polynomials: the window's power is the sum of x_i²."""
        scale = np.sqrt(window_metric(checks.order(order)))
        return cls("normalized", np.diag(scale), np.diag(1 / scale))

    @classmethod
    def ladder(cls, order):
        """A chain: A is tridiagonal, and the input enters the first dimension only."""
        transform, inverse = ladder_transform(*legendre.state_space(order, 1.0))
        return cls("ladder", transform, inverse)

    @classmethod
    def balanced(cls, covariance, gain):
        """P and K equal and diagonal, the dimensions in falling order of both.

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
        inverse = root @ vectors / values**0.25
        return cls("balanced", np.linalg.inv(inverse), inverse)

    @classmethod
    def min_noise(cls, covariance, gain, rng=None):
        """P and K equal, and equal for all dimensions: the balanced one, rotated.

        Parameters
        ----------
        covariance, gain : (d, d) array
            P and K, as for `balanced`.
        rng : RandomState, optional
            For one at random of the many rotations that do it.
        """
        balanced = cls.balanced(covariance, gain)
        P = balanced.covariance(covariance)
        start = np.eye(len(P)) if rng is None else random_rotation(len(P), rng)
        rotation = _equalize(start @ P @ start.T) @ start
        return cls(
            "min_noise", rotation @ balanced.transform, balanced.inverse @ rotation.T
        )

    def system(self, A, B):
        """(A, B) of the state m, continuous or discrete, as that of x."""
        A, B = checks.system(A, B)
        return self.transform @ A @ self.inverse, self.transform @ B

    def covariance(self, covariance):
        """A covariance of m as that of x."""
        return self.transform @ covariance @ self.transform.T

    def scaled(self, radii):
        """The same directions, each divided by its radius."""
        radii = checks.array(radii, "radii", self)
        if radii.shape != (len(self.transform),) or np.any(radii <= 0):
            checks.fail("radii", f"{len(self.transform)} values above 0", radii, self)
        return Realization(
            self.name, self.transform / radii[:, None], self.inverse * radii
        )


def random_rotation(order, rng):
    """An orthogonal matrix, (order, order), of any direction alike."""
    rotation, triangular = np.linalg.qr(rng.randn(order, order))
    return rotation * np.sign(np.diag(triangular))


def _root(covariance):
    try:
        return np.linalg.cholesky(checks.covariance(covariance))
    except LinAlgError:
        raise ValidationError("must be positive definite", attr="covariance") from None


def _observability(order, theta):
    """X of `noise_gain`: the time integral of the window's power, for a free state."""
    A, _ = legendre.state_space(order, theta)
    return solve_continuous_lyapunov(A.T, -np.diag(window_metric(order)))


def _equalize(matrix):
    """Rotation R for which R matrix R^T has one value all along its diagonal.

    Each turn brings one diagonal element to the mean, in the plane of the largest and
    the smallest, so d - 1 turns do.
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
