r"""A value in levels: neurons that compare it with their thresholds, and its error.

The neurons of one sign are ordered by their thresholds; the number k of them that spike
at a step says that the value is nearest to level k. The levels of a Gaussian value are
as dense as the third root of its probability density, the least mean square of what
lies between them (Panter & Dite, "Quantization distortion in pulse-count modulation
with nonuniform spacing of levels", Proceedings of the IRE 1951).

The error is a sawtooth of the value x, of period and height :math:`\Delta`, the
distance of two levels. Its harmonics :math:`\Delta / (\pi k) \sin(2 \pi k x / \Delta)`
are sines whose frequency :math:`k v / \Delta` follows the velocity v of x. The power of
a fast one lies where v has its probability (Woodward's theorem); so, for a Gaussian
velocity of standard deviation :math:`\sigma_v`, the harmonic k has the density

.. math:: S_k(f) = \frac{\Delta^2}{2 \pi^2 k^2}\,
   \mathcal{N}(f;\; 0,\; k \sigma_v / \Delta),

and what lies beyond half the rate of the steps is folded back. Slow values or few
levels put the error into the band of the memory, fast values or many levels beyond it:
the error falls with the number of neurons to the power of 1 to 1.5. (W. R. Bennett,
"Spectra of quantized signals", Bell System Technical Journal 1948.)
"""

from dataclasses import dataclass

import numpy as np

N_STD = 5.0
"""Standard deviations of a value in the range of its levels.

A loop carries a value that was cut off through the whole window: over 3 standard
deviations most of the error at order 32 comes from it. The outer levels are far apart,
so that a large range costs little."""

FLOOR = 0.15
"""Density of levels at the end of the range over that in its middle, at least."""

_HARMONICS = 12
"""Harmonics whose densities are computed; higher ones are taken as white."""


@dataclass(frozen=True, eq=False)
class Levels:
    """The levels of one sign, as fractions of the range.

    Parameters
    ----------
    values : (n,) array
        The value that k + 1 spikes stand for.
    thresholds : (n,) array
        Where one value passes to the next: half way between them.
    """

    values: np.ndarray
    thresholds: np.ndarray

    @classmethod
    def gaussian(cls, n, n_std=N_STD, floor=FLOOR):
        """For a Gaussian value whose range is ``n_std`` standard deviations."""
        x = np.linspace(0, 1, 20_001)
        density = np.maximum(np.exp(-((n_std * x) ** 2) / 6), floor)
        share = np.cumsum(density) - density / 2
        values = np.interp(np.arange(1, n + 1) / (n + 0.5), share / share[-1], x)
        return cls(values, (values + np.append(0.0, values[:-1])) / 2)


def level_noise(values, deviation, speed, frequencies, dt):
    """Spectral density of the error of a Gaussian value in levels.

    Parameters
    ----------
    values : (n,) array
        All levels, both signs and zero, in order.
    deviation, speed : float
        Standard deviations of the value and of its velocity (1/s).
    frequencies : (k,) array
        In Hz, up to 1 / (2 dt).
    dt : float
        Time step in seconds.

    Returns
    -------
    (k,) array
        Two-sided, in 1/Hz.
    """
    at = (values[1:] + values[:-1]) / 2
    steps = np.diff(values)
    share = np.exp(-((at / deviation) ** 2) / 2) * steps
    share /= np.sum(share)
    harmonics = np.arange(1, _HARMONICS + 1)[:, None]
    power = (steps / (np.pi * harmonics)) ** 2 / 2
    # Folded Gaussians wider than the rate of the steps are flat.
    widths = harmonics * speed / steps * dt
    density = np.empty(len(frequencies))
    folds = np.arange(-4, 5)[:, None, None]
    for k, f in enumerate(frequencies * dt):
        gaussian = np.exp(-(((f + folds) / widths) ** 2) / 2).sum(axis=0)
        gaussian /= np.sqrt(2 * np.pi) * widths
        density[k] = np.sum(share * power * np.where(widths < 1, gaussian, 1.0)) * dt
    rest = np.sum(share * (steps**2 / 12 - power.sum(axis=0)))
    return density + rest * dt
