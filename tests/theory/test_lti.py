"""Systems against SciPy, theory and nengo's own synapses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nengo.exceptions import ValidationError
from scipy.signal import cont2discrete

from nengo_lmu.theory.legendre import delay_readout, pade_error, state_space
from nengo_lmu.theory.lti import (
    VariableStep,
    band_gramian,
    discretize,
    gramian,
    simulate,
)

DT = 0.001


def noise(shape, seed=0):
    return np.random.RandomState(seed).randn(*np.atleast_1d(shape))


# --- discretize


@pytest.mark.parametrize("order", [1, 2, 6, 12, 64, 256])
@pytest.mark.parametrize("steps", [2, 1000])
def test_zoh_against_scipy(order, steps):
    A, B = state_space(order, steps * DT)
    Ad, Bd = discretize(A, B, DT)
    C, D = np.eye(order), np.zeros((order, 1))
    expected_A, expected_B, *_ = cont2discrete((A, B, C, D), DT)
    assert np.allclose(Ad, expected_A, rtol=0, atol=1e-12)
    assert np.allclose(Bd, expected_B, rtol=0, atol=1e-12)


@pytest.mark.parametrize("order", [6, 256, 1000])
def test_zoh_holds_a_constant_exactly(order):
    """A constant input of 1 is the state (1, 0, 0, ...), and stays so."""
    Ad, Bd = discretize(*state_space(order, 1.0), DT)
    constant = np.eye(order)[0]
    assert np.allclose(Ad @ constant + Bd[:, 0], constant, rtol=0, atol=1e-11)


@given(st.integers(1, 20), st.floats(1e-4, 0.3), st.floats(1e-4, 0.3))
def test_zoh_of_two_gaps_is_that_of_their_sum(order, first, second):
    A, B = state_space(order, 1.0)
    (A1, B1), (A2, B2) = discretize(A, B, first), discretize(A, B, second)
    Ad, Bd = discretize(A, B, first + second)
    assert np.allclose(A2 @ A1, Ad, rtol=0, atol=1e-11)
    assert np.allclose(A2 @ B1 + B2, Bd, rtol=0, atol=1e-11)


def test_zoh_of_an_integrator():
    Ad, Bd = discretize(np.zeros((1, 1)), np.ones((1, 2)), 0.25)
    assert Ad == 1 and np.array_equal(Bd, [[0.25, 0.25]])


@pytest.mark.parametrize("order", [1, 2, 6, 32])
def test_euler_up_to_its_limit(order):
    A, B = state_space(order, 1.0)
    with pytest.raises(ValidationError, match=r"^dt: euler .* a theta at least") as e:
        discretize(A, B, 100.0, method="euler")
    limit = float(str(e.value).split("dt = ")[1].split(" s")[0])  # to three digits
    Ad, Bd = discretize(A, B, 0.99 * limit, method="euler")
    assert np.array_equal(Ad, np.eye(order) + 0.99 * limit * A)
    assert np.array_equal(Bd, 0.99 * limit * B)
    assert np.max(np.abs(np.linalg.eigvals(Ad))) < 1
    with pytest.raises(ValidationError):
        discretize(A, B, 1.01 * limit, method="euler")
    assert np.max(np.abs(np.linalg.eigvals(np.eye(order) + 1.01 * limit * A))) > 1


def test_euler_at_high_order_does_not_explode():
    """Where the poles alone, known to rounding, would allow 1 / 6541 of theta."""
    A, B = state_space(256, 1.0)
    with pytest.raises(ValidationError, match="^dt: euler is stable up to"):
        discretize(A, B, 1 / 6542, method="euler")
    states = simulate(*discretize(A, B, 1 / 8000, method="euler"), np.ones(60_000))
    assert np.allclose(states[-1], np.eye(256)[0], rtol=0, atol=1e-4)


def test_euler_of_systems_that_do_not_decay():
    rotation = np.array([[0.0, 1.0], [-1.0, 0.0]])
    with pytest.raises(ValidationError, match="at any dt"):
        discretize(rotation, np.ones((2, 1)), DT, method="euler")
    Ad, Bd = discretize(np.zeros((1, 1)), np.ones((1, 1)), DT, method="euler")
    assert Ad == 1 and Bd == DT


def test_euler_approaches_zoh():
    A, B = state_space(6, 1.0)
    errors = []
    for dt in (1e-4, 5e-5):
        (Ad, _), (Ae, _) = discretize(A, B, dt), discretize(A, B, dt, "euler")
        errors.append(np.max(np.abs(Ad - Ae)))
    assert errors[1] == pytest.approx(errors[0] / 4, rel=0.01)


@pytest.mark.parametrize("dt", [0, -1.0, float("nan"), None])
def test_bad_dt_and_method(dt):
    A, B = state_space(2, 1.0)
    with pytest.raises(ValidationError, match="^dt: "):
        discretize(A, B, dt)
    with pytest.raises(ValidationError, match="^method: "):
        discretize(A, B, DT, method="tustin")


# --- simulate


@pytest.mark.parametrize("order", [1, 12, 256])
def test_simulate_against_powers(order):
    """The state is the convolution of the input with Ad^k Bd."""
    Ad, Bd = discretize(*state_space(order, 0.05), DT)
    u = noise(60)
    response = [Bd[:, 0]]
    for _ in u[1:]:
        response.append(Ad @ response[-1])
    response = np.array(response)
    expected = [u[: k + 1][::-1] @ response[: k + 1] for k in range(len(u))]
    assert np.allclose(simulate(Ad, Bd, u), expected, rtol=0, atol=1e-11)


def test_simulate_goes_on_from_a_state():
    Ad, Bd = discretize(*state_space(4, 0.05), DT)
    u = noise(50)
    whole = simulate(Ad, Bd, u)
    rest = simulate(Ad, Bd, u[20:], state=whole[19])
    assert np.array_equal(rest, whole[20:])
    assert simulate(Ad, Bd, []).shape == (0, 4)


def test_simulate_of_several_inputs_is_their_sum():
    A, B = state_space(4, 0.05)
    Ad, Bd = discretize(A, np.hstack([B, -2 * B]), DT)
    u = noise((50, 2))
    expected = simulate(Ad, Bd[:, :1], u[:, 0]) + simulate(Ad, Bd[:, 1:], u[:, 1])
    assert np.allclose(simulate(Ad, Bd, u), expected, rtol=0, atol=1e-12)


def test_simulate_bad_arguments():
    Ad, Bd = discretize(*state_space(4, 0.05), DT)
    for u in (noise((5, 2)), noise((5, 1, 1)), [np.nan]):
        with pytest.raises(ValidationError, match="^u: "):
            simulate(Ad, Bd, u)
    with pytest.raises(ValidationError, match="^state: "):
        simulate(Ad, Bd, [1.0], state=np.zeros(3))


@pytest.mark.parametrize("order, theta_f", [(3, 0.7), (6, 1.0), (6, 2.0), (12, 3.0)])
def test_delay_of_a_sine(order, theta_f):
    """The error of the read-out at theta is that of the Padé approximant.

    Each value is held over the step before its time, so the memory sees the sine half
    a step early.
    """
    dt = 2e-4
    t = np.arange(1, 50001) * dt
    phase = 2j * np.pi * theta_f
    Ad, Bd = discretize(*state_space(order, 1.0), dt)
    C = delay_readout(order, 1.0)[0]
    wave = simulate(Ad, Bd, np.cos(phase.imag * t)) @ C
    settled = t > 5
    gain = 2 * np.mean((wave * np.exp(-phase * t))[settled])
    error = np.abs(gain * np.exp(-phase * dt / 2) - np.exp(-phase))
    assert error == pytest.approx(pade_error(order, theta_f), abs=1e-5)


@pytest.mark.parametrize("order", [1, 6, 64])
def test_scale_invariance(order):
    """Half the step and every value twice: the same features at the same times."""
    A, B = state_space(order, 0.5)
    u = noise(400)
    coarse = simulate(*discretize(A, B, DT), u)
    fine = simulate(*discretize(A, B, DT / 2), np.repeat(u, 2))
    assert np.allclose(fine[1::2], coarse, rtol=0, atol=1e-10)


@given(st.integers(1, 30), st.floats(0.01, 100), st.floats(0.01, 100))
def test_only_the_ratio_of_dt_and_theta_counts(order, theta, factor):
    one = discretize(*state_space(order, theta), theta / 50)
    other = discretize(*state_space(order, theta * factor), theta * factor / 50)
    for a, b in zip(one, other, strict=True):
        assert np.allclose(a, b, rtol=0, atol=1e-12)


# --- VariableStep


@pytest.mark.parametrize("order", [1, 12, 64])
def test_equal_gaps_are_the_fixed_step(order):
    A, B = state_space(order, 0.5)
    u = noise(300)
    varying = VariableStep(A, B)
    states = varying.run(np.arange(1, 301) * DT, u)
    assert np.allclose(states, simulate(*discretize(A, B, DT), u), rtol=0, atol=1e-10)
    # The gaps differ in their last digits, and are one gap nevertheless.
    assert varying._exact.cache_info().misses <= 2


@settings(max_examples=30)
@given(
    st.lists(st.floats(1e-4, 2.0), min_size=1, max_size=20),
    st.integers(1, 12),
    st.floats(0.1, 0.9),
)
def test_a_gap_may_be_cut(gaps, order, where):
    """Two gaps with one value are one gap: the hold is exact at any step."""
    system = VariableStep(*state_space(order, 1.0))
    times, values = np.cumsum(gaps), noise(len(gaps))
    cuts = times - (1 - where) * np.array(gaps)
    both = np.ravel(np.column_stack([cuts, times]))
    states = system.run(both, np.repeat(values, 2))
    assert np.allclose(states[1::2], system.run(times, values), rtol=0, atol=1e-9)


def test_irregular_samples_of_a_window():
    """Fine but irregular samples give the state of regular ones."""
    A, B = state_space(8, 1.0)
    times = np.sort(np.random.RandomState(3).uniform(0, 3, 6000))
    times[-1] = 3.0
    irregular = VariableStep(A, B).run(times, np.sin(2 * np.pi * times))[-1]
    t = np.arange(1, 6001) * 0.0005
    regular = simulate(*discretize(A, B, 0.0005), np.sin(2 * np.pi * t))[-1]
    assert np.allclose(irregular, regular, rtol=0, atol=0.01)


def test_variable_step_start_state_and_inputs():
    A, B = state_space(3, 1.0)
    system = VariableStep(A, np.hstack([B, B]))
    times, values = np.array([10.0, 10.5, 11.2]), noise((3, 2))
    states = system.run(times, values, start=10.0)
    assert np.array_equal(states[0], np.zeros(3))
    rest = system.run(times[2:], values[2:], start=10.5, state=states[1])
    assert np.allclose(rest, states[2:], rtol=0, atol=1e-13)


def test_cache_is_bounded_and_read_only():
    system = VariableStep(*state_space(3, 1.0), max_cached=2)
    first = system(0.1)
    assert system(0.1) is first
    system(0.2), system(0.3)
    assert system(0.1) is not first and system._exact.cache_info().currsize == 2
    with pytest.raises(ValueError, match="read-only"):
        first[0][0, 0] = 1
    assert VariableStep(*state_space(256, 1.0)).max_cached == 128


def test_variable_step_bad_arguments():
    system = VariableStep(*state_space(3, 1.0))
    for gap in (-0.1, np.nan, "1"):
        with pytest.raises(ValidationError, match="VariableStep.gap"):
            system(gap)
    for times in ([0.1, 0.1], [0.2, 0.1], [-0.1, 0.1], [0.1], [0.1, np.nan]):
        with pytest.raises(ValidationError, match="VariableStep.times"):
            system.run(times, [1.0, 2.0])
    with pytest.raises(ValidationError, match="values"):
        system.run([0.1], [[1.0, 2.0]])
    with pytest.raises(ValidationError, match="VariableStep.max_cached"):
        VariableStep(*state_space(3, 1.0), max_cached=0)


# --- Gramians


@pytest.mark.parametrize("order", [1, 6, 64, 256])
def test_gramian_solves_its_equation(order):
    A, B = state_space(order, 1.0)
    P = gramian(A, B)
    rest = A @ P + P @ A.T + B @ B.T
    assert np.max(np.abs(rest)) < 1e-11 * np.max(np.abs(A @ P))


def test_gramian_of_a_lowpass():
    assert gramian([[-1 / 0.2]], [[1 / 0.2]]) == pytest.approx(1 / (2 * 0.2))


def test_band_gramian_of_a_lowpass():
    """The integral of 1 / (1 + (2 pi f tau)²) is an arctangent."""
    tau, freq, rms = 0.2, 3.0, 0.5
    expected = rms**2 / freq * np.arctan(2 * np.pi * freq * tau) / (2 * np.pi * tau)
    assert band_gramian([[-1 / tau]], [[1 / tau]], freq, rms) == pytest.approx(expected)


def test_band_gramian_becomes_the_gramian():
    """A wide band of density 1 is white: rms² = 2 freq."""
    A, B = state_space(3, 1.0)
    freq = 1e5
    P = band_gramian(A, B, freq, np.sqrt(2 * freq))
    assert np.allclose(P, gramian(A, B), rtol=0, atol=1e-4)


def test_band_gramian_has_the_correlation_of_the_input():
    """What is decoded from the state is the input: a sinc over the delays."""
    P = band_gramian(*state_space(12, 1.0), 1.0, rms=0.5)
    r = np.linspace(0, 1, 21)
    C = delay_readout(12, r)
    expected = 0.25 * np.sinc(2 * (r[:, None] - r))
    assert np.allclose(C @ P @ C.T, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("order, freq, dt", [(6, 3.0, None), (6, 3.0, 0.01)])
def test_band_gramian_is_the_covariance_of_a_run(order, freq, dt):
    """Sines of one power at each frequency of a fine comb, over one whole period."""
    step, period = 0.01, 50.0
    f = (np.arange(round(freq * period)) + 0.5) / period
    t = np.arange(round(3 * period / step)) * step
    phases = np.random.RandomState(1).uniform(0, 2 * np.pi, len(f))
    u = np.sqrt(2 / len(f)) * np.cos(2 * np.pi * np.outer(t, f) + phases).sum(axis=1)
    A, B = state_space(order, 1.0)
    Ad, Bd = discretize(A, B, step)
    # The comb has half-integer periods, so its squares repeat after one of them.
    states = simulate(Ad, Bd, u)[-round(period / step) :]
    measured = states.T @ states / len(states)
    system = (A, B) if dt is None else (Ad, Bd)
    expected = band_gramian(*system, freq, dt=dt)
    tolerance = 0.002 if dt is None else 1e-4  # the hold takes a little of the power
    assert np.allclose(measured, expected, rtol=0, atol=tolerance)


def test_band_gramian_of_the_derivative():
    """(2 pi f)² times the density of the lowpass: in closed form once more."""
    tau, freq = 0.2, 3.0
    w = 2 * np.pi * freq * tau
    expected = (1 - np.arctan(w) / w) / tau**2
    speed = band_gramian([[-1 / tau]], [[1 / tau]], freq, derivative=1)
    assert speed == pytest.approx(expected)


def test_band_gramian_bad_arguments():
    A, B = state_space(3, 1.0)
    for freq in (0, -1, np.nan):
        with pytest.raises(ValidationError, match="^freq: "):
            band_gramian(A, B, freq)
    with pytest.raises(ValidationError, match="^freq: .* 500 Hz"):
        band_gramian(A, B, 501, dt=DT)
    with pytest.raises(ValidationError, match="^rms: "):
        band_gramian(A, B, 1.0, rms=0)
