"""Linear systems of the same size: the memory's own, and others in place of it."""

import numpy as np
from scipy.linalg import expm

from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize


def legendre(order, steps, rng):
    """The memory's own A and B."""
    return discretize(*state_space(order, steps), 1.0)


def diagonal(order, steps, rng):
    """The diagonal of A alone."""
    A, B = state_space(order, steps)
    return discretize(np.diag(np.diag(A)), B, 1.0)


def random(order, steps, rng):
    """A random matrix, its eigenvalues' real parts between the same bounds as A's."""
    A, _ = state_space(order, steps)
    bounds = np.linalg.eigvals(A).real
    low, high = bounds.min(), bounds.max()
    G = rng.normal(size=(order, order))
    own = np.linalg.eigvals(G).real
    G *= (high - low) / (own.max() - own.min())
    G += (high - np.linalg.eigvals(G).real.max()) * np.eye(order)
    return discretize(G, rng.normal(size=(order, 1)), 1.0)


def leaky(order, steps, rng):
    """Leaky integrators, their time constants from T / order to T, even in the log."""
    tau = np.geomspace(steps / order, steps, order)
    return discretize(np.diag(-1 / tau), 1 / tau[:, None], 1.0)


def orthogonal(order, steps, rng):
    """An echo state network without its nonlinearity.

    A random rotation that decays with a time constant of T: all of its eigenvalues have
    one size.
    """
    Q, R = np.linalg.qr(rng.normal(size=(order, order)))
    Q *= np.sign(np.diag(R))
    return np.exp(-1 / steps) * Q, rng.normal(size=(order, 1))


def turning(order, steps, rng):
    """A slow rotation in continuous time: random frequencies up to those of A."""
    A, _ = state_space(order, steps)
    G = rng.normal(size=(order, order))
    G = G - G.T
    G *= np.abs(np.linalg.eigvals(A).imag).max() / np.abs(np.linalg.eigvals(G)).max()
    return np.exp(-1 / steps) * expm(G), rng.normal(size=(order, 1))


SYSTEMS = {
    "Legendre (A of the paper)": legendre,
    "diagonal of A": diagonal,
    "random, bounds of A": random,
    "leaky integrators": leaky,
    "random rotation": orthogonal,
    "slow random rotation": turning,
}
"""``system(order, steps, rng)`` gives the matrices of a step of the system."""
