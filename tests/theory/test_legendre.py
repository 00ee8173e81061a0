"""The state space against the paper, the basis and the Padé error against SciPy."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from nengo.exceptions import ValidationError

from nengo_lmu.theory.legendre import (
    delay_readout,
    eval_legendre,
    pade_error,
    state_space,
)

ORDERS = [1, 2, 3, 6, 12, 256, 1000]


@pytest.mark.parametrize("order", ORDERS)
def test_state_space_is_that_of_the_paper(order):
    A, B = state_space(order, 1.0)
    assert A.shape == (order, order) and B.shape == (order, 1)
    some = np.random.RandomState(order).randint(order, size=(50, 2)).tolist()
    for i, j in [(0, 0), (order - 1, 0), (0, order - 1), *some]:
        sign = -1 if i < j else (-1.0) ** (i - j + 1)
        assert A[i, j] == (2 * i + 1) * sign
        assert B[i, 0] == (2 * i + 1) * (-1) ** i


def test_theta_divides():
    A, B = state_space(5, 1.0)
    for theta in (0.25, 3.0):
        slow_A, slow_B = state_space(5, theta)
        assert np.array_equal(slow_A, A / theta) and np.array_equal(slow_B, B / theta)


@pytest.mark.parametrize("order", [1, 2, 7, 64])
def test_memory_never_holds_more_than_it_got(order):
    """In orthonormal coordinates A + A^T = -(b b^T + c c^T), c the read-out at theta.

    So the energy of the state is that of the input less that of the output: the system
    is lossless apart from what leaves the window.
    """
    A, B = state_space(order, 1.0)
    scale = np.sqrt(2.0 * np.arange(order) + 1)
    A, B, C = A * scale / scale[:, None], B / scale[:, None], delay_readout(order, 1)
    assert np.allclose(A + A.T, -(B @ B.T) - np.outer(scale, scale), atol=1e-9)
    assert np.array_equal(C, np.ones((1, order)))


@pytest.mark.parametrize("order", ORDERS)
def test_eval_legendre_against_scipy(order):
    x = np.concatenate([np.linspace(-1, 1, 101), [-1 + 1e-9, 1 - 1e-6]])
    expected = scipy.special.eval_legendre(np.arange(order), x[:, None])
    assert np.allclose(eval_legendre(order, x), expected, rtol=0, atol=1e-13 * order)


@given(st.fractions(-1, 1, max_denominator=1000))
def test_eval_legendre_against_exact_arithmetic(x):
    exact = [Fraction(1), x]
    for i in range(1, 40):
        exact.append(((2 * i + 1) * x * exact[i] - i * exact[i - 1]) / (i + 1))
    expected = np.array(exact, dtype=float)
    assert np.allclose(eval_legendre(41, float(x))[0], expected, rtol=0, atol=1e-13)


def test_basis_is_orthogonal():
    order = 256
    nodes, weights = np.polynomial.legendre.leggauss(order)
    P = eval_legendre(order, nodes)
    scale = np.sqrt(np.arange(order) + 0.5)
    assert np.allclose((P * scale).T @ (P * scale * weights[:, None]), np.eye(order))


def test_delay_readout_shapes_and_ends():
    assert delay_readout(4, 0.5).shape == (1, 4)
    ends = delay_readout(4, [0, 1])
    assert np.array_equal(ends, [[1, -1, 1, -1], [1, 1, 1, 1]])


@pytest.mark.parametrize("order", [1, 2, 3, 6, 12, 27, 100])
def test_pade_error_against_the_state_space(order):
    A, B = state_space(order, 1.0)
    theta_f = np.linspace(0, order, 40)
    C = delay_readout(order, 1.0)
    H = [C @ np.linalg.solve(2j * np.pi * f * np.eye(order) - A, B) for f in theta_f]
    expected = np.abs(np.ravel(H) - np.exp(-2j * np.pi * theta_f))
    assert np.allclose(pade_error(order, theta_f), expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("order", [1, 2, 5, 12])
def test_pade_error_keeps_its_digits_where_it_is_small(order):
    """2 (y^d / (2d-1)!!)², which is far below what H - exp(-s) resolves."""
    y = 1e-3
    expected = 2 * (y**order / scipy.special.factorial2(2 * order - 1)) ** 2
    assert pade_error(order, y / np.pi) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("order", ORDERS)
def test_pade_error_far_from_the_edge(order):
    error = pade_error(order, np.array([0, 1e-3, 0.25, 1e3, 1e6]) * order)
    assert np.all(np.isfinite(error))
    assert error[0] == 0 and error[1] < error[2] < 0.65
    assert np.allclose(error[3:], 1, atol=0.01)


@pytest.mark.parametrize("order", [0, -1, 2.5, 1001, float("nan")])
def test_bad_orders(order):
    for call in (
        lambda: state_space(order, 1.0),
        lambda: eval_legendre(order, 0.0),
        lambda: delay_readout(order, 0.0),
        lambda: pade_error(order, 1.0),
    ):
        with pytest.raises(ValidationError, match="^order: "):
            call()


def test_other_bad_arguments():
    for theta in (0, -1.0, float("nan"), float("inf"), "1"):
        with pytest.raises(ValidationError, match="^theta: "):
            state_space(3, theta)
    for fraction in (-0.1, 1.1, [0.5, np.nan]):
        with pytest.raises(ValidationError, match="^fraction: "):
            delay_readout(3, fraction)
    with pytest.raises(ValidationError, match="^x: "):
        eval_legendre(3, [np.nan])
    with pytest.raises(ValidationError, match="^theta_f: "):
        pade_error(3, -1.0)
