"""Lines are where the memory says, on the axes that are given."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from nengo.exceptions import ValidationError

from nengo_lmu import plots
from nengo_lmu.evaluation.error import ideal_state

THETA, ORDER, DT = 0.5, 10, 0.001
TIMES = DT * np.arange(1, 2001)
U = np.sin(2 * np.pi * 1.5 * TIMES) * np.linspace(0.5, 1, 2000)
STATE = np.vstack([np.zeros((1, ORDER)), ideal_state(U, ORDER, THETA, DT)[:-1]])


@pytest.fixture
def ax():
    return Figure().subplots()


def lines(ax):
    """Data of the lines by label."""
    return {line.get_label(): line.get_data() for line in ax.lines}


def test_window_is_the_signal_before(ax):
    """A memory without errors: all three lines are the input of the last 0.5 s."""
    assert plots.window(STATE, U, theta=THETA, at=1.2, ax=ax) is ax
    found = lines(ax)
    x, y = found["signal"]
    assert x[-1] == 0 and len(x) == 500
    assert np.array_equal(y, U[699:1199])  # the state lags by a step
    for label in ("ideal memory", "neurons"):
        ago, values = found[label]
        assert (ago[0], ago[-1]) == (0, -THETA)
        assert np.allclose(values, np.interp(ago, x, y), atol=0.01)


def test_window_at_the_strongest_moment(ax):
    pulse = np.where((TIMES > 0.8) & (TIMES <= 1.3), 1.0, 0.0)
    plots.window(STATE, pulse, theta=THETA, ax=ax)
    assert np.mean(lines(ax)["signal"][1]) == 1
    assert "t = 1.30 s" in ax.get_xlabel()


def test_window_before_it_is_full(ax):
    plots.window(STATE, U, theta=THETA, at=0.1, ax=ax)
    _, y = lines(ax)["signal"]
    assert not np.any(y[:401]) and np.array_equal(y[401:], U[:99])


def test_a_second_memory_in_a_window(ax):
    plots.window(STATE, U, theta=THETA, at=1.0, ax=ax)
    half = 0.5 * STATE
    plots.window(half, theta=THETA, at=1.0, label="half", color="green", ax=ax)
    found = lines(ax)
    assert set(found) == {"signal", "neurons", "ideal memory", "half"}
    assert np.allclose(found["half"][1], 0.5 * found["neurons"][1])


def test_delay(ax):
    plots.delay(STATE, U, theta=THETA, seconds=0.2, ax=ax)
    found = lines(ax)
    times, past = found["signal"]
    assert times[0] == pytest.approx(THETA + DT)
    assert np.array_equal(past, U[299:-201])
    assert np.allclose(found["neurons"][1], past, atol=0.01)
    assert np.allclose(found["neurons"], found["ideal memory"])
    assert "0.2 s ago" in ax.get_ylabel()


def test_error_over_delay(ax):
    """An error of the first coefficient is the same at each delay."""
    wrong = STATE + 0.1 * np.eye(1, ORDER)
    plots.error_over_delay(wrong, U, theta=THETA, ax=ax)
    delays, error = lines(ax)["neurons"]
    assert (delays[0], delays[-1]) == (0, THETA)
    assert np.allclose(error, 0.1)


def test_a_given_ideal_state(ax):
    """For a signal to which a constant was added after the run."""
    mean = np.eye(1, ORDER)
    ideal = ideal_state(U, ORDER, THETA, DT) + mean
    plots.error_over_delay(STATE + 1.1 * mean, U + 1, theta=THETA, ideal=ideal, ax=ax)
    assert np.allclose(lines(ax)["neurons"][1], 0.1)


def test_state(ax):
    plots.state(STATE, U, theta=THETA, ax=ax)
    assert len(ax.lines) == 2 * ORDER
    neurons, ideal = ax.lines[:ORDER], ax.lines[ORDER:]
    for k, (line, exact) in enumerate(zip(neurons, ideal, strict=True)):
        assert np.allclose(line.get_ydata(), exact.get_ydata())
        assert line.get_ydata()[0] == -k
    assert ax.get_legend_handles_labels()[1] == ["neurons", "ideal memory"]
    distance = np.diff(neurons[0].get_ydata()) / np.diff(STATE[:, 0])
    assert np.allclose(distance[1:], distance[1])


@pytest.mark.parametrize("draw", [plots.window, plots.delay, plots.state])
def test_own_axes_have_a_legend(draw):
    from matplotlib import pyplot

    ax = draw(STATE, U, theta=THETA)
    try:
        assert pyplot.fignum_exists(ax.figure.number)
        texts = [text.get_text() for text in ax.get_legend().get_texts()]
        assert {"neurons", "ideal memory"} <= set(texts)
    finally:
        pyplot.close(ax.figure)


@pytest.mark.parametrize(
    "given, message",
    [
        ({"state": STATE[:, 0]}, "state: must be an array"),
        ({"u": U[:-1]}, "u: must be one channel of 2000 steps"),
        ({"u": np.column_stack([U, U])}, "u: must be one channel"),
        ({"u": U * np.nan}, "u: must be an array of finite numbers"),
        ({"theta": 0}, "theta: must be"),
        ({"at": 2.5}, "at: must be a time from 0.001 to 2 s"),
        ({"ideal": STATE[:, :5]}, "ideal: must be an array"),
    ],
)
def test_bad_input(given, message, ax):
    with pytest.raises(ValidationError, match=message):
        plots.window(**{"state": STATE, "u": U, "theta": THETA, "ax": ax, **given})
    assert not ax.lines


def test_too_short_for_a_delay(ax):
    with pytest.raises(ValidationError, match="longer than theta = 3 s, got 2 s"):
        plots.delay(STATE, U, theta=3.0, ax=ax)
