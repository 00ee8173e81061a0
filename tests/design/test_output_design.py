"""Functions of the state as numbers: linear part, neurons, filter, expected error."""

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError
from numpy.testing import assert_allclose, assert_array_equal

from nengo_lmu import delay_readout, design_memory
from nengo_lmu.design.output_design import OutputError, design_output
from nengo_lmu.design.output_encoders import (
    Fit,
    Sought,
    active_directions,
    curvature_axes,
    principal,
)
from nengo_lmu.design.output_lag import delay_filter, lag_error
from nengo_lmu.design.window_statistics import (
    WindowStatistics,
    drift_matrix,
    expected_noise_of,
)
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import band_gramian, discretize

ORDER, THETA = 4, 0.5
RATES = nengo.dists.Uniform(100, 200)
READOUT = delay_readout(ORDER, [0.2, 0.9])


def memory(neuron_type=None, **choices):
    choices = {"freq": 2.0, "seed": 11, **choices}
    return design_memory(400, ORDER, THETA, neuron_type=neuron_type, **choices)


@pytest.fixture(scope="module")
def windows():
    return WindowStatistics.of_design(memory())


def product(states):
    of_delays = states @ READOUT.T
    return of_delays[:, :1] * of_delays[:, 1:]


def design(function, windows, n=200, kind=None, synapse=None, seed=3):
    rng = np.random.RandomState(seed)
    kind = nengo.PoissonSpiking(nengo.LIFRate()) if kind is None else kind
    sought = Sought(n, kind, RATES, rng)
    return design_output(function, windows, sought, rng, synapse)


# What is expected of the windows


def test_expected_states_have_the_designs_moments(windows):
    expected = memory().expected[0].covariance + windows.noise
    found = windows.states.T @ windows.states / len(windows.states)
    assert_allclose(found, expected, atol=0.02 * np.max(expected))
    path = windows.path.T @ windows.path / len(windows.path)
    assert_allclose(path, memory().expected[0].covariance, atol=0.15 * np.max(expected))


def test_drift_predicts_the_motion_of_the_state():
    """Better than no motion by far, over a tenth of the window; measured: 0.17."""
    statistics = WindowStatistics.of_design(memory(nengo.LIFRate()))
    n = round(0.1 * THETA / statistics.step)
    ahead = np.linalg.matrix_power(
        discretize(statistics.drift, np.zeros((ORDER, 1)), statistics.step)[0], n
    )
    before, after = statistics.path[:-n], statistics.path[n:]
    missed = np.std(before @ ahead.T - after)
    assert missed < 0.25 * np.std(before - after)


def test_drift_is_stationary():
    """Its part that does not rotate keeps the covariance: E[d(x x')/dt] = 0."""
    A, B = state_space(ORDER, THETA)
    covariance = band_gramian(A, B, 2.0, 0.5)
    drift = drift_matrix(A, B, covariance, 1e-12 * np.eye(ORDER))
    change = drift @ covariance + covariance @ drift.T
    assert_allclose(change, 0, atol=1e-4 * np.max(np.abs(A @ covariance)))


def test_channels_keep_what_their_sample_has_in_common():
    t = np.arange(3000) * 0.001
    wave = np.sin(2 * np.pi * 2.1 * t)
    both = {"n_channels": 2, "freq": None}
    same = np.stack([wave, -wave], axis=1)
    statistics = WindowStatistics.of_design(memory(sample=same, **both))
    path = statistics.path
    assert_allclose(path[:, :ORDER], -path[:, ORDER:], atol=1e-12)
    # One sample for all channels says nothing of what they have in common.
    alone = WindowStatistics.of_design(memory(sample=wave, **both)).path
    assert np.max(np.abs(alone[:, :ORDER] - alone[:, ORDER:])) > 0.5


def test_noise_of_neurons_that_adapt_is_not_known():
    assert expected_noise_of(memory(nengo.AdaptiveLIF())) is None
    assert expected_noise_of(memory(n_channels=2)).shape == (2 * ORDER, 2 * ORDER)


# Encoders


def test_directions_without_slope_are_dropped():
    slopes = np.random.RandomState(0).randn(50, 3, 2)
    slopes[:, 1] = 0
    vectors, values = principal(slopes)
    assert vectors.shape == (3, 2) and np.all(values > 0.1)
    assert_allclose(vectors[1], 0, atol=1e-9)
    assert principal(np.zeros((50, 3, 2)))[0].shape == (3, 3)


def test_axes_of_a_product_are_sum_and_difference():
    z = np.random.RandomState(1).randn(300, 2)
    slopes = z[:, ::-1, None]  # of z0 * z1
    axes = np.abs(curvature_axes(slopes, z, 6))
    assert_allclose(axes, np.sqrt(0.5), atol=0.001)


def test_active_directions_stay_in_the_subspace():
    rng = np.random.RandomState(2)
    slopes = rng.randn(60, 1, 1) * np.array([[1.0], [2.0], [0.0]])
    encoders = active_directions(slopes, 9, rng)
    assert_allclose(encoders[:, 1], 2 * encoders[:, 0], atol=1e-2)
    assert_allclose(encoders[:, 2], 0, atol=1e-6)


