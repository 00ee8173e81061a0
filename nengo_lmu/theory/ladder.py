r"""The ladder: coordinates in which a memory is a chain of neighbours.

In coordinates in which white input gives the state a unit covariance (Mullis &
Roberts, "Synthesis of minimum roundoff noise fixed point digital filters", IEEE
Transactions on Circuits and Systems 1976), the Lyapunov equation of a stable system
with one input reads

.. math:: A + A^T = -B B^T \quad \text{(continuous)}, \qquad
   A_d A_d^T + B_d B_d^T = I \quad \text{(discrete)}.

Every rotation of the state keeps that, and a rotation can bring the system close to its
diagonal:

- In continuous time B is rotated onto the first axis and A to upper Hessenberg form.
  As A is skew-symmetric but for the square of B, it is then **tridiagonal**: the
  Schwarz form, the ladder of inductors and capacitors that ends in one resistor
  (Schwarz, "Ein Verfahren zur Stabilitätsfrage bei Matrizen-Eigenwertproblemen",
  Zeitschrift für angewandte Mathematik und Physik 1956).
- In discrete time :math:`[A_d\; B_d]` are all rows but one of an orthogonal matrix U,
  whose last axis is the port of the system, input and output. An orthogonal Hessenberg
  matrix is a product of plane rotations of neighbouring axes. Those of even axes taken
  before those of odd ones give **five diagonals**, and four elements in each row that
  are not zero: the CMV form (Cantero, Moral & Velázquez, "Five-diagonal matrices and
  zeros of orthogonal polynomials on the unit circle", Linear Algebra and its
  Applications 2003).

The zero-order hold of the tridiagonal ladder is a full matrix, and cutting it off would
change the memory. The CMV form is the zero-order hold itself, so nothing is cut off.
"""

import numpy as np
from scipy.linalg import hessenberg, null_space, polar, qr

from nengo_lmu import checks
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize, gramian

ROUNDING = 1e-6
"""Largest element beside the diagonals that passes for rounding.

It is below 1e-14 wherever the covariance can be factorized at all."""


def ladder_transform(A, B):
    """Coordinates in which a continuous system is tridiagonal.

    Parameters
    ----------
    A, B : (d, d) and (d, 1) array
        Continuous, stable system, in 1/s.

    Returns
    -------
    transform, inverse : (d, d) array
        ``x = transform m``. White input of unit power gives x a unit covariance;
        ``transform @ B`` is along the first axis; ``transform @ A @ inverse`` is
        tridiagonal, and skew-symmetric but for its first element.
    """
    A, B = checks.system(A, B)
    P = gramian(A, B)
    root = np.linalg.cholesky((P + P.T) / 2)
    first, _ = qr(np.linalg.solve(root, B))
    inner = first.T @ np.linalg.solve(root, A @ root) @ first
    chain, second = hessenberg(inner, calc_q=True)
    rotation = first @ second
    # Positive elements above the diagonal and a positive input: the only choice left.
    drive = rotation[:, 0] @ np.linalg.solve(root, B[:, 0])
    signs = np.cumprod(np.where(np.append(drive, np.diag(chain, 1)) < 0, -1.0, 1.0))
    rotation = rotation * signs
    return np.linalg.solve(root.T, rotation).T, root @ rotation


def ladder_system(A, B):
    """The system in the coordinates of its ladder, exactly tridiagonal.

    It is set up from its d free numbers, so that rounding errors are in its elements
    and not beside them.

    Parameters
    ----------
    A, B : (d, d) and (d, 1) array
        Continuous, stable system, in 1/s.

    Returns
    -------
    A, B : (d, d) and (d, 1) array
    """
    transform, inverse = ladder_transform(A, B)
    full, drive = transform @ A @ inverse, (transform @ B)[0, 0]
    beside = (np.diag(full, 1) - np.diag(full, -1)) / 2
    chain = np.diag(beside, 1) - np.diag(beside, -1)
    chain[0, 0] = -(drive**2) / 2
    return chain, np.eye(len(A), 1) * drive


