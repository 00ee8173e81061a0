"""Every check accepts what is allowed and says in one line what is not."""

import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu import checks


class Thing:
    pass


@pytest.mark.parametrize(
    "check, good",
    [
        (checks.order, 1),
        (checks.order, 1000),
        (checks.order, np.int64(6)),
        (checks.order, 6.0),
        (checks.positive, 1e-9),
        (checks.theta, 0.5),
        (checks.array, [[1, 2.5]]),
    ],
)
def test_what_is_allowed_is_returned(check, good):
    assert np.array_equal(check(good), good)


@pytest.mark.parametrize(
    "bad", [0, -1, 2.5, 1001, float("nan"), float("inf"), "6", None, True, [6], 1j]
)
def test_order(bad):
    with pytest.raises(ValidationError, match="^order: must be .* 1 to 1000, got"):
        checks.order(bad)


@pytest.mark.parametrize("bad", [0, -1.0, float("nan"), float("inf"), "1", None, True])
def test_theta(bad):
    with pytest.raises(ValidationError, match="^theta: must be a finite number above"):
        checks.theta(bad)


def test_theta_is_two_steps_or_more():
    assert checks.theta(0.002, dt=0.001) == 0.002
    assert checks.theta(3 * 0.1 - 0.1, dt=0.1) == pytest.approx(0.2)  # 0.2 + rounding
    with pytest.raises(ValidationError, match="at least two time steps"):
        checks.theta(0.0019, dt=0.001)


def test_n_neurons_is_one_a_dimension_or_more():
    assert checks.n_neurons(6, order=6) == 6
    with pytest.raises(ValidationError, match="at least 6, got 5"):
        checks.n_neurons(5, order=6)


@pytest.mark.parametrize("bad", [-0.01, 1.01, float("nan"), [[0.5]], [], ["a"]])
def test_fraction(bad):
    with pytest.raises(ValidationError, match="^fraction: "):
        checks.fraction(bad)


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan"), None])
def test_delay(bad):
    assert checks.delay(1.0, theta=1.0) == 1.0
    with pytest.raises(ValidationError, match=r"\[0, theta = 1\] s"):
        checks.delay(bad, theta=1.0)


@pytest.mark.parametrize(
    "A, B",
    [
        (np.ones((2, 3)), np.ones((2, 1))),
        (np.eye(2), np.ones(2)),
        (np.eye(2), np.ones((3, 1))),
        (np.full((2, 2), np.nan), np.ones((2, 1))),
        (np.zeros((0, 0)), np.zeros((0, 1))),
        ("A", np.ones((1, 1))),
    ],
)
def test_system(A, B):
    with pytest.raises(ValidationError):
        checks.system(A, B)


@pytest.mark.parametrize(
    "bad",
    [np.ones(3), np.ones((2, 3)), np.diag([1.0, 0.0]), np.array([[1.0, 0.5], [0, 1]])],
)
def test_covariance(bad):
    with pytest.raises(ValidationError, match="^covariance: "):
        checks.covariance(bad)


def test_one_of():
    assert checks.one_of("zoh", ("zoh", "euler"), "method") == "zoh"
    with pytest.raises(ValidationError, match="'zoh', 'euler', got 'tustin'"):
        checks.one_of("tustin", ("zoh", "euler"), "method")


def test_message_names_the_class_and_is_one_line():
    with pytest.raises(ValidationError) as error:
        checks.order(0, obj=Thing())
    assert str(error.value).startswith("Thing.order: must be")
    with pytest.raises(ValidationError) as error:
        checks.covariance(np.ones((50, 40)))
    assert "\n" not in str(error.value) and "(50, 40)" in str(error.value)
