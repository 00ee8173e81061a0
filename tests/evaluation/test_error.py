"""The error measure: zero for the ideal, known for a known disturbance."""

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError
from scipy.signal import cont2discrete

from nengo_lmu.evaluation.error import (
    ideal_state,
    past_nrmse,
    window_nrmse,
    window_rmse,
)
from nengo_lmu.networks import IdealMemory
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.legendre import delay_readout, state_space

THETA, ORDER, DT = 0.1, 6, 0.001


@pytest.fixture
def u():
    t = DT * np.arange(1, 401)
    return np.sin(2 * np.pi * 10 * t) + 0.3 * np.cos(2 * np.pi * 4 * t)


def test_ideal_state_is_the_recurrence(u):
    A, B = state_space(ORDER, THETA)
    none = np.zeros((ORDER, 1))
    Ad, Bd, *_ = cont2discrete((A, B, np.eye(ORDER), none), DT, "zoh")
    states = ideal_state(u, ORDER, THETA, DT)
    assert states.shape == (400, ORDER)
    np.testing.assert_allclose(states[0], Bd[:, 0] * u[0])
    np.testing.assert_allclose(states[1:], states[:-1] @ Ad.T + np.outer(u[1:], Bd))


def test_ideal_state_holds_the_window(u):
    """The window of a smooth signal is read to the accuracy of the approximation."""
    windows = ideal_state(u, 10, THETA, DT) @ delay_readout(10, [0.0, 0.5, 1.0]).T
    for window, delay in zip(windows.T, (0, 50, 100), strict=True):
        np.testing.assert_allclose(window[200:], u[200 - delay : 400 - delay], atol=0.1)


def test_several_channels_are_several_memories(u):
    both = np.column_stack([u, u**2])
    states = ideal_state(both, ORDER, THETA, DT)
    np.testing.assert_array_equal(states[:, :ORDER], ideal_state(u, ORDER, THETA, DT))
    np.testing.assert_array_equal(
        states[:, ORDER:], ideal_state(u**2, ORDER, THETA, DT)
    )
    wrong = states.copy()
    wrong[:, :ORDER] = 0
    errors = [
        window_rmse(x, both, THETA, DT, lag=0) for x in (wrong, np.zeros_like(wrong))
    ]
    none = np.zeros((400, ORDER))
    scales = [window_rmse(none, signal, THETA, DT, lag=0) for signal in (u, u**2)]
    np.testing.assert_allclose(errors[0] ** 2, scales[0] ** 2 / 2)
    np.testing.assert_allclose(errors[1] ** 2, np.mean(np.square(scales)))


def test_no_error_is_zero_and_no_memory_is_one(u):
    states = ideal_state(u, ORDER, THETA, DT)
    assert window_nrmse(states, u, THETA, DT, lag=0) == 0
    probed = np.vstack([np.zeros(ORDER), states[:-1]])
    assert window_nrmse(probed, u, THETA, DT) == 0
    assert window_nrmse(states, u, THETA, DT) > 0.01
    np.testing.assert_allclose(window_nrmse(0 * states, u, THETA, DT), 1)
    np.testing.assert_allclose(window_nrmse(1.25 * probed, u, THETA, DT), 0.25)


def test_against_the_definition(u, n_points=73):
    """RMS over steps and delays of explicit windows, from t = theta on."""
    rng = np.random.default_rng(1)
    ideal = ideal_state(u, ORDER, THETA, DT)
    states = ideal + 0.1 * rng.normal(size=ideal.shape)
    states[: round(THETA / DT) - 1] = 100  # before theta: not measured
    readout = delay_readout(ORDER, np.linspace(0, 1, n_points))
    window, expected = (x[round(THETA / DT) - 1 :] @ readout.T for x in (states, ideal))
    rmse = np.sqrt(np.mean((window - expected) ** 2))
    np.testing.assert_allclose(window_rmse(states, u, THETA, DT, n_points, lag=0), rmse)
    np.testing.assert_allclose(
        window_nrmse(states, u, THETA, DT, n_points, lag=0),
        rmse / np.sqrt(np.mean(expected**2)),
    )
    states[round(THETA / DT) - 1] = 100  # t = theta: measured
    assert window_rmse(states, u, THETA, DT, n_points, lag=0) > 2 * rmse


def test_does_not_depend_on_the_number_of_points(u):
    states = ideal_state(u, ORDER, 1.1 * THETA, DT)
    few, many = (window_nrmse(states, u, THETA, DT, n) for n in (50, 1000))
    np.testing.assert_allclose(few, many, rtol=0.02)


def test_nengo_probes_the_ideal_memory_without_error(u):
    """The default lag is that of nengo's probes."""
    with nengo.Network() as network:
        source = nengo.Node(nengo.processes.PresentInput(u[:, None], DT))
        memory = IdealMemory(ORDER, THETA)
        nengo.Connection(source, memory.input, synapse=None)
        probes = [nengo.Probe(x, synapse=None) for x in (memory.state, source)]
    with nengo.Simulator(network, progress_bar=False) as simulator:
        simulator.run_steps(400)
        state, probed = (simulator.data[probe] for probe in probes)
    assert window_nrmse(state, probed, THETA, DT) < 1e-12


@pytest.mark.parametrize(
    "state, u, message",
    [
        (np.zeros((200, 6)), np.ones(199), "must be .n_steps"),
        (np.zeros(200), np.ones(200), "must be .n_steps"),
        (np.zeros((200, 5)), np.ones((200, 2)), "must be .n_steps"),
        (np.zeros((99, 6)), np.ones(99), "must last longer than theta = 0.1 s"),
        (np.zeros((200, 6)), np.zeros(200), "zero throughout"),
    ],
)
def test_wrong_arguments(state, u, message):
    with pytest.raises(ValidationError, match=message):
        window_nrmse(state, u, THETA, DT)


def test_error_from_a_later_start():
    """What is wrong before it does not count."""
    u = white_noise(4.0, 2.0, 0.5, seed=0)
    state = np.vstack([np.zeros(6), ideal_state(u, 6, 1.0)[:-1]])
    state[:2000] += 1.0
    assert window_nrmse(state, u, 1.0) > 0.5
    assert window_nrmse(state, u, 1.0, start=2.001) < 1e-12
    with pytest.raises(ValidationError, match="longer than start = 9 s"):
        window_nrmse(state, u, 1.0, start=9.0)


def test_true_past_of_a_window_whose_steps_round_up(u):
    """700 steps of 1 ms are 0.7000000000000001 s."""
    theta = 0.7
    assert 700 * DT / theta > 1
    u = np.tile(u, 4)
    state = ideal_state(u, 20, theta, DT)
    assert past_nrmse(state, u, theta, DT, lag=0) < 1
