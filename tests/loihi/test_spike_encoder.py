import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nengo.exceptions import SimulationError

from nengo_lmu.loihi.spike_encoder import SigmaDeltaEncoder


@settings(max_examples=50, deadline=None)
@given(n=st.integers(1, 8), seed=st.integers(0, 1000))
def test_sum_is_right_within_half_a_spike(n, seed):
    """The lines together, at every step, through all changes of sign."""
    rng = np.random.RandomState(seed)
    u = np.cumsum(rng.randn(300)) / 5
    u = 2.0 * u / max(np.max(np.abs(u)), 1)
    spikes = _run(u, n)
    assert set(np.unique(spikes)) <= {-1.0, 0.0, 1.0}
    sent = np.cumsum(2.0 * np.sum(spikes, axis=1) / n)
    # Phases of n lines are even, so what the lines hold back is one n-th of a spike.
    assert np.max(np.abs(sent - np.cumsum(u))) <= 2.0 * 0.5 / n + 1e-9


def _run(u, n):
    process = SigmaDeltaEncoder(peak=2.0)
    state = process.make_state((1,), (n + 1,), 0.001)
    step = process.make_step((1,), (n + 1,), 0.001, np.random, state)
    lines = np.array([step(0.0, np.array([value])).copy() for value in u])
    assert not np.any(lines[:, -1])
    return lines[:, :-1]


def test_saturates_at_the_peak():
    assert np.all(_run(np.full(20, 5.0), 3) == 1)
    assert np.mean(_run(np.full(1000, 0.5), 4)) == pytest.approx(0.25, abs=1e-3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("line", [0, 2])
def test_a_value_that_is_not_finite(value, line):
    """Of any line, where each has one."""
    process = SigmaDeltaEncoder(peak=np.full(3, 2.0))
    state = process.make_state((3,), (4,), 0.001)
    step = process.make_step((3,), (4,), 0.001, np.random, state)
    x = np.zeros(3)
    step(0.001, x)
    x[line] = value
    with pytest.raises(SimulationError, match="spike encoder .* at t = 0.002 s"):
        step(0.002, x)
