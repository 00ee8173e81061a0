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

from nengo_lmu import checks, legendre
from nengo_lmu.lti import band_gramian


def expected_covariance(order, theta, freq, rms=0.5, floor=0.01):
    """Covariance that an LMU's state is expected to have, in Legendre coordinates.

    The input in its band, and a floor for whatever else moves the state: noise of the
    neurons, input out of the band. The floor is spread evenly over the window. It
    keeps the covariance of a slow input, which moves few directions of a large
    memory, well conditioned.

    Parameters
    ----------
    order : int
        Number of polynomials d.
    theta : float
        Window in seconds.
    freq : float
        Band of the input, in Hz.
    rms : float
        Root mean square of the input.
    floor : float
        Root mean square of the rest, as a fraction of that of the input. A smaller
        one gives the neurons' coordinates less noise (`Realization.min_noise`) and
        less room for input that is out of the band.

    Returns
    -------
    (order, order) array
    """
    floor = checks.positive(floor, "floor")
    band = band_gramian(*legendre.state_space(order, theta), freq, rms)
    return band + np.diag((floor * rms) ** 2 / order / _window_metric(order))


def _window_metric(order):
    """Mean of P_i² over the window; the window's power is the sum over m_i² times it.

    The polynomials are orthogonal: their products vanish.
    """
    return 1 / (2.0 * np.arange(order) + 1)


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
    ``P_ii Q_ii``, with P the covariance of the state, which the radii follow, and Q the
    observability Gramian of the window (the energy of the window that a unit of x_i
    leaves behind). With s_i² the eigenvalues of P Q, that sum is

    - for `legendre` and `normalized` the same: coordinates that differ by a factor do
      not differ here, once their radii fit;
    - for `balanced` the sum of s_i², dominated by a few dimensions: right where the
      neurons of dimension i are as s_i, or where all are in one population;
    - for `min_noise` (sum of s_i)² / d, the least that d equal populations can do.

    At order 24 and a band of one cycle a window the last is an eighth of the others,
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
        scale = np.sqrt(_window_metric(checks.order(order)))
        return cls("normalized", np.diag(scale), np.diag(1 / scale))

    @classmethod
    def balanced(cls, covariance):
        """P and Q equal and diagonal, the dimensions in falling order of both.

        Parameters
        ----------
        covariance : (d, d) array
            P, in Legendre coordinates, positive definite (`expected_covariance`).
        """
        covariance = checks.covariance(covariance)
        try:
            root = np.linalg.cholesky(covariance)
        except LinAlgError:
            raise ValidationError(
                "must be positive definite; raise its floor", attr="covariance"
            ) from None
        values, vectors = np.linalg.eigh(root.T @ _observability(len(root)) @ root)
        values, vectors = values[::-1], vectors[:, ::-1]
        inverse = root @ vectors / values**0.25
        return cls("balanced", np.linalg.inv(inverse), inverse)

    @classmethod
    def min_noise(cls, covariance):
        """P and Q equal, and equal for all dimensions: the balanced one, rotated.

        Parameters
        ----------
        covariance : (d, d) array
            P, in Legendre coordinates, positive definite (`expected_covariance`).
        """
        balanced = cls.balanced(covariance)
        rotation = _equalize(balanced.covariance(covariance))
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


def _observability(order):
    """Q of the whole window: the integral over time of its power, for a free state.

    In units of theta, which cancels in every ratio.
    """
    A, _ = legendre.state_space(order, 1.0)
    return solve_continuous_lyapunov(A.T, -np.diag(_window_metric(order)))


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
