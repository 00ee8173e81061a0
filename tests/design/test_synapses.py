"""Principle 3 against the formulas of the paper and nengo's own synapses."""

import nengo
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nengo.exceptions import ValidationError
from scipy.signal import cont2discrete

from nengo_lmu.design.synapses import (
    discrete_lowpass,
    lowpass_pole,
    map_to_synapse,
    synapse_system,
)
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize, simulate

DT = 0.001


def noise(shape, seed=0):
    return np.random.RandomState(seed).randn(*np.atleast_1d(shape))


@pytest.mark.parametrize("tau", [0.01, 0.3])
def test_lowpass_is_the_formula_of_the_paper(tau):
    order = 6
    A, B = state_space(order, 1.0)
    eye = np.eye(order)
    recurrent, forward = map_to_synapse(A, B, tau)
    assert np.allclose(recurrent, tau * A + eye, rtol=1e-13)
    assert np.allclose(forward, tau * B, rtol=1e-13)
    Ad, Bd = discretize(A, B, DT)
    a = np.exp(-DT / tau)
    for synapse in (tau, nengo.Lowpass(tau), discrete_lowpass(a)):
        recurrent, forward = map_to_synapse(A, B, synapse, DT)
        assert np.allclose(recurrent, (Ad - a * eye) / (1 - a), rtol=0, atol=1e-10)
        assert np.allclose(forward, Bd / (1 - a), rtol=0, atol=1e-10)


def test_alpha_is_the_formula_of_the_paper():
    tau, order = 0.05, 6
    A, B = state_space(order, 1.0)
    recurrent, forward = map_to_synapse(A, B, nengo.Alpha(tau))
    expected = tau**2 * A @ A + 2 * tau * A + np.eye(order)
    assert np.allclose(recurrent, expected, rtol=0, atol=1e-12)
    assert np.allclose(forward, (tau**2 * A + 2 * tau * np.eye(order)) @ B)


def test_discrete_mapping_becomes_the_continuous_one():
    A, B = state_space(4, 1.0)
    for synapse in (nengo.Lowpass(0.1), nengo.Alpha(0.1)):
        continuous, errors = map_to_synapse(A, B, synapse), []
        for dt in (2e-4, 1e-4):
            discrete = map_to_synapse(A, B, synapse, dt)
            errors.append(np.max(np.abs(discrete[0] - continuous[0])))
            assert np.allclose(discrete[1], continuous[1], rtol=0.01, atol=1e-3)
        assert errors[1] == pytest.approx(errors[0] / 2, rel=0.05)


def run_loop(recurrent, forward, synapse, u, population):
    """The loop in nengo: the states that arrive through the synapse, per step."""
    order = len(recurrent)
    with nengo.Network() as net:
        source = nengo.Node(lambda t: u[int(round(t / DT)) - 1], size_out=u.shape[1])
        state = nengo.Node(size_in=order)
        if population:
            ensemble = nengo.Ensemble(1, order, neuron_type=nengo.Direct())
            nengo.Connection(state, ensemble, synapse=None)
        else:
            ensemble = state
        nengo.Connection(source, state, transform=forward, synapse=synapse)
        nengo.Connection(ensemble, state, transform=recurrent, synapse=synapse)
        probe = nengo.Probe(state, synapse=None)
    with nengo.Simulator(net, dt=DT, progress_bar=False) as sim:
        sim.run_steps(len(u))
    return sim.data[probe]


@pytest.mark.parametrize("population", [False, True])
@pytest.mark.parametrize("order, tau", [(6, 0.1), (12, 0.3)])
def test_loop_in_nengo_is_the_system(order, tau, population):
    """To rounding, one step late: the delay of the synapse on the input."""
    A, B = state_space(order, 1.0)
    u = noise((1500, 1))
    states = run_loop(*map_to_synapse(A, B, tau, DT), tau, u, population)
    ideal = simulate(*discretize(A, B, DT), u)
    assert np.array_equal(states[0], np.zeros(order))
    assert np.allclose(states[1:], ideal[:-1], rtol=0, atol=1e-10)


def exact_alpha_input(A, B, u, num, den, recurrent):
    """The input that the state needs, from the input and its past (order 2)."""
    n1, n0 = num
    now = (A + den[1] * np.eye(len(A)) - n1 * recurrent) @ B
    drive = np.zeros((len(u), len(A)))
    for k in range(len(u) - 1):
        pushed = now @ u[k] + B @ u[k + 1] - n0 * drive[k]
        drive[k + 1] = pushed / n1
    return drive


def test_alpha_loop_in_nengo_is_the_system():
    """The recurrent transform is exact: with the exact input it gives every state."""
    order, synapse = 4, nengo.Alpha(0.05)
    A, B = state_space(order, 1.0)
    Ad, Bd = discretize(A, B, DT)
    recurrent, _ = map_to_synapse(A, B, synapse, DT)
    num, den, _ = cont2discrete((synapse.num, synapse.den), DT)
    u = np.vstack([np.zeros((1, 1)), noise((800, 1))])
    drive = exact_alpha_input(Ad, Bd, u, num.ravel()[1:], den, recurrent)
    states = run_loop(recurrent, np.eye(order), synapse, drive, population=False)
    ideal = simulate(Ad, Bd, u)
    assert np.max(np.abs(ideal)) > 0.1
    assert np.allclose(states[1:], ideal[:-1], rtol=0, atol=1e-6)


