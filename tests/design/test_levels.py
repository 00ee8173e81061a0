"""Levels of a value, and the spectrum of what lies between them."""

import numpy as np
import pytest
from scipy.signal import welch

from nengo_lmu.design.levels import Levels, level_noise
from nengo_lmu.signals import white_noise

DT = 0.001


def both_signs(n, n_std=5.0):
    values = Levels.gaussian(n, n_std).values
    return np.concatenate([-values[::-1], [0.0], values])


def error_of(x, values):
    thresholds = (values[1:] + values[:-1]) / 2
    return values[np.searchsorted(thresholds, x)] - x


@pytest.mark.parametrize("n", [1, 2, 25, 300])
@pytest.mark.parametrize("floor", [0.05, 1.0])
def test_levels_and_thresholds(n, floor):
    levels = Levels.gaussian(n, 5.0, floor)
    values = np.append(0.0, levels.values)
    assert np.all(np.diff(values) > 0) and values[-1] < 1
    np.testing.assert_allclose(levels.thresholds, (values[1:] + values[:-1]) / 2)
    if floor == 1.0:
        np.testing.assert_allclose(np.diff(values), 1 / (n + 0.5), rtol=1e-3, atol=5e-5)


def test_levels_of_a_gaussian_value_err_less_than_even_ones():
    x = np.random.RandomState(0).normal(scale=0.2, size=100_000)
    even = np.linspace(-1, 1, 51)
    errors = [np.mean(error_of(x, of) ** 2) for of in (both_signs(25), even)]
    assert errors[0] < 0.7 * errors[1]


@pytest.mark.parametrize("speed", [0.05, 1.0, 50.0])
def test_power_of_the_spectrum(speed):
    """The harmonics add up to the mean square of a step, over 12."""
    values = np.linspace(-1, 1, 101)
    frequencies = (np.arange(4000) + 0.5) / 4000 * 500
    density = level_noise(values, 0.2, speed, frequencies, DT)
    power = 2 * np.sum(density) * 500 / 4000
    assert power == pytest.approx(0.02**2 / 12, rel=0.01)


@pytest.mark.parametrize(("n", "band"), [(10, 5.0), (40, 5.0), (40, 20.0), (200, 10.0)])
def test_spectrum_is_that_of_noise_in_levels(n, band):
    x = white_noise(400, band, 0.2, dt=DT, seed=n)
    values = both_signs(n)
    f, measured = welch(error_of(x, values), 1 / DT, nperseg=4096)
    speed = np.std(np.diff(x)) / DT
    density = 2 * level_noise(values, x.std(), speed, f, DT)
    for low, high in ((0.5, 10), (10, 50), (50, 200), (200, 490)):
        part = (f > low) & (f < high)
        assert measured[part].sum() == pytest.approx(density[part].sum(), rel=0.25)
