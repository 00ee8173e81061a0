"""The expected error of neurons that are laid out for the errors of their counts."""

from dataclasses import dataclass

import numpy as np

from nengo_lmu.design.counted import expected_values
from nengo_lmu.design.loop_gain import LoopGain, Path, window_root
from nengo_lmu.design.pairs import count_variance
from nengo_lmu.design.tuning import moves_matter
from nengo_lmu.theory.legendre import state_space

N_FREQS = 32
"""Frequencies at which the state's error from distortion is looked at."""


@dataclass(frozen=True, eq=False)
class CountErrors:
    """Errors of a loop before they go around, and the loop's gain for them.

    Parameters
    ----------
    counts : (order,) array
        Variance of the count error of each dimension. An error that stays while neurons
        are silent counts as the variance of a fast one with the same cost.
    bent : (order,) array
        Mean square distortion of each dimension.
    gain : LoopGain
    slow : float
        Gain for smooth errors, that of the `Loop`.
    power : float
        Mean square of the ideal window.
    """

    counts: np.ndarray
    bent: np.ndarray
    gain: LoopGain
    slow: float
    power: float

    @property
    def noise_power(self):
        """Power of the window's error from counts."""
        return np.sum(self.counts * np.diag(self.gain.counts))

    @property
    def distortion_power(self):
        """Power of the window's error from distortion."""
        return self.slow * np.sum(self.bent)

    def state_covariance(self, highest):
        """Covariance of the state's error, in Legendre coordinates.

        ``highest`` is the end of the band of the distortion, in Hz.
        """
        covariance = self.gain.counts_covariance(self.counts)
        for freq in (np.arange(N_FREQS) + 0.5) / N_FREQS * highest:
            gain = self.gain.state_gain(freq)
            covariance += ((gain * self.bent) @ gain.conj().T).real / N_FREQS
        return self.gain.inverse @ covariance @ self.gain.inverse.T


def count_errors(design, loop, expected):
    """Errors of a loop of a design, for the state that it is expected to have.

    Returns
    -------
    CountErrors
    """
    gain = loop_gain(design, loop)
    choices, moving = design.choices, moves_matter(design.neuron_type)
    rng = np.random.RandomState(0)
    values = expected_values(choices, expected, loop.realization, moving, rng)
    counts, bent = np.zeros(design.order), np.zeros(design.order)
    for population in loop.populations:
        k = population.columns.start
        counts[k], bent[k] = _of_population(population, values[k], gain)
    root = window_root(design.order)
    power = np.trace(root @ expected.covariance @ root.T)
    return CountErrors(counts, bent, gain, loop.slow, power)


def loop_gain(design, loop):
    """The gain of a loop of a design."""
    A, _ = loop.realization.system(*state_space(design.order, design.theta))
    forward = np.eye(design.order) + loop.leads * A
    found = [(design.mapped_synapse, loop.recurrent)]
    found += [(path.synapse, path.recurrent) for path in loop.fast]
    paths = [Path(synapse, entry @ forward, entry) for synapse, entry in found]
    return LoopGain(loop.realization.inverse, paths, design.theta, design.dt)


def _of_population(population, expected, gain):
    """Count variance and mean square distortion; a group counts as one neuron."""
    _, first, group, sizes = np.unique(
        population.groups, return_index=True, return_inverse=True, return_counts=True
    )
    tuning, decoders = population.tuning.part(first), population.decoders[:, 0]
    sums = np.bincount(group, decoders)
    velocity = None if expected.velocity is None else expected.velocity[:, None]
    activities = tuning.rates(expected.x[:, None], velocity)
    target = expected.x
    if velocity is not None:
        target = target + population.lead * expected.velocity
    bent = np.mean((activities @ sums - target) ** 2)
    silent = np.mean(activities <= 0, axis=0)
    cost = count_variance(tuning, silent, expected, gain)
    return np.sum(cost * (sums / sizes) ** 2) / gain.white, bent
