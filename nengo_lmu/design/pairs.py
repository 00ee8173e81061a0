"""Pairs of groups of neurons: decoders that weigh distortion against count errors.

A pair has a group of encoder +1 and one of encoder -1, alike in all else. Neurons of a
group fire in turn, so the count of the whole group is off by a part of one spike, as
that of a single neuron.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from nengo_lmu.design.loops import Population
from nengo_lmu.design.tuning import N_STD, Tuning

COUNT_VARIANCE = 1 / 12
"""Variance of a count about its integrated rate, in spikes squared."""

_SLOWEST = 1e-3
"""Least rate at which silent neurons are taken to fire again, in Hz."""


@dataclass(frozen=True, eq=False)
class Expected:
    """Values that a population is expected to hold.

    Parameters
    ----------
    x : (n_points,) array
    speed : float
        Root mean square of their velocities, in 1/s.
    velocity : (n_points,) array, optional
        Velocity at each x, for neurons whose rates depend on it.
    """

    x: np.ndarray
    speed: float
    velocity: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Pairs:
    """Decoders of some pairs, and the window's power that they are expected to cost.

    Parameters
    ----------
    tuning : Tuning
        Tuning curves of the groups with encoder +1.
    sizes : (n_pairs,) array
        Neurons in one group of each pair.
    decoders : (n_pairs,) array
        Decoder of a neuron with encoder +1.
    lead : float
        Phase lead in seconds.
    noise, distortion : float
        Power of the window's error from one dimension.
    """

    tuning: Tuning
    sizes: np.ndarray
    decoders: np.ndarray
    lead: float
    noise: float
    distortion: float

    @property
    def cost(self):
        return self.noise + self.distortion


def far_points(n=4000):
    """A Gaussian value in its range, and a few points at five deviations."""
    x = ndtri((np.arange(n) + 0.5) / n)
    far = np.array([4.0, 4.5, 5.0])
    return np.concatenate([x, far, -far]) / N_STD


def group_tuning(neuron_type, max_rates, intercepts):
    """Tuning curves with encoder +1."""
    n = len(intercepts)
    gain, bias = neuron_type.gain_bias(np.array(max_rates), np.array(intercepts))
    return Tuning(neuron_type, gain, bias, np.ones((n, 1)))


def count_variance(tuning, silent, expected, gain):
    """Power of the window's error from the count of a group with a decoder of 1.

    Parameters
    ----------
    tuning : Tuning
    silent : (n_groups,) array
        Part of the expected values at which a group does not fire. There its error
        stays until it fires again.
    expected : Expected
    gain : LoopGain
    """
    variance = np.full(len(silent), gain.white)
    size = np.sqrt(np.mean(expected.x**2))
    thresholds = (tuning.threshold - tuning.bias) / tuning.gain
    for k in np.flatnonzero(silent):
        rate = expected.speed / (2 * np.pi * size)
        rate *= np.exp(-(thresholds[k] ** 2) / (2 * size**2))
        stays = gain.frozen(max(rate / silent[k], _SLOWEST))
        variance[k] += silent[k] * (stays - gain.white)
    return tuning.neuron_type.amplitude**2 * COUNT_VARIANCE * variance


def solve_pairs(tuning, sizes, expected, gain, slow):
    """Decoders of least cost.

    Parameters
    ----------
    tuning : Tuning
        Tuning curves of the groups with encoder +1.
    sizes : (n_pairs,) array
        Neurons in one group of each pair.
    expected : Expected
    gain : LoopGain
    slow : float
        Gain for smooth errors, see `LoopGain.slow`.

    Returns
    -------
    Pairs
    """
    x, velocity = expected.x[:, None], expected.velocity
    if velocity is not None:
        velocity = velocity[:, None]
    plus = tuning.rates(x, velocity)
    minus = tuning.rates(-x, None if velocity is None else -velocity)
    activities = (plus - minus) * sizes
    variance = 2 * count_variance(tuning, np.mean(plus <= 0, axis=0), expected, gain)
    targets = x if velocity is None else np.hstack([x, velocity])
    both = least_squares(activities, targets, variance / slow)
    decoders, lead, target = both[:, 0], 0.0, x[:, 0]
    if velocity is not None:
        rest = targets - activities @ both
        moves = velocity[:, 0]
        lead = -np.sum(moves * rest[:, 0]) / np.sum(moves * rest[:, 1])
        decoders = both[:, 0] + lead * both[:, 1]
        target = target + lead * moves
    bent = activities @ decoders - target
    return Pairs(
        tuning,
        sizes,
        decoders,
        lead,
        noise=np.sum(variance * decoders**2),
        distortion=slow * np.mean(bent**2),
    )


def least_squares(A, Y, cost):
    """The D with the least mean ``|A D - Y|² + sum of cost |D|²``."""
    n = len(A)
    if A.shape[1] <= n:
        return np.linalg.solve(A.T @ A / n + np.diag(cost), A.T @ Y / n)
    scaled = A / cost
    return scaled.T @ np.linalg.solve(scaled @ A.T / n + np.eye(n), Y) / n


def population_of(pairs, columns, n):
    """The neurons of some pairs as a population, without initial voltages.

    A neuron over is one of the first group, whose neurons then count for less.

    Returns
    -------
    population : Population
    places : (n,) array
        The place of each neuron in the turn of its group, from 0 to 1; that of the
        other group of a pair is half a place off.
    """
    pair, sign, places, weight, group = [], [], [], [], []
    over = n - 2 * int(np.sum(pairs.sizes))
    for k, size in enumerate(pairs.sizes):
        for half, encoder in enumerate((1.0, -1.0)):
            many = int(size) + (over if k == half == 0 else 0)
            pair.append(np.full(many, k))
            sign.append(np.full(many, encoder))
            weight.append(np.full(many, size / many))
            places.append((np.arange(many) + 0.5 * half + 0.25) / many)
            group.append(np.full(many, 2 * k + half))
    pair, sign, weight = map(np.concatenate, (pair, sign, weight))
    curves = pairs.tuning
    tuning = Tuning(
        curves.neuron_type, curves.gain[pair], curves.bias[pair], sign[:, None]
    )
    decoders = (sign * weight * pairs.decoders[pair])[:, None]
    population = Population(
        columns,
        tuning,
        decoders,
        float(pairs.lead),
        curves.neuron_type,
        np.concatenate(group),
    )
    return population, np.concatenate(places)
