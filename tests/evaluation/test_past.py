"""What an order misses of the past, and which order balances it with the neurons."""

from functools import partial

import nengo
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import spherical_jn

from nengo_lmu import SpikingMemory, design_memory, predict, redesign
from nengo_lmu.design.choices import Choices
from nengo_lmu.evaluation.error import ideal_state, past_nrmse
from nengo_lmu.evaluation.missed import missed_error, missed_share
from nengo_lmu.evaluation.past import past_error
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.signals import white_noise


def measured(u, order, theta=1.0, skipped=3):
    """Error of the ideal memory against the past, behind some windows."""
    state, first = ideal_state(u, order, theta), round(skipped * theta / 0.001)
    n_points = 2 * order + 1
    return past_nrmse(state[first:], u[first:], theta, n_points=n_points, lag=0)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    order=st.integers(1, 24),
    periods=st.floats(0.3, 1.0),
    theta=st.sampled_from([0.2, 0.5, 1.0]),
    seed=st.integers(0, 50),
)
def test_missed_is_what_is_measured_on_noise(order, periods, theta, seed):
    """On noise of 60 windows, to within its own spread.

    The error is made where the spectrum ends, by a few sines of random size, fewer at
    low orders.
    """
    freq = periods * order / 3 / theta
    choices = Choices(n_neurons=order, order=order, theta=theta, freq=freq)
    seconds = max(60 * theta, 40 / freq)
    found = measured(white_noise(seconds, freq, seed=seed), order, theta)
    assert found == pytest.approx(missed_error(choices, order), rel=0.5)


def test_missed_of_noise_on_the_mean():
    for order, freq in ((3, 1.0), (12, 4.0)):
        choices = Choices(n_neurons=order, order=order, theta=1.0, freq=freq)
        squares = [
            measured(white_noise(40, freq, seed=seed), order) ** 2 for seed in range(5)
        ]
        expected = missed_error(choices, order)
        assert np.sqrt(np.mean(squares)) == pytest.approx(expected, rel=0.08)


@pytest.mark.parametrize("order", [3, 12])
def test_missed_of_a_sample_is_that_of_the_sample(order):
    """Not of whole periods, with an offset and a slope."""
    t = 0.001 * np.arange(60_300)
    sample = white_noise(60.3, 5.0, seed=3) + 0.3 + 0.01 * t
    choices = Choices(n_neurons=order, order=order, theta=1.0, sample=sample)
    found = missed_error(choices, order)
    assert found == pytest.approx(measured(sample, order), rel=0.05)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(order=st.integers(1, 40), periods=st.just(0.0) | st.floats(0.01, 60))
def test_the_best_polynomials_miss_less(order, periods):
    """At each frequency the projection on as many polynomials is the least error."""
    share = missed_share(order, 1.0, np.array([periods]), dt=0.0002)[0]
    j = spherical_jn(np.arange(order), np.pi * periods)
    least = 1 - np.sum((2 * np.arange(order) + 1) * j**2)
    assert share >= least - 0.02 * share - 1e-5
    if periods == 0:
        assert share < 1e-9


@pytest.mark.parametrize(
    "kind, n_neurons",
    [
        (nengo.PoissonSpiking(nengo.LIFRate()), 600),
        (nengo.SpikingRectifiedLinear(), 300),
    ],
)
def test_whole_error_is_what_is_measured(kind, n_neurons):
    """Against the past, on noise of other seeds: neurons and order together."""
    design = design_memory(n_neurons, 6, 1.0, freq=1.6, neuron_type=kind, seed=0)
    expected = predict(design)
    squares = []
    for seed in (11, 12, 13):
        u = white_noise(20.0, 1.6, 0.5, seed=seed)
        make = partial(SpikingMemory.from_design, design)
        run = run_memory(make, u, 20.0, backend="nengo-lmu")
        squares.append(past_nrmse(run.state[3000:], u[3000:], 1.0) ** 2)
    assert np.sqrt(np.mean(squares)) == pytest.approx(expected.nrmse_past, rel=0.15)
    assert expected.nrmse_past > max(expected.nrmse, expected.missed)


def test_the_suggested_order_is_better():
    """Below and above the best; at it, nothing else is suggested."""
    kind = nengo.PoissonSpiking(nengo.LIFRate())
    for order in (4, 24):
        design = design_memory(960, order, 1.0, freq=1.6, neuron_type=kind, seed=0)
        given = predict(design)
        assert given.best_order != order and str(given.best_order) in given.advice
        best = predict(redesign(design, order=given.best_order))
        assert best.nrmse_past < 0.8 * given.nrmse_past
        assert best.best_order == given.best_order


def test_no_order_is_suggested_for_an_error_that_is_not_known():
    found = past_error(design_memory(60, 3, 1.0, freq=0.5, seed=0), np.nan)
    assert found.best_order is None and np.isnan(found.whole) and found.missed < 0.1


def test_channels_count_by_their_power():
    same = dict(n_neurons=3, order=3, theta=1.0)
    one, two = (Choices(**same, freq=freq, rms=1.0) for freq in (0.4, 1.2))
    both = Choices(**same, n_channels=2, freq=[0.4, 1.2], rms=[1.0, 2.0])
    parts = missed_error(one, 3) ** 2, missed_error(two, 3) ** 2
    expected = np.sqrt((parts[0] + 4 * parts[1]) / 5)
    assert missed_error(both, 3) == pytest.approx(expected)
