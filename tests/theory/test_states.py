"""The memory of whole sequences at once is the memory step by step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nengo.exceptions import ValidationError

from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.theory import states as parallel


@settings(max_examples=20)
@given(
    order=st.integers(1, 12),
    n_steps=st.integers(1, 70),
    n_channels=st.integers(1, 3),
    theta=st.floats(0.004, 0.2),
)
def test_states_are_those_of_the_simulation(order, n_steps, n_channels, theta):
    u = np.random.RandomState(n_steps).randn(3, n_steps, n_channels)
    expected = np.array([ideal_state(series, order, theta) for series in u])
    scale = np.max(np.abs(expected))
    actual = parallel.states(u, order, theta)
    assert np.allclose(actual, expected, rtol=0, atol=1e-12 * scale)
    last = parallel.last_state(u, order, theta)
    assert np.allclose(last, expected[:, -1], rtol=0, atol=1e-12 * scale)


def test_float32_in_chunks(monkeypatch):
    """Bytes of a size that pixels have; a chunk is 2 series of the 5 here, and 3."""
    u = np.random.RandomState(0).randint(256, size=(5, 784), dtype=np.uint8)
    expected = parallel.last_state(u, 64, 0.784)
    monkeypatch.setattr(parallel, "CHUNK", 2 * 784 * 4)
    actual = parallel.last_state(u, 64, 0.784, dtype=np.float32)
    monkeypatch.setattr(parallel, "CHUNK", 3 * 1568 * 64 * 4)
    states = parallel.states(u, 64, 0.784, dtype=np.float32)
    assert actual.dtype == states.dtype == np.float32
    for last in (actual, states[:, -1]):
        assert np.allclose(last, expected, rtol=0, atol=3e-6 * np.max(np.abs(expected)))


def test_another_step():
    u = np.random.RandomState(0).randn(2, 30)
    expected = [ideal_state(series, 5, 0.2, dt=0.01)[-1] for series in u]
    assert np.allclose(parallel.last_state(u, 5, 0.2, dt=0.01), expected, atol=1e-12)


@pytest.mark.parametrize("u", [np.zeros(5), np.zeros((2, 0)), np.array([["a"]]), 3.0])
def test_wrong_inputs(u):
    with pytest.raises(ValidationError, match=r"u: must be numbers of shape"):
        parallel.states(u, 3, 0.1)
