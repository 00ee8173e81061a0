"""The ladder and the chain are what they are called, and remember the same window."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nengo.exceptions import ValidationError
from scipy.linalg import cho_factor

import nengo_lmu
from nengo_lmu.design.state_statistics import ExpectedState
from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.ladder import (
    chain_system,
    chain_transform,
    discrete_gramian,
    ladder_system,
    ladder_transform,
    outside_band,
)
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize, gramian, simulate
from nengo_lmu.theory.realizations import Realization, noise_gain

orders = given(order=st.integers(1, 128))
few = settings(max_examples=12, deadline=None, derandomize=True)


@orders
@few
@example(order=1)
@example(order=128)
def test_ladder_is_tridiagonal(order):
    A, B = state_space(order, 1.0)
    transform, inverse = ladder_transform(A, B)
    ladder, drive = transform @ A @ inverse, transform @ B
    assert outside_band(ladder, 1) < 1e-11 * np.max(np.abs(A))
    assert np.max(np.abs(drive[1:]), initial=0) < 1e-11 * drive[0, 0]
    np.testing.assert_allclose(transform @ inverse, np.eye(order), atol=1e-11)
    assert np.all(np.diag(ladder, 1) > 0)


@orders
@few
@example(order=1)
@example(order=128)
def test_ladder_is_skew_but_for_its_first_element(order):
    A, B = ladder_system(*state_space(order, 0.5))
    np.testing.assert_array_equal((A + A.T).ravel()[1:], 0)
    assert outside_band(A, 1) == 0
    # The trace of A does not depend on the coordinates: -order² / theta.
    assert A[0, 0] == pytest.approx(-(order**2) / 0.5, rel=1e-10)
    np.testing.assert_allclose(gramian(A, B), np.eye(order), atol=1e-6)


@given(order=st.integers(1, 128), steps=st.integers(1000, 8000))
@few
@example(order=1, steps=1000)
@example(order=128, steps=1000)
@example(order=48, steps=100)
def test_chain_has_five_diagonals(order, steps):
    Ad, Bd, transform, inverse = chain_system(order, steps * 0.001, 0.001)
    # What was cut off as rounding is none of the memory: the same system remains.
    exact = discretize(*ladder_system(*state_space(order, steps * 0.001)), 0.001)
    forth, back = chain_transform(Ad, Bd)
    again = forth @ Ad @ back
    assert outside_band(Ad, 2) == 0 and outside_band(again, 2) < 1e-13
    np.testing.assert_allclose(np.trace(Ad), np.trace(exact[0]), rtol=1e-8)
    assert np.max(np.sum(np.abs(Ad) > 1e-12, axis=1)) <= 4
    assert np.all(Bd[1:] == 0) and Bd[0, 0] > 0
    np.testing.assert_allclose(discrete_gramian(Ad, Bd), np.eye(order), atol=1e-10)
    np.testing.assert_allclose(transform @ inverse, np.eye(order), atol=1e-6)


@pytest.mark.parametrize(
    ("order", "theta"), [(1, 0.1), (5, 0.1), (12, 1.0), (48, 0.1), (128, 1.0)]
)
def test_chain_remembers_what_the_memory_does(order, theta):
    u = white_noise(3 * theta, order / (3 * theta), seed=1)
    Ad, Bd, _, inverse = chain_system(order, theta, 0.001)
    state = simulate(Ad, Bd, u) @ inverse.T
    assert window_nrmse(state, u, theta, lag=0) < 1e-9


def test_zero_order_hold_of_a_ladder_is_no_chain():
    Ad, _ = discretize(*ladder_system(*state_space(32, 1.0)), 0.001)
    assert outside_band(Ad, 2) > 1e-3


def test_too_few_steps():
    with pytest.raises(ValidationError, match="more steps of dt = 0.001 s"):
        chain_system(64, 0.05, 0.001)


def test_discrete_gramian():
    Ad, Bd = discretize(*state_space(6, 1.0), 0.01)
    P = discrete_gramian(Ad, Bd)
    np.testing.assert_allclose(Ad @ P @ Ad.T + Bd @ Bd.T, P, atol=1e-12)
    assert np.all(np.isfinite(cho_factor(P)[0]))
    with pytest.raises(np.linalg.LinAlgError, match="decay"):
        discrete_gramian(np.eye(2), np.ones((2, 1)))


def test_price_of_the_ladder_in_noise():
    """At order 12 and 2 Hz: 4.0, 12.6, 18.3."""
    P = ExpectedState.in_band(12, 1.0, 2.0, 0.5).design
    K = noise_gain(12, 1.0, 0.3)

    def noise(realization):
        gain = realization.inverse.T @ K @ realization.inverse
        return np.sum(np.diag(realization.covariance(P)) * np.diag(gain))

    least, legendre, ladder = (
        noise(realization)
        for realization in (
            Realization.min_noise(P, K),
            Realization.legendre(12),
            Realization.ladder(12),
        )
    )
    assert least < legendre < ladder < 2 * legendre


def test_design_on_a_cpu():
    design = nengo_lmu.design_memory(
        1200, 6, 1.0, realization="ladder", freq=1.0, seed=0
    )
    A, B = design.loops[0].realization.system(*state_space(6, 1.0))
    assert outside_band(A, 1) < 1e-10 * np.max(np.abs(A))
    assert np.max(np.abs(B[1:])) < 1e-10 * B[0, 0]
    assert 0 < nengo_lmu.predict(design).nrmse < 0.5
