"""Coordinates: all remember the same; each is what it says it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nengo.exceptions import ValidationError

from nengo_lmu.design.state_statistics import ExpectedState
from nengo_lmu.theory.legendre import delay_readout, state_space
from nengo_lmu.theory.lti import discretize, gramian, simulate
from nengo_lmu.theory.realizations import (
    Realization,
    best_tau,
    noise_gain,
    radii,
    window_metric,
)

THETA, TAU = 1.0, 0.3


def design(order, freq=1.0):
    """A covariance that a memory is laid out for: a band in Hz, rms 0.5."""
    return ExpectedState.in_band(order, THETA, freq, 0.5).design


def loop_gain(order, theta, tau, dt):
    """The gain for noise by simulation: what a unit of it leaves in the window.

    Discrete Principle 3 sends noise on the decoded state through (1 - a) A' = Ad - a I.
    Its variance in one step is the density over dt.
    """
    Ad, _ = discretize(*state_space(order, theta), dt)
    left = Ad - np.exp(-dt / tau) * np.eye(order)
    nodes, weights = np.polynomial.legendre.leggauss(order)
    C = delay_readout(order, (nodes + 1) / 2)
    total = np.zeros((order, order))
    for _ in range(round(10 * theta / dt)):
        decoded = C @ left
        total += decoded.T @ (decoded * weights[:, None]) / 2 / dt
        left = Ad @ left
    return total


def total_noise(realization, covariance, gain):
    """The sum of P_ii K_ii that the docstring of Realization speaks of."""
    P = realization.covariance(covariance)
    K = realization.inverse.T @ gain @ realization.inverse
    return np.sum(np.diag(P) * np.diag(K))


def all_of(order):
    P, K = design(order), noise_gain(order, THETA, TAU)
    return [
        Realization.legendre(order),
        Realization.normalized(order),
        Realization.balanced(P, K),
        Realization.min_noise(P, K),
        Realization.min_noise(P, K).scaled(np.linspace(0.5, 3, order)),
    ]


@settings(max_examples=25)
@given(st.integers(1, 24), st.integers(0, 1000))
def test_all_remember_the_same(order, seed):
    A, B = discretize(*state_space(order, 0.5), 0.01)
    u = np.random.RandomState(seed).randn(100)
    expected = simulate(A, B, u)
    for realization in all_of(order):
        states = simulate(*realization.system(A, B), u)
        assert np.allclose(states @ realization.inverse.T, expected, atol=1e-9)
        assert np.allclose(expected @ realization.transform.T, states, atol=1e-9)


def test_normalized_is_orthonormal():
    """The power of the window is the sum of squares."""
    order = 9
    m = np.random.RandomState(0).randn(order)
    nodes, weights = np.polynomial.legendre.leggauss(order)
    window = delay_readout(order, (nodes + 1) / 2) @ m
    x = Realization.normalized(order).transform @ m
    assert np.sum(x**2) == pytest.approx(np.sum(weights * window**2) / 2)


def test_window_metric_is_the_mean_of_squares():
    nodes, weights = np.polynomial.legendre.leggauss(20)
    basis = delay_readout(20, (nodes + 1) / 2)
    assert np.allclose(window_metric(20), weights @ basis**2 / 2)


@pytest.mark.parametrize("order, theta, tau", [(1, 1.0, 0.1), (4, 0.5, 0.3)])
def test_noise_gain_is_that_of_the_loop(order, theta, tau):
    expected = loop_gain(order, theta, tau, dt=theta / 2000)
    assert np.allclose(noise_gain(order, theta, tau), expected, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("order", [1, 3, 6])
def test_best_tau_is_the_best(order):
    P = design(order)

    def total(tau):
        K = noise_gain(order, THETA, tau)
        return total_noise(Realization.min_noise(P, K), P, K)

    best = best_tau([P], THETA)
    assert 0.1 < best < 10
    assert total(best) < min(total(0.9 * best), total(1.1 * best))
    assert best_tau([P], 4 * THETA) == pytest.approx(4 * best, rel=1e-3)


@pytest.mark.parametrize("order", [3, 12])
def test_a_shorter_tau_has_as_much_more_noise_as_it_may(order):
    P = design(order)

    def total(tau):
        K = noise_gain(order, THETA, tau)
        return total_noise(Realization.min_noise(P, K), P, K)

    best, short = best_tau([P], THETA), best_tau([P], THETA, excess=0.05)
    assert short < 0.9 * best
    # In power, twice as much.
    assert total(short) / total(best) == pytest.approx(1.05**2, rel=1e-3)


@pytest.mark.parametrize("order", [3, 6])
def test_best_tau_of_two_states_is_between_theirs(order):
    """Near that of the louder one; the same twice changes nothing."""
    slow, fast = design(order, 0.2), design(order, 4.0)
    one, other = (best_tau([P], THETA) for P in (slow, fast))
    assert best_tau([slow, slow], THETA) == pytest.approx(one, rel=1e-3)
    low, high = sorted([one, other])
    assert low < best_tau([slow, fast], THETA) < high
    assert best_tau([slow, 1e6 * fast], THETA) == pytest.approx(other, rel=1e-2)


@pytest.mark.parametrize("order", [1, 2, 6, 24])
def test_balanced_is_diagonal_and_equal(order):
    covariance, gain = design(order), noise_gain(order, THETA, TAU)
    balanced = Realization.balanced(covariance, gain)
    P = balanced.covariance(covariance)
    K = balanced.inverse.T @ gain @ balanced.inverse
    tolerance = 1e-10 * P[0, 0]
    assert np.allclose(P, np.diag(np.diag(P)), rtol=0, atol=tolerance)
    assert np.all(np.diff(np.diag(P)) <= 0)
    assert np.allclose(P, K, rtol=0, atol=tolerance)


@pytest.mark.parametrize("order", [1, 2, 3, 6, 12, 24, 100])
def test_min_noise_treats_all_dimensions_alike(order):
    covariance, gain = design(order), noise_gain(order, THETA, TAU)
    P = Realization.min_noise(covariance, gain).covariance(covariance)
    assert np.allclose(np.diag(P), np.trace(P) / order, rtol=1e-9)


@pytest.mark.parametrize("order", [2, 6, 12])
def test_noise_is_that_of_the_theory(order):
    P, K = design(order), noise_gain(order, THETA, TAU)
    legendre, normalized, balanced, least, scaled = (
        total_noise(realization, P, K) for realization in all_of(order)
    )
    s = np.sqrt(np.linalg.eigvals(P @ K).real)
    assert balanced == pytest.approx(np.sum(s**2))
    assert least == pytest.approx(np.sum(s) ** 2 / order)
    assert normalized == pytest.approx(legendre)
    assert scaled == pytest.approx(least)
    assert least < legendre


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.integers(2, 8))
def test_no_other_coordinates_have_less_noise(seed, order):
    P, K = design(order), noise_gain(order, THETA, TAU)
    best = Realization.min_noise(P, K)
    least = total_noise(best, P, K)
    rng = np.random.RandomState(seed)
    for size in (0.01, 1.0, 100.0):  # near the best and anywhere
        transform = best.transform @ (np.eye(order) + size * rng.randn(order, order))
        other = Realization("other", transform, np.linalg.inv(transform))
        assert total_noise(other, P, K) >= least * (1 - 1e-9)


def test_radii_of_a_gaussian_state():
    """Of 2.5 standard deviations: 1.24 % of the samples lie outside.

    20,000 independent samples of each of four dimensions: 3.5 standard errors are
    0.0028 (false alarm 0.2 %).
    """
    P = gramian(*state_space(4, 1.0))
    states = np.random.RandomState(0).multivariate_normal(np.zeros(4), P, 20_000)
    outside = np.mean(np.abs(states) > radii(covariance=P), axis=0)
    assert np.all(np.abs(outside - 0.0124) < 0.0028)


def test_radii_of_a_sample_fill_the_box():
    states = np.random.RandomState(0).randn(500, 3) * [1, 10, 0.1]
    assert np.max(np.abs(states / radii(states=states)), axis=0) == pytest.approx(1)
    inside = np.abs(states) <= radii(states=states, quantile=0.9)
    assert np.mean(inside, axis=0) == pytest.approx(0.9)


def test_scaled_fills_the_box():
    covariance = design(6)
    realization = Realization.min_noise(covariance, noise_gain(6, THETA, TAU))
    scaled = realization.scaled(radii(covariance=realization.covariance(covariance)))
    assert np.allclose(np.diag(scaled.covariance(covariance)), 1 / 2.5**2)


def test_bad_arguments():
    P = np.eye(2)
    for arguments in ({}, {"covariance": P, "states": P}):
        with pytest.raises(ValidationError, match="^covariance: "):
            radii(**arguments)
    for states in (np.zeros((5, 2)), np.ones(5), np.ones((0, 2)), [[np.nan]]):
        with pytest.raises(ValidationError, match="^states: "):
            radii(states=states)
    with pytest.raises(ValidationError, match="^quantile: "):
        radii(states=P, quantile=1.5)
    with pytest.raises(ValidationError, match="^n_std: "):
        radii(covariance=P, n_std=0)
    with pytest.raises(ValidationError, match="must be positive definite"):
        Realization.balanced(np.ones((3, 3)), np.eye(3))
    with pytest.raises(ValidationError, match="^order: "):
        Realization.legendre(0)
    for values in ([1.0], [1.0, 0.0], [1.0, np.nan]):
        with pytest.raises(ValidationError, match="Realization.radii"):
            Realization.legendre(2).scaled(values)


def test_balanced_where_the_gain_is_negative_in_rounding():
    """As at order 256, where dimensions hardly count."""
    gain = np.diag([1.0, 0.5, -1e-18])
    realization = Realization.balanced(np.eye(3), gain)
    assert np.all(np.isfinite(realization.transform))
    np.testing.assert_allclose(
        realization.transform @ realization.inverse, np.eye(3), atol=1e-12
    )
    first = np.diag(realization.covariance(np.eye(3)))[:2]
    np.testing.assert_allclose(first, np.sqrt([1.0, 0.5]))
