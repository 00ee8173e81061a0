"""The noise of training has the covariance that was asked for."""

import numpy as np
import pytest

from nengo_lmu import design_memory, state_space
from nengo_lmu.design.prediction import state_noise
from nengo_lmu.networks import GivenState, IdealMemory
from nengo_lmu.networks.bank import Bank
from nengo_lmu.theory.lti import discretize
from nengo_lmu.training.noise import StateNoise


def covariance(order=4):
    return state_noise(design_memory(400, order, 0.1, freq=5.0, seed=0))


def relative(found, expected):
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    return np.max(np.abs(found - expected) / scale)


def test_of_a_given_state():
    """Two channels; 20,000 draws, so an element is within 5 % at seven deviations."""
    P = covariance()
    noise = StateNoise(GivenState(4, 0.1, n_channels=2), P)
    drawn = noise.draw(20_000, 1, np.random.default_rng(0))[:, 0]
    found = drawn.T @ drawn / len(drawn)
    expected = np.kron(np.eye(2), P)
    assert relative(found, expected) < 0.05


@pytest.mark.parametrize("many", [False, True])
def test_that_goes_around(many):
    """1,000 series of 300 steps: each ends with an independent error."""
    P = covariance()
    memory = IdealMemory(4, 0.1)
    if many:
        memory = Bank(lambda theta: IdealMemory(4, theta), [0.1, 0.1])
    noise = StateNoise(memory, P).draw(1000, 300, np.random.default_rng(0))
    noise = noise[..., -4:]
    Ad, _ = discretize(*state_space(4, 0.1), 0.001)
    errors, found = 0, 0
    for k in range(300):
        errors = errors @ Ad.T + noise[:, k] if k else noise[:, 0]
    found = errors.T @ errors / len(errors)
    assert relative(found, P) < 0.2
