"""What a state is expected to do, against runs of the ideal memory."""

import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.design.state_statistics import STEP, ExpectedState
from nengo_lmu.theory.legendre import delay_readout

DT = 0.001


def test_a_sample_of_the_band_gives_what_the_band_gives():
    """Sines of one power at 100 frequencies from 0 to 2 Hz, over a period of 50 s."""
    order, theta = 4, 0.5
    f = (np.arange(100) + 0.5) / 50
    t = np.arange(50_000) * DT
    phases = np.random.RandomState(0).uniform(0, 2 * np.pi, 100)
    u = sum(np.cos(2 * np.pi * nu * t + p) for nu, p in zip(f, phases, strict=True))
    sample = ExpectedState.from_sample(order, theta, 0.5 * u * np.sqrt(2 / 100), DT)
    band = ExpectedState.in_band(order, theta, 2.0, 0.5)
    assert np.allclose(sample.margin, band.margin, rtol=1e-6)
    # The memory is empty at the start of the sample: one percent of its 100 windows.
    for name, part in (("covariance", 0.01), ("velocity", 0.02)):
        expected, measured = getattr(band, name), getattr(sample, name)
        assert np.allclose(measured, expected, rtol=0, atol=part * np.max(expected))


@pytest.mark.parametrize("order", [1, 6, 24])
def test_margin_is_that_of_a_step(order):
    """A step fills the window from one end to the other: half of its power on average.

    A memory of low order is slower at the edge.
    """
    margin = ExpectedState.in_band(order, 2.0, 1.0, 0.5).margin
    C = delay_readout(order, np.linspace(0, 1, 501))
    power = np.mean(np.sum((C @ margin) * C, axis=1))
    assert power == pytest.approx(STEP * 0.5**2 / 2, rel=0.7 if order == 1 else 0.15)


@pytest.mark.parametrize("order", [1, 24, 100])
def test_design_is_positive_definite_and_scales_with_the_input(order):
    design = ExpectedState.in_band(order, 1.0, 1.0, 0.5).design
    np.linalg.cholesky(design)
    louder = ExpectedState.in_band(order, 1.0, 1.0, 1.0).design
    assert np.allclose(louder, 4 * design)
    slower = ExpectedState.in_band(order, 10.0, 0.1, 0.5).design
    assert np.allclose(slower, design, rtol=0, atol=1e-8)


def test_bad_samples():
    for sample in (np.ones(100), np.zeros(5000), np.ones((5000, 2)), [np.nan] * 5000):
        with pytest.raises(ValidationError, match="^sample: must be"):
            ExpectedState.from_sample(3, 1.0, sample, DT)
