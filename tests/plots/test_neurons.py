"""Rasters are sorted, tuning curves and errors are those of the design."""

import subprocess
import sys

import nengo
import numpy as np
import pytest
from matplotlib.figure import Figure
from nengo.exceptions import ValidationError

import nengo_lmu
from nengo_lmu import plots


@pytest.fixture
def ax():
    return Figure().subplots()


def test_matplotlib_is_imported_late():
    code = "import sys, nengo_lmu.plots; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def wave(n_neurons, n_silent, rng):
    """Neurons in random order that fire one after the other, twice."""
    spikes = np.zeros((400, n_neurons))
    for k in range(n_neurons - n_silent):
        first = round(k * 200 / n_neurons)
        for begin in (first, first + 200):
            spikes[np.arange(begin, begin + 40, 4) % 400, k] = 1000.0
    order = rng.permutation(n_neurons)
    return spikes[:, order], order


def test_raster_shows_a_wave_as_a_stripe(ax):
    spikes, order = wave(50, 8, np.random.default_rng(0))
    assert plots.raster(spikes, start=3.0, ax=ax) is ax
    times, rows = ax.lines[0].get_data()
    assert len(times) == np.count_nonzero(spikes)
    assert 3 < times.min() and times.max() <= 3.4
    # The place of a row in the wave, from its spikes.
    firsts = [np.min(times[rows == row]) for row in range(42)]
    steps = np.abs(np.diff(firsts))
    assert np.sum(np.minimum(steps, 0.2 - steps)) < 0.5
    assert np.max(rows) == 41  # silent neurons are above


def test_raster_of_some_neurons(ax):
    spikes, _ = wave(50, 0, np.random.default_rng(1))
    plots.raster(spikes, n_shown=10, ax=ax)
    _, rows = ax.lines[0].get_data()
    assert set(rows) == set(range(10))


@pytest.mark.parametrize("shape", [(100, 1), (1, 20), (5, 3)])
def test_raster_of_little(shape, ax):
    plots.raster(np.ones(shape), ax=ax)
    assert len(ax.lines[0].get_xdata()) == np.prod(shape)


def test_tuning_curves(ax):
    """At 0 and at the ends they are the rates of the neuron type."""
    design = nengo_lmu.design_memory(
        60, 3, 1.0, neuron_type=nengo.PoissonSpiking(nengo.LIFRate()), seed=0
    )
    plots.tuning_curves(design, 1, n_shown=20, ax=ax)
    tuning = design.populations[1].tuning
    curves = np.array([line.get_ydata() for line in ax.lines]).T
    x = ax.lines[0].get_xdata()
    current = x[:, None] * tuning.encoders[:, 0] * tuning.gain + tuning.bias
    rates = nengo.LIFRate().rates(current, np.ones(20), np.zeros(20))
    assert curves.shape == rates.shape == (401, 20)
    assert np.allclose(curves, rates)


def test_tuning_curves_of_a_network_and_of_shared_neurons(ax):
    with nengo.Network():
        memory = nengo_lmu.SpikingMemory(40, 3, 1.0, layout="single", seed=0)
    plots.tuning_curves(memory, n_shown=7, ax=ax)
    assert len(ax.lines) == 7
    with pytest.raises(ValidationError, match="population: must be an integer from 0"):
        plots.tuning_curves(memory, 1, ax=ax)


def test_predicted_error(ax):
    choices = {"freq": 1.0, "seed": 0}
    plots.predicted_error([60, 240], 6, 1.0, label="Poisson", ax=ax, **choices)
    (line,) = ax.lines
    designs = (nengo_lmu.design_memory(n, 6, 1.0, **choices) for n in (60, 240))
    assert line.get_label() == "Poisson"
    assert list(line.get_xdata()) == [60, 240]
    assert list(line.get_ydata()) == [nengo_lmu.predict(d).nrmse for d in designs]


@pytest.mark.parametrize(
    "draw, message",
    [
        (lambda ax: plots.raster(np.ones(5), ax=ax), "spikes: must be an array"),
        (lambda ax: plots.raster([[np.nan]], ax=ax), "finite"),
        (lambda ax: plots.raster(np.ones((5, 2)), n_shown=0, ax=ax), "n_shown"),
        (lambda ax: plots.predicted_error([0], 6, 1.0, ax=ax), "n_neurons"),
    ],
)
def test_bad_input(draw, message, ax):
    with pytest.raises(ValidationError, match=message):
        draw(ax)
    assert not ax.lines
