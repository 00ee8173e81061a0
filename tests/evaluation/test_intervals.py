"""Confidence intervals: against the formula, and against their definition."""

import numpy as np
import pytest

from nengo_lmu.evaluation.intervals import interval


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
