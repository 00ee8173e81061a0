import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.loihi.arithmetic import (
    current_pole,
    friction,
    round_weights,
    two_steps,
    weight_unit,
)

decayed = pytest.importorskip("nengo_lmu.loihi.kernels").decayed


def _gram(rng, n=60, dimensions=3):
    """Of responses that go together, as those to few dimensions do."""
    responses = rng.randn(500, dimensions) @ rng.randn(dimensions, n)
    responses = responses + 0.1 * rng.randn(500, n)
    return responses.T @ responses / len(responses)


def _error(change, gram):
    return np.sqrt(np.mean(np.einsum("ij,ik,kj->j", change, gram, change)))


@pytest.mark.parametrize("unit", [0.05, 0.3, 2.0])
def test_errors_cancel(unit):
    """Measured: 9 to 25 times less error than that of plain rounding."""
    rng = np.random.RandomState(0)
    gram, weights = _gram(rng), rng.randn(60, 40)
    rounded = round_weights(weights, gram, unit)
    plain = np.round(weights / unit) * unit
    steps = rounded / unit
    assert np.allclose(steps, np.round(steps), atol=1e-9)
    assert _error(rounded - weights, gram) < _error(plain - weights, gram) / 4


def test_weights_stay_in_their_range():
    rng = np.random.RandomState(1)
    rounded = round_weights(300 * rng.randn(20, 10), _gram(rng, 20), 1.0)
    assert np.max(np.abs(rounded)) == 127


def test_single_steps_get_a_companion():
    weights = np.zeros((4, 40))
    weights[1, ::2] = -1.0
    changed = two_steps(weights, 1.0)
    for first in (0, 16, 32):
        assert np.sum(changed[:, first : first + 16] == -2.0) == 1
    assert np.sum(changed != weights) == 3
    assert not np.any(two_steps(np.zeros((4, 40)), 1.0))


def test_unit_holds_what_is_largest():
    args = (0.98, nengo.LIF(), 0.001)
    assert weight_unit(1e9, 1.0, *args) == 1e9 / 127
    threshold = weight_unit(1e-9, 0.0, *args)
    # A bias of 1.25 takes as much of its register as the threshold 1 of a LIF neuron.
    assert weight_unit(1e-9, 1.2, *args) == threshold
    assert weight_unit(1e-9, 12.5, *args) == pytest.approx(10 * threshold, rel=0.03)


def test_friction_is_what_registers_lose():
    """Of spikes at random, that bring currents of many sizes."""
    bias, pole, dt = 30.0, 4056 / 4096, 0.001
    unit, rng = weight_unit(0.0, bias, pole, nengo.LIF(), dt), np.random.RandomState(0)
    short = []
    for mean in range(5, 100, 5):
        current, exact = np.int32(0), 0.0
        for spikes in rng.poisson(mean, size=1500):
            current, exact = decayed(current, 40) + 64 * spikes, pole * exact + spikes
        short.append(exact - current / 64)
    # A unit is what a spike brings over time.
    lost = friction(bias, pole, nengo.LIF(), dt)
    assert np.mean(short) * (1 - pole) * unit == pytest.approx(lost, rel=0.1)


@pytest.mark.parametrize(
    "tau, effective", [(0.01, 0.00999), (0.1, 0.0994), (0.2, 0.2043), (0.5, 0.5115)]
)
def test_pole_of_a_synapse(tau, effective):
    pole = current_pole(tau, 0.001)
    assert (pole * 4096) % 1 == 0
    assert -0.001 / np.log(pole) == pytest.approx(effective, rel=1e-3)


def test_poles_at_their_ends():
    assert current_pole(1e-9, 0.001) == 1 / 4096
    assert current_pole(1e9, 0.001) == 4095 / 4096
    with pytest.raises(ValidationError, match="^tau: "):
        current_pole(0, 0.001)
