"""What a loop makes of errors, against its steps one by one."""

import nengo
import numpy as np
import pytest

from nengo_lmu.design.loop_gain import LoopGain, Path, summed, window_root
from nengo_lmu.design.parallel import parallel_lowpasses
from nengo_lmu.design.synapses import map_to_synapse
from nengo_lmu.evaluation.error import ideal_state, window_nrmse
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize
from nengo_lmu.theory.realizations import Realization

ORDER, THETA, DT, TAUS = 5, 0.4, 0.001, (0.2, 0.005, 0.002)


def system():
    realization = Realization.normalized(ORDER)
    return realization, realization.system(*state_space(ORDER, THETA))


def paths(n_paths):
    _, (A, B) = system()
    taus = TAUS[:n_paths]
    if n_paths == 1:
        transforms = [map_to_synapse(A, B, nengo.Lowpass(taus[0]), DT)]
    else:
        poles = [np.exp(-DT / tau) for tau in taus]
        transforms = parallel_lowpasses(*discretize(A, B, DT), poles)
    return [(tau, *both) for tau, both in zip(taus, transforms, strict=True)]


def steps(n_paths, u, errors):
    """x, one step at a time, with errors (n_steps, order) added to what is decoded."""
    made = paths(n_paths)
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


def gain_of(n_paths):
    found = [Path(nengo.Lowpass(tau), R, R) for tau, R, _ in paths(n_paths)]
    return LoopGain(system()[0].inverse, found, THETA, DT)


def windows(x):
    return x @ gain_of(1).to_window.T


@pytest.mark.parametrize("n_paths", [1, 2, 3])
def test_a_loop_of_parallel_lowpasses_is_exact(n_paths):
    u = np.random.RandomState(0).randn(600)
    x = steps(n_paths, u, np.zeros((600, ORDER)))
    m = x @ system()[0].inverse.T
    np.testing.assert_allclose(m[1:], ideal_state(u, ORDER, THETA, DT)[:-1], atol=1e-9)


@pytest.mark.parametrize("n_paths", [1, 2, 3])
def test_power_of_a_single_count_error(n_paths):
    """It is early in one step and missing in the next."""
    for k in (0, ORDER - 1):
        errors = np.zeros((6000, ORDER))
        errors[0, k], errors[1, k] = 1 / DT, -1 / DT
        power = np.sum(windows(steps(n_paths, np.zeros(6000), errors)) ** 2)
        assert power == pytest.approx(gain_of(n_paths).counts[k, k], rel=1e-6)


@pytest.mark.parametrize("n_paths", [1, 2, 3])
def test_gain_at_a_frequency(n_paths):
    freq, n = 5.0, 6000  # the transient is over after half of it
    errors = np.zeros((n, ORDER))
    errors[:, 1] = np.cos(2 * np.pi * freq * DT * np.arange(n))
    measured = np.mean(windows(steps(n_paths, np.zeros(n), errors))[n // 2 :] ** 2, 0)
    expected = np.abs(gain_of(n_paths).at(freq)[:, 1]) ** 2 / 2
    assert np.sum(measured) == pytest.approx(np.sum(expected), rel=1e-6)


def test_covariance_of_the_state_is_that_of_the_window():
    gain, variances = gain_of(3), np.array([1.0, 0.5, 2.0, 0.0, 1.0])
    covariance = gain.to_window @ gain.counts_covariance(variances) @ gain.to_window.T
    power = np.sum(np.diag(gain.counts) * variances)
    assert np.trace(covariance) == pytest.approx(power, rel=1e-9)


def test_a_count_that_is_frozen_for_a_step_is_a_fast_one():
    """As the time for which it stays gets short, it is drawn anew at each step."""
    gain = gain_of(1)
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
    x = windows(steps(1, np.zeros(n), errors))
    # Independent signs add up their powers.
    measured = np.mean(np.sum(x[2000:] ** 2, axis=1)) / ORDER
    assert measured == pytest.approx(gain_of(1).frozen(beta), rel=0.15)


def test_slow_gain_against_a_simulation():
    rng, n = np.random.RandomState(4), 40_000
    freqs = np.fft.rfftfreq(n, DT)
    spectrum = rng.randn(len(freqs), ORDER) + 1j * rng.randn(len(freqs), ORDER)
    x = np.fft.irfft(spectrum * (freqs < 3)[:, None], n, axis=0)
    x *= 0.4 / np.std(x)
    error = x**3 - x * np.mean(x**4, axis=0) / np.mean(x**2, axis=0)
    window = windows(steps(3, np.zeros(n), error))
    measured = np.mean(np.sum(window**2, axis=1)) / np.sum(np.mean(error**2, axis=0))
    assert gain_of(3).slow(x, DT) == pytest.approx(measured, rel=0.1)


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


@pytest.mark.parametrize("n_paths", [1, 2, 3])
def test_rhythm_bounds_what_comes_back_in_step(n_paths):
    """Of errors at that frequency in any direction, after one time around the loop."""
    rate, rng = 150.0, np.random.RandomState(5)
    z, found = np.exp(2j * np.pi * rate * DT), 0
    for tau, R, _ in paths(n_paths):
        pole = np.exp(-DT / tau)
        found = found + R * (1 - pole) / (z - pole)
    rhythm = gain_of(n_paths).rhythm(rate) / np.sinc(rate * DT) ** 2
    v = rng.randn(5000, ORDER) + 1j * rng.randn(5000, ORDER)
    v /= np.linalg.norm(v, axis=1)[:, None]
    in_step = np.einsum("ni,ij,nj->n", v.conj(), found, v).real
    assert np.max(in_step) <= rhythm
    assert np.max(in_step) > rhythm - 0.3 * np.ptp(in_step)


def test_more_lowpasses_return_less_of_a_rhythm():
    rhythms = [gain_of(n_paths).rhythm(200.0) for n_paths in (1, 2, 3)]
    assert rhythms == sorted(rhythms, reverse=True)
    assert rhythms[2] < rhythms[0] / 5