def test_large_populations_are_solved_in_parts(monkeypatch, windows):
    """Without the rates of all neurons in memory; the decoders are the same."""
    from nengo_lmu.design import output_encoders

    rng = np.random.RandomState(4)
    z = rng.randn(200, 1)
    sought = Sought(60, nengo.LIFRate(), RATES, rng)
    tuning = sought.draw(np.ones((60, 1)), z, 0.0)
    whole = Fit(tuning, z)
    monkeypatch.setattr(output_encoders, "LARGEST_POOL", 10)
    monkeypatch.setattr(output_encoders, "_BLOCK", 16)
    parts = Fit(tuning, z)
    assert parts.rates is None
    for one, other in zip(
        whole.decode(z**2, 0.1), parts.decode(z**2, 0.1), strict=True
    ):
        assert_allclose(one, other, rtol=1e-9)
    assert len(sought_of(25, windows).tuning.gain) == 25


def sought_of(n, windows):
    return design(product, windows, n).population


# Designs


def test_a_linear_function_takes_no_neurons(windows):
    matrix = np.random.RandomState(5).randn(3, ORDER)
    found = design(lambda m: m @ matrix.T + 2.0, windows)
    assert found.decoders is None and found.population is None
    assert found.synapse is None and found.lag == 0
    assert_allclose(found.linear, matrix, rtol=1e-12)
    assert_allclose(found.constant, 2.0, rtol=1e-12)
    error = found.error
    assert error.distortion == error.noise == error.lag == 0
    assert error.total == error.memory > 0


def test_a_function_that_hardly_bends_takes_none(windows):
    def almost(states):
        return states[:, :1] + 1e-3 * states[:, :1] ** 2

    assert design(almost, windows).decoders is None


def test_a_population_sees_what_the_function_depends_on(windows):
    found = design(product, windows)
    tuning = found.population.tuning
    assert found.encode.shape == (2, ORDER) and tuning.encoders.shape == (200, 2)
    assert found.decoders.shape == (200, 1)
    # The same rows, a lag before: they span the two delays, moved by the drift.
    moved = np.linalg.matrix_power(
        discretize(windows.drift, np.zeros((ORDER, 1)), windows.dt)[0],
        round((found.lag + windows.dt) / windows.dt),
    )
    spanned = np.linalg.lstsq((READOUT @ moved).T, found.encode.T, rcond=None)[0]
    rest = (READOUT @ moved).T @ spanned - found.encode.T
    assert np.max(np.abs(rest)) < 0.03 * np.max(np.abs(found.encode))


@pytest.mark.parametrize("kind", [nengo.LIF(), nengo.RegularSpiking(nengo.LIFRate())])
def test_more_neurons_have_less_error(windows, kind):
    errors = [design(product, windows, n, kind).error for n in (20, 400)]
    assert errors[1].distortion < 0.5 * errors[0].distortion
    assert errors[1].memory == pytest.approx(errors[0].memory)


def test_the_same_seed_gives_the_same_design(windows):
    one, same, other = (design(product, windows, seed=seed) for seed in (1, 1, 2))
    assert_array_equal(one.decoders, same.decoders)
    assert not np.allclose(one.decoders, other.decoders)


def test_numbers_cannot_be_written(windows):
    with pytest.raises(ValueError, match="read-only"):
        design(product, windows).linear[0] = 0


def test_error_with_another_memory(windows):
    """That of a memory with fewer neurons is larger, by what its state errs more."""
    found = design(product, windows)
    same = found.expected_error(memory())
    assert same.total == pytest.approx(found.error.total)
    worse = found.expected_error(design_memory(40, ORDER, THETA, freq=2.0, seed=1))
    assert worse.memory > 2 * same.memory and worse.noise == same.noise
    assert found.expected_error(memory(nengo.AdaptiveLIF())) is None


def test_parts_of_an_error_add_in_power():
    assert OutputError(0.1, 0.2, 0.2, 0.4).total == pytest.approx(0.5)


def test_values_that_are_refused_are_refused_here(windows):
    def refused(states):
        raise ValidationError("no", "function")

    with pytest.raises(ValidationError, match="function: no"):
        design(refused, windows)


# Filters


def test_the_filter_delays_by_the_lag():
    """A ramp comes out the lag later, from five lags on."""
    t = np.arange(1000) * 0.001
    out = delay_filter(0.05).filt(t, dt=0.001, y0=0)
    assert_allclose(t[300:] - out[300:], 0.05, atol=0.0015)


def test_lag_error_is_that_of_the_filter(windows):
    """Without neurons: a filter of hardly any lag misses hardly anything."""
    short, long = (
        lag_error(product, windows, nengo.Lowpass(tau)) for tau in (0.002, 0.1)
    )
    assert long > 5 * short > 0
    known = lag_error(product, windows, nengo.Lowpass(0.1), np.eye(ORDER))
    assert known == pytest.approx(long)


@pytest.mark.parametrize(
    "synapse",
    [nengo.Alpha(0.02), nengo.LinearFilter([0.02], [1, -0.98], analog=False)],
    ids=["alpha", "discrete"],
)
def test_a_given_synapse_is_kept_and_its_lag_counts(windows, synapse):
    found = design(product, windows, synapse=synapse)
    assert found.synapse is synapse and found.filtered and found.lag == 0
    assert found.error.lag > 2 * design(product, windows).error.lag