def chain_transform(Ad, Bd):
    """Coordinates in which a discrete system has five diagonals.

    Parameters
    ----------
    Ad, Bd : (d, d) and (d, 1) array
        Discrete, stable system. At high orders one whose covariance for white input is
        not far from a multiple of one, such as that of `ladder_system`: others lose
        digits.

    Returns
    -------
    transform, inverse : (d, d) array
        ``x = transform m``. White input of unit variance gives x a unit covariance;
        ``transform @ Bd`` is along the first axis.
    """
    Ad, Bd = checks.system(Ad, Bd)
    order = len(Ad)
    P = discrete_gramian(Ad, Bd)
    root = np.linalg.cholesky((P + P.T) / 2)
    U = np.zeros((order + 1, order + 1))
    U[:order, :order] = np.linalg.solve(root, Ad @ root)
    U[:order, order:] = np.linalg.solve(root, Bd)
    # The last row completes the orthogonal matrix, with the sign of a pure rotation.
    U[order] = null_space(U[:order])[:, 0]
    U[order] *= np.sign(np.linalg.det(U))
    rotation = _five_diagonals(polar(U)[0][::-1, ::-1])[::-1][:order, 1:]
    rotation = rotation * _signs(rotation.T @ U[:order, :order] @ rotation)
    if rotation[:, 0] @ U[:order, order] < 0:
        rotation = -rotation
    return np.linalg.solve(root.T, rotation).T, root @ rotation


def chain_system(order, theta, dt):
    """The memory in discrete time with exactly five diagonals.

    Parameters
    ----------
    order : int
        Number of Legendre polynomials.
    theta : float
        Window in seconds.
    dt : float
        Time step in seconds.

    Returns
    -------
    Ad, Bd : (order, order) and (order, 1) array
        The zero-order hold in the chain's coordinates x. Only the first element of Bd
        is not zero.
    transform, inverse : (order, order) array
        ``x = transform m`` with m in Legendre coordinates.

    Raises
    ------
    ValidationError
        If rounding errors would not leave a chain: where the window has few steps for
        its order.
    """
    A, B = state_space(order, theta)
    transform, inverse = ladder_transform(A, B)
    Ad, Bd = discretize(*ladder_system(A, B), dt)
    try:
        # Twice: where the first loses digits to the condition of the covariance, the
        # second begins with one that is nearly the identity, and regains them.
        for _ in range(2):
            forth, back = chain_transform(Ad, Bd)
            Ad, Bd = forth @ Ad @ back, forth @ Bd
            transform, inverse = forth @ transform, inverse @ back
        beside = outside_band(Ad, 2)
    except np.linalg.LinAlgError:
        beside = np.inf
    if not beside < ROUNDING:
        checks.fail(
            "theta", f"more steps of dt = {dt:g} s for a chain of {order}", theta
        )
    Bd[1:] = 0.0
    return banded(Ad, 2), Bd, transform, inverse


def discrete_gramian(Ad, Bd):
    """Covariance of a discrete system's state for white input of unit variance.

    By doubling: a sum of positive terms, so that small directions keep their digits.

    Parameters
    ----------
    Ad, Bd : (d, d) and (d, inputs) array
        Discrete, stable system.

    Returns
    -------
    (d, d) array
    """
    P, power = Bd @ Bd.T, Ad
    for _ in range(64):
        P = P + power @ P @ power.T
        power = power @ power
        if np.max(np.abs(power)) < 1e-20:
            return P
    raise np.linalg.LinAlgError("the system does not decay")


def banded(matrix, band):
    """The matrix with zeros more than ``band`` diagonals from the main one."""
    return np.triu(np.tril(matrix, band), -band)


def outside_band(matrix, band):
    """Largest absolute element more than ``band`` diagonals from the main one."""
    return float(np.max(np.abs(matrix - banded(matrix, band)), initial=0.0))


def _five_diagonals(U):
    """Orthogonal V, its first axis that of U, for which ``V^T U V`` has five diagonals.

    An orthogonal Hessenberg matrix is a product of rotations of neighbouring axes,
    G_0 G_1 G_2 ...; all orders of such a product are similar. The even ones before the
    odd ones give five diagonals.
    """
    n = len(U)
    H, Q = hessenberg(U, calc_q=True)
    rotations = []
    for k in range(n - 1):
        cos, sin = H[k : k + 2, k] / np.linalg.norm(H[k : k + 2, k])
        rotations.append(np.array([[cos, -sin], [sin, cos]]))
        H[k : k + 2] = rotations[-1].T @ H[k : k + 2]
    V = np.eye(n)
    for k in range(n - 4, -1, -1):
        # G_k (G_k+1 G_k+3 ...) (G_k+2 G_k+4 ...): the last bracket goes to the front.
        for j in range(k + 2, n - 1, 2):
            V[:, j : j + 2] = V[:, j : j + 2] @ rotations[j].T
    return Q @ V


def _signs(chain):
    """A sign for each axis: the largest element towards the axes before is positive."""
    signs = np.ones(len(chain))
    for k in range(1, len(chain)):
        before = chain[k, max(0, k - 2) : k]
        j = np.argmax(np.abs(before))
        if before[j] * signs[max(0, k - 2) + j] < 0:
            signs[k] = -1.0
    return signs