def test_alpha_input_is_exact_for_a_constant_and_good_for_a_slow_input():
    order, synapse = 4, nengo.Alpha(0.02)
    A, B = state_space(order, 1.0)
    mapped = map_to_synapse(A, B, synapse, DT)
    states = run_loop(*mapped, synapse, np.ones((5000, 1)), population=False)
    assert np.allclose(states[-1], np.eye(order)[0], rtol=0, atol=1e-6)
    u = np.sin(2 * np.pi * 0.5 * np.arange(4000) * DT)[:, None]
    states = run_loop(*mapped, synapse, u, population=False)
    ideal = simulate(*discretize(A, B, DT), u)
    # The input comes late by about tau / 2 = 10 ms: 2 pi 0.5 Hz 10 ms = 0.03.
    assert 0.01 < np.max(np.abs(states - ideal)[2000:]) < 0.06


@given(
    st.integers(1, 8),
    st.floats(0.005, 0.1),
    st.floats(0.005, 0.1),
)
@settings(max_examples=30)
def test_loop_has_the_poles_of_the_system(order, first, second):
    """For any synapse of order two: each pole of A is one of the loop."""
    synapse = nengo.LinearFilter([1], np.polymul([first, 1], [second, 1]))
    A, B = state_space(order, 2.0)
    recurrent, forward = map_to_synapse(A, B, synapse, DT)
    Ad, _ = discretize(A, B, DT)
    num, den, _ = cont2discrete((synapse.num, synapse.den), DT)
    n, eye = num.ravel(), np.eye(order)
    # X(z) (z² + d1 z + d0) = (n1 z + n0) A' X(z), as a first-order system
    loop = np.block(
        [
            [n[1] * recurrent - den[1] * eye, n[2] * recurrent - den[2] * eye],
            [eye, np.zeros_like(eye)],
        ]
    )
    values, vectors = np.linalg.eig(Ad)
    for value, vector in zip(values, vectors.T, strict=True):
        mode = np.concatenate([value * vector, vector])
        assert np.allclose(loop @ mode, value * mode, rtol=0, atol=1e-8)
    assert np.max(np.abs(np.linalg.eigvals(loop))) < 1


@pytest.mark.parametrize("dt", [None, DT])
@pytest.mark.parametrize("den", [[0.1, 1], [0.01, 0.2, 1]])
def test_a_synapse_of_another_gain_keeps_the_system(den, dt):
    A, B = state_space(3, 1.0)
    plain = map_to_synapse(A, B, nengo.LinearFilter([1], den), dt)
    double = map_to_synapse(A, B, nengo.LinearFilter([2], den), dt)
    for a, b in zip(plain, double, strict=True):
        assert np.allclose(a, 2 * b, rtol=1e-8)


def test_a_loop_that_would_grow_is_refused():
    """Alpha adds a pole -2/tau - p for each pole p of A."""
    A, B = state_space(6, 1.0)
    fastest = np.max(-np.linalg.eigvals(A).real)
    map_to_synapse(A, B, nengo.Alpha(1.9 / fastest))
    for dt in (None, DT):
        with pytest.raises(ValidationError, match="^synapse: .* loop .* grow"):
            map_to_synapse(A, B, nengo.Alpha(2.1 / fastest), dt)


@pytest.mark.parametrize(
    "synapse",
    [
        None,
        0,
        -0.1,
        float("nan"),
        "lowpass",
        nengo.Lowpass(0),
        nengo.synapses.Triangle(0.01),
        nengo.LinearFilter([1], [1]),
        nengo.LinearFilter([1, 1], [0.1, 1]),
        nengo.LinearFilter([1, 0], [0.01, 0.1, 1]),
        nengo.LinearFilter([1], [1, 0]),
        nengo.LinearFilter([1], [0.1, 1], method="bilinear"),
    ],
)
def test_synapses_that_cannot_be_mapped(synapse):
    with pytest.raises(ValidationError, match="^synapse: must be"):
        map_to_synapse(*state_space(3, 1.0), synapse, DT)


def test_dt_that_a_synapse_does_not_allow():
    A, B = state_space(3, 1.0)
    map_to_synapse(A, B, 0.01, dt=0.01)
    for synapse in (0.01, nengo.Alpha(0.01)):
        with pytest.raises(ValidationError, match=r"^dt: .* 0.01 s, got 0.011"):
            map_to_synapse(A, B, synapse, dt=0.011)
    for synapse in (
        discrete_lowpass(0.9),
        nengo.LinearFilter([0.1], [1, -0.9], analog=False),
    ):
        with pytest.raises(ValidationError, match="^dt: must be given"):
            map_to_synapse(A, B, synapse)


@pytest.mark.parametrize(
    "synapse", [0.01, nengo.Alpha(0.02), nengo.LinearFilter([1, 30], [0.02, 1, 30])]
)
def test_synapse_system_is_the_synapse_of_nengo(synapse):
    """nengo's own step has no delay; the loop gives it the one of z[k+1]."""
    F, g, c = synapse_system(synapse, DT)
    u = noise((200, 1))
    states = simulate(F, g, u)
    filt = nengo.Lowpass(synapse) if isinstance(synapse, float) else synapse
    expected = filt.filt(u, dt=DT, y0=0)
    assert np.allclose(states @ c.T, expected, rtol=0, atol=1e-9)


def test_poles_of_lowpasses():
    assert lowpass_pole(discrete_lowpass(0.75), DT) == 0.75
    assert lowpass_pole(nengo.Lowpass(0.1), DT) == np.exp(-0.01)
    for pole in (-0.1, 1.0, np.nan, None):
        with pytest.raises(ValidationError, match="^pole: "):
            discrete_lowpass(pole)
