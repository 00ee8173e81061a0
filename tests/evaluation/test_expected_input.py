"""The stretch of the expected input that errors are predicted on."""

import numpy as np
import pytest

from nengo_lmu.design.designer import design_memory
from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.evaluation.expected_input import expected_stretch


def test_states_are_those_of_an_ideal_memory():
    design = design_memory(30, 3, 0.1, freq=5.0, seed=0)
    stretch = expected_stretch(design, design.loops[0], 500)
    u = np.concatenate([stretch.before, stretch.u])
    assert len(stretch.before) == 200 and len(stretch.u) == 500
    # It forgot what came before by then; measured: 1e-4 of the largest is left.
    found = ideal_state(u, 3, 0.1)[199:-1]
    np.testing.assert_allclose(stretch.states[400:], found[400:], atol=1e-6)


def test_stretch_has_the_moments_of_the_expected_state():
    """Within 15 %, up to the sixth; so has one of eight stretches of noise."""
    design = design_memory(30, 3, 0.1, freq=3.3, seed=0)
    (loop,) = design.loops
    variances = loop.realization.covariance(design.expected[0].covariance)
    x = expected_stretch(design, loop, 3000, 1000).states[1000:]
    x = x @ loop.realization.transform.T / np.sqrt(np.diag(variances))
    moments = [np.mean(x**power) for power in (2, 4, 6)]
    assert moments == pytest.approx([1, 3, 15], rel=0.15)


@pytest.mark.parametrize("freq", [0.01, 5.0, 1000.0])
def test_noise_of_any_band(freq):
    design = design_memory(30, 3, 0.1, freq=freq, seed=0)
    assert np.all(np.isfinite(expected_stretch(design, design.loops[0], 500).states))


@pytest.mark.parametrize("n_steps, loudest", [(300, 1.0), (5800, 10.0)])
def test_single_event_of_a_sample_is_not_typical(n_steps, loudest):
    """But it counts in the power of the whole; a short sample is repeated."""
    t = np.arange(4000) * 0.001
    sample = np.sin(40 * t) * np.where((1 < t) & (t < 1.3), 10.0, 1.0)
    design = design_memory(30, 3, 0.1, sample=sample, seed=0)
    stretch = expected_stretch(design, design.loops[0], n_steps)
    assert len(stretch.u) == n_steps
    assert np.max(np.abs(stretch.u)) == pytest.approx(loudest, rel=0.01)
    assert stretch.power > 5 * np.mean(sample[:900] ** 2)
