"""What a loop makes of errors, against its steps one by one."""

import nengo
import numpy as np
import pytest

from nengo_lmu.design.loop_gain import LoopGain, Path, summed, window_root
from nengo_lmu.design.parallel import two_lowpasses
from nengo_lmu.design.synapses import map_to_synapse
from nengo_lmu.evaluation.error import ideal_state, window_nrmse
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize
from nengo_lmu.theory.realizations import Realization

ORDER, THETA, DT, TAU, FAST = 5, 0.4, 0.001, 0.2, 0.005


def system():
    realization = Realization.normalized(ORDER)
    return realization, realization.system(*state_space(ORDER, THETA))


def paths(second):
    _, (A, B) = system()
    if not second:
        return [(TAU, *map_to_synapse(A, B, nengo.Lowpass(TAU), DT))]
    poles = np.exp(-DT / TAU), np.exp(-DT / FAST)
    transforms = two_lowpasses(*discretize(A, B, DT), poles)
    return [(tau, *both) for tau, both in zip((TAU, FAST), transforms, strict=True)]


def steps(second, u, errors):
    """x, one step at a time, with errors (n_steps, order) added to what is decoded."""
    made = paths(second)
    parts, x = [np.zeros(ORDER) for _ in made], np.zeros(ORDER)
    states = []
    for now, error in zip(u, errors, strict=True):
        states.append(x)
        for k, (tau, R, D) in enumerate(made):
            pole = np.exp(-DT / tau)
            drive = R @ (x + error) + D[:, 0] * now
            parts[k] = pole * parts[k] + (1 - pole) * drive
        x = sum(parts)
    return np.array(states)


def gain_of(second):
    found = [Path(nengo.Lowpass(tau), R, R) for tau, R, _ in paths(second)]
    return LoopGain(system()[0].inverse, found, THETA, DT)


def windows(x):
    return x @ gain_of(False).to_window.T


@pytest.mark.parametrize("second", [False, True])
def test_a_loop_of_one_or_two_lowpasses_is_exact(second):
    u = np.random.RandomState(0).randn(600)
    x = steps(second, u, np.zeros((600, ORDER)))
    m = x @ system()[0].inverse.T
    np.testing.assert_allclose(m[1:], ideal_state(u, ORDER, THETA, DT)[:-1], atol=1e-9)


@pytest.mark.parametrize("second", [False, True])
def test_power_of_a_single_count_error(second):
    """It is early in one step and missing in the next."""
    for k in (0, ORDER - 1):
        errors = np.zeros((6000, ORDER))
        errors[0, k], errors[1, k] = 1 / DT, -1 / DT
        power = np.sum(windows(steps(second, np.zeros(6000), errors)) ** 2)
        assert power == pytest.approx(gain_of(second).counts[k, k], rel=1e-6)


@pytest.mark.parametrize("second", [False, True])
def test_gain_at_a_frequency(second):
    freq, n = 5.0, 6000  # the transient is over after half of it
    errors = np.zeros((n, ORDER))
    errors[:, 1] = np.cos(2 * np.pi * freq * DT * np.arange(n))
    measured = np.mean(windows(steps(second, np.zeros(n), errors))[n // 2 :] ** 2, 0)
    expected = np.abs(gain_of(second).at(freq)[:, 1]) ** 2 / 2
    assert np.sum(measured) == pytest.approx(np.sum(expected), rel=1e-6)


def test_covariance_of_the_state_is_that_of_the_window():
    gain, variances = gain_of(True), np.array([1.0, 0.5, 2.0, 0.0, 1.0])
    covariance = gain.to_window @ gain.counts_covariance(variances) @ gain.to_window.T
    power = np.sum(np.diag(gain.counts) * variances)
    assert np.trace(covariance) == pytest.approx(power, rel=1e-9)


def test_a_count_that_is_frozen_for_a_step_is_a_fast_one():
    """As the time for which it stays gets short, it is drawn anew at each step."""
    gain = gain_of(False)
    assert gain.frozen(1e5) < gain.frozen(1000.0) < 10 * gain.white
    # One that hardly ever changes hardly ever errs.
    assert gain.frozen(1e-4) < 1e-3 * gain.frozen(1.0)


def test_frozen_counts_against_a_simulation():
    beta, n, rng = 20.0, 60_000, np.random.RandomState(3)
    count = np.zeros((n, ORDER))
    changes = rng.rand(n) < beta * DT
    for k in range(1, n):
        count[k] = rng.choice((-1.0, 1.0), ORDER) if changes[k] else count[k - 1]
    errors = np.diff(count, axis=0, prepend=0) / DT
    x = windows(steps(False, np.zeros(n), errors))
    # Independent signs add up their powers.
    measured = np.mean(np.sum(x[2000:] ** 2, axis=1)) / ORDER
    assert measured == pytest.approx(gain_of(False).frozen(beta), rel=0.15)


def test_slow_gain_against_a_simulation():
    rng, n = np.random.RandomState(4), 40_000
    freqs = np.fft.rfftfreq(n, DT)
    spectrum = rng.randn(len(freqs), ORDER) + 1j * rng.randn(len(freqs), ORDER)
    x = np.fft.irfft(spectrum * (freqs < 3)[:, None], n, axis=0)
    x *= 0.4 / np.std(x)
    error = x**3 - x * np.mean(x**4, axis=0) / np.mean(x**2, axis=0)
    window = windows(steps(True, np.zeros(n), error))
    measured = np.mean(np.sum(window**2, axis=1)) / np.sum(np.mean(error**2, axis=0))
    assert gain_of(True).slow(x, DT) == pytest.approx(measured, rel=0.1)


def test_sum_of_powers():
    rng = np.random.RandomState(1)
    loop, first = 0.3 * rng.randn(4, 4), np.eye(4)
    expected = sum(
        np.linalg.matrix_power(loop, k) @ np.linalg.matrix_power(loop, k).T
        for k in range(300)
    )
    np.testing.assert_allclose(summed(loop, first), expected, rtol=1e-9)
    assert summed(1.1 * np.eye(4), first) is None


def test_the_window_is_that_of_the_measured_error():
    rng = np.random.RandomState(2)
    u, state = rng.randn(800), rng.randn(800, ORDER)
    ideal = np.vstack([np.zeros((1, ORDER)), ideal_state(u, ORDER, THETA, DT)[:-1]])
    root = window_root(ORDER)

    def power(m):
        return np.sum((m[399:] @ root.T) ** 2)

    expected = np.sqrt(power(state - ideal) / power(ideal))
    assert window_nrmse(state, u, THETA, DT) == pytest.approx(expected)
