"""Coordinates: all remember the same; each is what it says it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nengo.exceptions import ValidationError

from nengo_lmu.legendre import delay_readout, state_space
from nengo_lmu.lti import band_gramian, discretize, gramian, simulate
from nengo_lmu.realization import Realization, expected_covariance, radii


def window_observability(order, dt=0.01):
    """Q by its definition: free states from each unit vector, their window's power.

    Over time by the trapezoid (a matrix recurrence), over the window by quadrature.
    """
    A, B = state_space(order, 1.0)
    step, _ = discretize(A, B, dt)
    nodes, weights = np.polynomial.legendre.leggauss(order)
    C = delay_readout(order, (nodes + 1) / 2)
    free, total = np.eye(order), np.zeros((order, order))
    for k in range(2000):
        decoded = C @ free
        total += dt * (0.5 if k == 0 else 1) * decoded.T @ (decoded * weights[:, None])
        free = step @ free
    return total / 2


def noise_gain(realization, covariance):
    """The sum of P_ii Q_ii that the docstring of Realization speaks of."""
    P = realization.covariance(covariance)
    Q = realization.inverse.T @ window_observability(len(P)) @ realization.inverse
    return np.sum(np.diag(P) * np.diag(Q))


def all_of(order):
    covariance = expected_covariance(order, 1.0, 1.0)
    return [
        Realization.legendre(order),
        Realization.normalized(order),
        Realization.balanced(covariance),
        Realization.min_noise(covariance),
        Realization.min_noise(covariance).scaled(np.linspace(0.5, 3, order)),
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


@pytest.mark.parametrize("order", [1, 2, 5, 6])
def test_balanced_is_diagonal_and_equal(order):
    covariance = expected_covariance(order, 1.0, 1.0)
    balanced = Realization.balanced(covariance)
    P = balanced.covariance(covariance)
    Q = balanced.inverse.T @ window_observability(order) @ balanced.inverse
    assert np.allclose(P, np.diag(np.diag(P)), rtol=0, atol=1e-12)
    assert np.all(np.diff(np.diag(P)) <= 0)
    assert np.allclose(P, Q, rtol=0, atol=0.005 * P[0, 0])  # Q by a coarse integral


@pytest.mark.parametrize("order", [1, 2, 3, 6, 12, 24, 100])
def test_min_noise_treats_all_dimensions_alike(order):
    covariance = expected_covariance(order, 1.0, 1.0)
    P = Realization.min_noise(covariance).covariance(covariance)
    assert np.allclose(np.diag(P), np.trace(P) / order, rtol=1e-10)


@pytest.mark.parametrize("order", [2, 6, 12])
def test_noise_gains_are_those_of_the_theory(order):
    covariance = expected_covariance(order, 1.0, 1.0)
    legendre, normalized, balanced, least, scaled = (
        noise_gain(realization, covariance) for realization in all_of(order)
    )
    P, Q = covariance, window_observability(order)
    s = np.sqrt(np.linalg.eigvals(P @ Q).real)
    assert balanced == pytest.approx(np.sum(s**2), rel=1e-6)
    assert least == pytest.approx(np.sum(s) ** 2 / order, rel=1e-3)
    assert normalized == pytest.approx(legendre)
    assert scaled == pytest.approx(least)
    assert least < legendre


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_no_other_coordinates_have_less_noise(seed):
    order = 5
    covariance = expected_covariance(order, 1.0, 1.0)
    least = noise_gain(Realization.min_noise(covariance), covariance)
    transform = np.random.RandomState(seed).randn(order, order)
    other = Realization("other", transform, np.linalg.inv(transform))
    assert noise_gain(other, covariance) > 0.999 * least


def test_expected_covariance_is_the_band_and_its_floor():
    A, B = state_space(6, 2.0)
    rest = expected_covariance(6, 2.0, 1.5, rms=0.4, floor=0.1)
    rest = rest - band_gramian(A, B, 1.5, rms=0.4)
    C = delay_readout(6, np.linspace(0, 1, 2001))
    power = np.mean(np.sum((C @ rest) * C, axis=1))
    assert power == pytest.approx((0.1 * 0.4) ** 2, rel=0.01)
    normalized = Realization.normalized(6).covariance(rest)
    assert np.allclose(normalized, np.eye(6) * normalized[0, 0], rtol=0, atol=1e-12)


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
    covariance = expected_covariance(6, 1.0, 1.0)
    realization = Realization.min_noise(covariance)
    scaled = realization.scaled(radii(covariance=realization.covariance(covariance)))
    variances = np.diag(scaled.covariance(covariance))
    assert np.allclose(variances, 1 / 2.5**2)


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
    with pytest.raises(ValidationError, match="positive definite; raise its floor"):
        Realization.balanced(np.ones((3, 3)))
    with pytest.raises(ValidationError, match="^order: "):
        Realization.legendre(0)
    for values in ([1.0], [1.0, 0.0], [1.0, np.nan]):
        with pytest.raises(ValidationError, match="Realization.radii"):
            Realization.legendre(2).scaled(values)
    with pytest.raises(ValidationError, match="^floor: "):
        expected_covariance(3, 1.0, 1.0, floor=0)
