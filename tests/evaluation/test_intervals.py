"""Confidence intervals: against the formula, and against their definition."""

import numpy as np
import pytest

from nengo_lmu.evaluation.intervals import interval, standard_error


@pytest.mark.parametrize("method, mean", [("geometric", 0.2), ("arithmetic", 0.7 / 3)])
def test_factor(method, mean):
    """Of three errors: exp(4.303 s / sqrt(3)), s of their logarithms."""
    found, low, high = interval([0.1, 0.2, 0.4], method)
    factor = np.exp(4.3027 * np.log(2) / np.sqrt(3))
    assert found == pytest.approx(mean)
    assert high == pytest.approx(mean * factor, rel=1e-4)
    assert low == pytest.approx(mean / factor, rel=1e-4)
    assert interval([0.3], method) == pytest.approx((0.3, 0.3, 0.3))


def test_bootstrap_covers_the_mean():
    """Of 50 samples of 50, about 47 intervals; fewer than 40 once in 10,000."""
    rng = np.random.RandomState(0)
    found = [interval(rng.randn(50), "bootstrap") for _ in range(50)]
    assert sum(low <= 0 <= high for _, low, high in found) >= 40


def test_standard_error_of_correlated_errors():
    """As roots of means differ between 300 series, of a correlation of 10 samples."""
    rng = np.random.RandomState(1)
    noise = rng.randn(300, 4010)
    x = np.stack([np.convolve(row, np.ones(10), "valid")[:4000] for row in noise])
    roots = np.sqrt(np.mean(x**2, axis=1))
    said = [standard_error(row**2, 50, 10) for row in x]
    spread = np.std(roots) / np.mean(roots)
    assert np.sqrt(np.mean(np.square(said))) == pytest.approx(spread, rel=0.15)


def test_what_all_periods_share_is_no_chance():
    loud = np.tile(np.repeat([1.0, 4.0, 9.0, 2.0], 100), 6)
    assert standard_error(loud, 100, 4) == 0
    assert (
        standard_error(loud[:400], 100, 4) > 0.2
    )  # but of one period nothing is known
    assert np.isnan(standard_error(loud[:199], 100, 4))
