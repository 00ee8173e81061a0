"""The stretch of the expected input that errors are predicted on."""

import numpy as np
import pytest

from nengo_lmu.design.designer import design_memory
from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.evaluation.expected_input import expected_stretch


def test_states_are_those_of_an_ideal_memory():
    design = design_memory(30, 3, 0.1, freq=5.0, seed=0)
    stretch = expected_stretch(design, 0, 500)
    u = np.concatenate([stretch.before, stretch.u])
    assert len(stretch.before) == 200 and len(stretch.u) == 500
    found = ideal_state(u, 3, 0.1)
    np.testing.assert_allclose(stretch.states, found[199:-1], atol=1e-12)
    assert np.sqrt(np.mean(u**2)) == pytest.approx(0.5)


@pytest.mark.parametrize("freq", [0.01, 5.0, 1000.0])
def test_noise_of_any_band(freq):
    design = design_memory(30, 3, 0.1, freq=freq, seed=0)
    assert np.all(np.isfinite(expected_stretch(design, 0, 500).states))


@pytest.mark.parametrize("n_steps", [300, 5800])
def test_part_of_a_sample_is_as_loud_as_the_whole(n_steps):
    t = np.arange(2000) * 0.001
    sample = np.sin(40 * t) * np.where(t < 1, 0.1, 1.0)
    design = design_memory(30, 3, 0.1, sample=sample, seed=0)
    stretch = expected_stretch(design, 0, n_steps)
    assert len(stretch.u) == n_steps
    u = np.concatenate([stretch.before, stretch.u])
    assert np.mean(u**2) == pytest.approx(np.mean(sample**2), rel=0.15)
