"""Tuning curves at random: range and intercepts follow the distribution of a sample."""

import nengo
import numpy as np
import pytest

from nengo_lmu import design_memory, predict
from nengo_lmu.signals import white_noise


def events(n=20_000, seed=0):
    """Rest, and short events of random sizes."""
    rng = np.random.RandomState(seed)
    sizes = (rng.rand(n) < 0.001) * rng.randn(n)
    return np.convolve(sizes, np.hanning(200))[:n]


def widest(sample, **choices):
    """Range over the design's standard deviation, and intercepts of one population."""
    design = design_memory(360, 6, 0.5, sample=sample, seed=0, **choices)
    loop, expected = design.loops[0], design.expected[0]
    deviation = np.sqrt(np.diag(loop.realization.covariance(expected.design)))
    tuning = loop.populations[0].tuning
    return 1 / deviation[0], tuning.neuron_type.max_rates_intercepts(
        tuning.gain, tuning.bias
    )[1]


def test_a_gaussian_sample_is_laid_out_as_noise_of_its_band():
    range_, intercepts = widest(white_noise(60.0, 3.0, 0.5, seed=1))
    noise = design_memory(360, 6, 0.5, freq=3.0, rms=0.5, seed=0).populations[0].tuning
    _, expected = noise.neuron_type.max_rates_intercepts(noise.gain, noise.bias)
    assert 2.5 <= range_ < 2.8
    np.testing.assert_allclose(
        np.quantile(intercepts, [0.1, 0.3, 0.7, 0.9]),
        np.quantile(expected, [0.1, 0.3, 0.7, 0.9]),
        atol=0.12,
    )


def test_a_sample_that_rests_and_peaks_has_a_wider_range_and_more_neurons_at_rest():
    range_, intercepts = widest(events())
    gaussian, even = widest(white_noise(60.0, 3.0, 0.5, seed=1))
    assert range_ > 1.3 * gaussian
    assert np.mean(np.abs(intercepts) < 0.1) > 1.5 * np.mean(np.abs(even) < 0.1)


def test_intercepts_of_ones_own_keep_the_range():
    range_, intercepts = widest(events(), intercepts=np.linspace(-0.5, 0.5, 60))
    assert 2.49 < range_ < 2.51
    np.testing.assert_allclose(np.sort(intercepts), np.linspace(-0.5, 0.5, 60))


def test_poisson_neurons_of_straight_rates_are_silent_for_half_of_the_values():
    """Alike but for their sign, with exact decoders and the least noise."""
    kind = nengo.PoissonSpiking(nengo.RectifiedLinear())
    design = design_memory(600, 6, 1.0, neuron_type=kind, freq=1.0, seed=0)
    x = np.linspace(-1, 1, 21)[:, None]
    for population in design.populations:
        rates = population.tuning.rates(x)
        assert np.max(rates) == pytest.approx(200)
        assert np.all((rates > 0) == (x * population.tuning.encoders[:, 0] > 1e-9))
        np.testing.assert_allclose(rates @ population.decoders, x, atol=0.02)
    drawn = np.random.RandomState(0).uniform(-0.9, 0.9, 100)
    other = design_memory(
        600, 6, 1.0, neuron_type=kind, freq=1.0, intercepts=drawn, seed=0
    )
    assert predict(design).nrmse < 0.85 * predict(other).nrmse
