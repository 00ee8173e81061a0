"""A memory in the arithmetic of Xylo."""

import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.experiments.nir import xylo
from nengo_lmu.signals import white_noise


def test_decays_are_shifts_of_one_at_least():
    values = np.array([0, 1, -1, 63, 64, 65, 200, -63, -64, -65, -200])
    expected = [0, 1, -1, 1, 1, 1, 3, -1, -1, -2, -4]
    np.testing.assert_array_equal(xylo.decay(values, 6), expected)
    assert xylo.decay(np.array([30000]), 15) == 1
    np.testing.assert_array_equal(
        xylo.saturated(np.array([40000, -40000, 3])), [32767, -32768, 3]
    )


def test_rounding_is_right_in_sum_over_a_group():
    rng = np.random.RandomState(0)
    weights, groups = 0.3 * rng.randn(5, 40), np.arange(40) % 4
    rounded = xylo.round_in_groups(weights, groups, rng.rand(40))
    assert rounded.dtype == int
    for group in range(4):
        own = groups == group
        sums = weights[:, own].sum(axis=1)
        np.testing.assert_allclose(rounded[:, own].sum(axis=1), sums, atol=0.5)


def test_it_fits_and_holds_the_window():
    memory = xylo.xylo_memory(180, seed=3)
    for weights in (memory.recurrent, memory.lines):
        assert weights.dtype == int and np.max(np.abs(weights)) <= 127
    u = white_noise(4.0, xylo.FREQ, xylo.RMS, seed=3, dt=xylo.DT)
    error = window_nrmse(memory.run(u), u, xylo.THETA, xylo.DT, lag=0)
    assert 0.001 < error < 0.03


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValidationError, match="weights: must be at most 127"):
        xylo.xylo_memory(24, seed=0)
    memory = xylo.xylo_memory(60, seed=0)
    with pytest.raises(ValidationError, match="u: must be at most 7.5"):
        memory.run(np.full(20, 9.0))
