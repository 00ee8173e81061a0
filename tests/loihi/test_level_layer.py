"""A layer in levels on the chip: that it hears a chain, and says what it should."""

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.design.choices import Choices
from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.loihi import compatibility, level_layer
from nengo_lmu.loihi.activity import measured_activity
from nengo_lmu.loihi.chain import ChainDesigner
from nengo_lmu.loihi.chain_layout import Chain
from nengo_lmu.loihi.chain_weights import MOST_BITS, row_bits
from nengo_lmu.loihi.layout import ChipNetwork, spike_lines
from nengo_lmu.loihi.level_layer import (
    STEPS,
    LevelLayer,
    heard_of,
    largest_core,
    most_neurons,
)
from nengo_lmu.loihi.partition import partition
from nengo_lmu.signals import white_noise

nengo_loihi = compatibility.load()
loihi = pytest.importorskip("nengo_lmu.loihi")

pytestmark = [
    pytest.mark.filterwarnings("ignore:Lost . extra bits"),
    pytest.mark.filterwarnings("ignore:Model is precomputable"),
]

ORDER, UNITS, OUTPUTS, LEVELS = 4, 12, 3, 3


def design(n_each=24, **settings):
    choices = Choices(
        n_neurons=n_each * ORDER, order=ORDER, theta=1.0, freq=1.3, rms=0.5, seed=0
    )
    return ChainDesigner(choices, **settings).design()


def network(u, every=1, n_levels=LEVELS):
    """A chain with a layer of random weights."""
    chip, rng = design(), np.random.RandomState(0)
    states = ideal_state(u, ORDER, 1.0)
    weights = {
        "weights": rng.normal(size=(UNITS, ORDER)),
        "bias": rng.normal(scale=0.2, size=UNITS),
        "readout": rng.normal(size=(OUTPUTS, UNITS)),
        "readout_bias": rng.normal(size=OUTPUTS),
    }
    with ChipNetwork(seed=0) as model:
        source = nengo.Node(nengo.processes.PresentInput(u[:, None], 0.001))
        chain = Chain(chip, chip.loops[0], spike_lines(source, chip.expected[0].peak))
        layer = LevelLayer(
            chain, **weights, states=states, n_levels=n_levels, every=every
        )
    return model, chain, layer, weights, states


@pytest.mark.parametrize(("n", "every"), [(24, 1), (25, 2), (60, 3)])
def test_what_is_heard_says_the_value(n, every):
    """To half the distance of the thresholds that are heard."""
    population = design(n).loops[0].populations[1]
    tuning = population.tuning
    neurons, steps = heard_of(population, every)
    assert len(np.unique(neurons)) == len(neurons)
    assert abs(len(neurons) - n / every) <= 1
    ends = np.sort(((1 - tuning.bias) / tuning.gain * tuning.encoders[:, 0])[neurons])
    largest = np.max(np.diff(np.concatenate([[-1], ends, [1]]))) / 2
    for x in np.linspace(-1, 1, 201):
        spikes = tuning.gain * tuning.encoders[:, 0] * x + tuning.bias > 1
        assert abs(spikes[neurons] @ steps - x) <= largest + 1e-9


def test_a_core_is_full_and_no_more():
    n = largest_core(2560)
    assert 2560 * row_bits(n) <= MOST_BITS < 2560 * row_bits(n + 1)


def test_cores_of_a_chain_that_is_read_are_small():
    most = most_neurons(n_comparators=1201, n_heard=2560)
    assert most < 200
    sizes = [
        core.neurons.stop - core.neurons.start
        for core in design(50, most_neurons=120).loops[0].cores
    ]
    assert max(sizes) <= 120 and sum(sizes) == 50 * ORDER


@pytest.mark.parametrize("every", [1, 2])
def test_outputs_are_those_of_the_layer(every):
    """Two steps after the spikes: levels of units, the sums of what is heard."""
    u = white_noise(1.5, 1.3, 0.5, seed=1)
    model, chain, layer, weights, states = network(u, every)
    with model:
        probes = [nengo.Probe(layer.outputs.neurons, "input")]
        probes += [nengo.Probe(of) for of in chain.neurons]
    with loihi.Simulator(model, target="sim", seed=0) as simulator:
        simulator.run_steps(len(u))
    outputs, *spikes = (simulator.data[probe] for probe in probes)
    heard = [heard_of(p, every) for p in chain.loop.populations]
    x = np.column_stack(
        [(s > 0)[:, of] @ steps for s, (of, steps) in zip(spikes, heard, strict=True)]
    )
    given = states @ weights["weights"].T + weights["bias"]
    peaks = level_layer.peak_currents(given)
    current = x @ (weights["weights"] @ chain.loop.realization.inverse).T
    current += weights["bias"]
    levels = np.clip(np.ceil(LEVELS * current / peaks - 0.5), 0, LEVELS)
    wanted = (levels * np.array(peaks) / LEVELS) @ weights["readout"].T + weights[
        "readout_bias"
    ]
    wanted, outputs = wanted[:-STEPS].ravel(), outputs[STEPS:].ravel()
    scale = wanted @ outputs / (wanted @ wanted)
    # Weights have 8 bits, so outputs are off by a little at any time, and now and then
    # a unit passes a threshold a step earlier or later.
    error = np.abs(outputs / scale - wanted) / np.sqrt(np.mean(wanted**2))
    assert np.sqrt(np.mean(error**2)) < 0.1
    assert np.median(error) < 0.03


def test_activity_and_partition():
    u = white_noise(2.0, 1.3, 0.5, seed=1)
    model, chain, layer, *_ = network(u)
    with model:
        probe = nengo.Probe(layer.comparators[0].neurons)
    with loihi.Simulator(model, target="sim", seed=0) as simulator:
        simulator.run_steps(len(u))
        rates, totals = measured_activity(simulator, 0.5)
        spikes = simulator.data[probe]
    (block,) = simulator.model.objs[layer.comparators[0]]["out"]
    np.testing.assert_allclose(rates[block], np.mean(spikes, axis=0))
    assert totals["joules_per_inference"] == totals["joules_per_second"] / 2
    expected = partition(model)
    assert expected.fits
    assert len(expected.cores) == len(simulator.model.blocks)
    # One signal of two seconds; without those of the input.
    ratio = totals["spikes_per_second"] / expected.totals["spikes_per_second"]
    assert 0.5 < ratio < 1.5


def test_refused(monkeypatch):
    u = white_noise(2.0, 1.3, 0.5, seed=1)
    with pytest.raises(ValidationError, match="n_levels"):
        network(u, n_levels=0)
    with pytest.raises(ValidationError, match="every"):
        network(u, every=0)
    monkeypatch.setattr(level_layer, "MOST_AXONS", 50)
    with pytest.raises(ValidationError, match="at most 50"):
        network(u)
