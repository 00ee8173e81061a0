"""Outputs of a memory in a network: their error, their wiring, what they refuse."""

import pickle

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError
from numpy.testing import assert_allclose, assert_array_equal

from nengo_lmu import IdealMemory, Simulator, SpikingMemory
from nengo_lmu.experiments.memory_run import fresh_build
from nengo_lmu.signals import white_noise

REGULAR = nengo.RegularSpiking(nengo.LIFRate())
POISSON = nengo.PoissonSpiking(nengo.LIFRate())


def rms(window):
    return np.sqrt(np.mean(window**2))


def of_delays(window):
    return window[2] * window[-1]


def of_channels(windows):
    return windows[0, -1] * windows[1, -1]


def several(window):
    return [np.max(window), window[0] ** 2, window[-1]]


def small(neuron_type=None, order=3, n_channels=1, seed=5, **choices):
    return SpikingMemory(
        100, order, 0.2, neuron_type=neuron_type, n_channels=n_channels, seed=seed,
        **choices,
    )  # fmt: skip


def run(memory, nodes, u, n_steps):
    """Data of nodes while the memory sees u."""
    network = nengo.Network(seed=0)
    network.networks.append(memory)
    with network:
        source = nengo.Node(nengo.processes.PresentInput(u, 0.001))
        nengo.Connection(source, memory.input, synapse=None)
        probes = [nengo.Probe(node) for node in nodes]
    with fresh_build(), nengo.Simulator(network, progress_bar=False) as simulator:
        simulator.run_steps(n_steps)
    return [simulator.data[probe] for probe in probes]


# Errors


def errors(function, n_channels, n_neurons, kind, seed, seconds=8.0):
    """Measured and expected error; order 6, 1 s, noise to 1 Hz."""
    signals = [white_noise(seconds, 1.0, 0.5, seed=10 * seed + k) for k in (0, 1)]
    with nengo.Network(seed=seed) as network:
        values = np.transpose(signals[:n_channels])
        source = nengo.Node(nengo.processes.PresentInput(values, 0.001))
        memory = SpikingMemory(
            1200, 6, 1.0, neuron_type=kind, n_channels=n_channels, freq=1.0, seed=seed
        )
        ideal = IdealMemory(6, 1.0, n_channels=n_channels)
        for one in (memory, ideal):
            nengo.Connection(source, one.input, synapse=None)
        node = memory.add_output(function, 11, n_neurons=n_neurons)
        probes = [nengo.Probe(node), nengo.Probe(ideal.add_output(function, 11))]
    with fresh_build(), Simulator(network, progress_bar=False) as simulator:
        simulator.run(seconds)
    found, true = (simulator.data[probe][1000:] for probe in probes)
    measured = np.sqrt(np.mean((found - true) ** 2) / np.mean(true**2))
    return measured, memory.outputs[0].error.total


@pytest.mark.parametrize("kind", [POISSON, REGULAR, nengo.LIF()], ids=str)
def test_bars_of_products(kind):
    measured, expected = errors(of_channels, 2, 800, kind, seed=501)
    assert measured <= 0.10 and 0.4 < measured / expected < 2.5


@pytest.mark.parametrize("function", [rms, np.max])
def test_bars_of_the_whole_window(function):
    measured, expected = errors(function, 1, 1200, POISSON, seed=502)
    assert measured <= 0.08 and 0.4 < measured / expected < 2.5


def test_silence_is_seen():
    """After a signal, an RMS falls to that of the memory's noise, and little more."""
    u = np.zeros((1400, 1))
    u[:500, 0] = white_noise(0.5, 5.0, 0.5, seed=7)
    memory = small(REGULAR, order=6)
    node, window = memory.add_output(rms, 21), memory.add_window(21)
    found, windows = run(memory, [node, window], u, 1400)
    loud, silent = slice(200, 500), slice(1000, None)
    left = rms(windows[silent])
    assert left < 0.1 and found[loud].mean() > 0.3
    assert found[silent].mean() < left + 0.06


# Wiring


def test_a_linear_function_is_a_read_out():
    """To rounding, and without neurons."""
    memory = small(POISSON)
    n_objects = len(memory.all_ensembles)
    nodes = memory.add_output(lambda w: w[5], 11), memory.add_delay(0.1)
    assert len(memory.all_ensembles) == n_objects
    assert memory.outputs[0].ensemble is None
    u = white_noise(0.3, 10.0, 0.5, seed=1)[:, None]
    one, other = run(memory, nodes, u, 300)
    assert np.ptp(other) > 0.1
    assert_allclose(one, other, rtol=0, atol=1e-12)


def test_a_given_synapse_filters_the_linear_part_too():
    memory = small(POISSON)
    nodes = memory.add_output(lambda w: w[5], 11, synapse=0.02), memory.add_delay(0.1)
    u = white_noise(0.3, 10.0, 0.5, seed=1)[:, None]
    one, other = run(memory, nodes, u, 300)
    network = nengo.Network()
    with network:
        source = nengo.Node(nengo.processes.PresentInput(other, 0.001))
        probe = nengo.Probe(source, synapse=0.02)
    with nengo.Simulator(network, progress_bar=False) as simulator:
        simulator.run_steps(300)
    assert_allclose(one, simulator.data[probe], rtol=0, atol=1e-9)


def test_outputs_say_what_they_are():
    memory = small()
    nodes = [memory.add_output(f, 11, n_neurons=40) for f in (rms, of_delays)]
    assert [output.node for output in memory.outputs] == nodes
    assert [node.label for node in nodes] == ["rms", "of_delays"]
    for output in memory.outputs:
        assert output.ensemble.n_neurons == 40
        assert output.error is output.design.error and output.error.total > 0
        assert output.ensemble.neuron_type == memory.design.neuron_type
    memory.outputs.clear()
    assert len(memory.outputs) == 2


def test_one_population_decodes_the_function_itself():
    """The neurons of the memory; measured over expected as elsewhere."""
    memory = SpikingMemory(
        1500, 3, 0.5, layout="single", neuron_type=REGULAR, freq=1.0, seed=3
    )
    before = len(memory.all_ensembles)
    node = memory.add_output(rms, 11)
    assert len(memory.all_ensembles) == before
    (output,) = memory.outputs
    assert output.ensemble is None and output.design.population is None
    (own,) = memory.neurons
    assert [c.pre for c in memory.connections if c.post is node and c.synapse] == [own]
    u = white_noise(3.0, 1.0, 0.5, seed=4)[:, None]
    found, window = run(memory, [node, memory.add_window(11)], u, 3000)
    exact = np.sqrt(np.mean(window**2, axis=1, keepdims=True))
    error = (found - exact)[500:]
    assert rms(error) < 0.05 * rms(exact[500:])
    memory.add_output(rms, 11, n_neurons=50)
    assert memory.outputs[1].ensemble.n_neurons == 50


def test_several_channels_in_one_population_each_have_another_for_outputs():
    memory = small(layout="single", n_channels=2)
    memory.add_output(of_channels, 11)
    assert memory.outputs[0].ensemble.n_neurons == 100


@pytest.mark.parametrize(
    "kind",
    [
        nengo.LIF(amplitude=0.1),
        nengo.StochasticSpiking(nengo.LIFRate()),
        nengo.SpikingRectifiedLinear(),
        nengo.LIFRate(),
        nengo.RectifiedLinear(),
        nengo.Tanh(),
        nengo.Sigmoid(),
    ],
    ids=lambda kind: type(kind).__name__,
)
def test_every_kind_of_neuron(kind):
    memory = small(kind)
    node = memory.add_output(of_delays, 11)
    assert 0 < memory.outputs[0].error.total < 1
    u = white_noise(0.2, 10.0, 0.5, seed=1)[:, None]
    (data,) = run(memory, [node], u, 200)
    assert np.all(np.isfinite(data)) and np.ptp(data) > 0


def test_neurons_that_adapt_have_no_expected_error():
    memory = small(nengo.AdaptiveLIF())
    memory.add_output(of_delays, 11)
    assert memory.outputs[0].error is None


@pytest.mark.parametrize("n_neurons", [1, 2, 3])
@pytest.mark.parametrize("order", [1, 3])
def test_tiny_populations(n_neurons, order):
    memory = small(order=order)
    node = memory.add_output(several, 11, n_neurons=n_neurons)
    assert node.size_out == 3
    (data,) = run(memory, [node], np.ones((20, 1)), 20)
    assert np.all(np.isfinite(data))


def test_rates_of_each_neuron_do_for_other_numbers():
    """An array of rates has one for each neuron of a population; outputs have more."""
    memory = SpikingMemory(60, 3, 0.2, max_rates=np.linspace(100, 300, 20), seed=0)
    memory.add_output(rms, 11, n_neurons=33)
    rates = memory.outputs[0].design.population.tuning.rates_at(np.ones((1, 33)))
    assert 90 < rates.min() and rates.max() < 310


def test_seeds_are_the_designs():
    def decoders(seed):
        memory = small(seed=seed)
        for _ in range(2):
            memory.add_output(rms, 11, n_neurons=20)
        return [output.design.decoders for output in memory.outputs]

    first, again, other = decoders(1), decoders(1), decoders(2)
    assert_array_equal(first, again)
    assert not np.allclose(first[0], other[0]) and not np.allclose(*first)


def test_a_network_with_outputs_pickles():
    """The function itself is not part of it. Equal to rounding, as in nengo."""
    memory = small(nengo.LIFRate())
    node = memory.add_output(lambda w: np.max(w) * w[0], 11, n_neurons=20)
    loaded = pickle.loads(pickle.dumps(memory))
    u = white_noise(0.1, 20.0, 0.5, seed=1)[:, None]
    (one,) = run(memory, [node], u, 100)
    (other,) = run(loaded, [loaded.outputs[0].node], u, 100)
    assert np.ptp(one) > 0.1
    assert_allclose(one, other, rtol=0, atol=1e-9)


# What is refused


def raises(window):
    raise IndexError("of two\nlines")


def sometimes(window):
    return np.sqrt(0.3 - window[0])


def as_many_as(window):
    return np.zeros(1 + int(np.any(window > 0.1)))


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (raises, "raised IndexError: of two lines"),
        (sometimes, "must return finite numbers, returned array.*nan"),
        (lambda w: np.inf if np.any(w) else 0.0, "must return finite numbers"),
        (lambda w: w[99], "raised IndexError"),
        (lambda w: None, "must return numbers"),
        (lambda w: "a" * 500, "must return numbers"),
        (lambda w: [], "must return numbers"),
        (as_many_as, "must return as many numbers each time, returned 2 and 1"),
    ],
)
@pytest.mark.parametrize("layout", ["array", "single"])
def test_bad_functions(function, says, layout):
    memory = small(layout=layout)
    before = list(memory.all_objects)
    with pytest.raises(ValidationError, match=f"SpikingMemory.function: .*{says}") as e:
        memory.add_output(function, 11)
    assert "\n" not in str(e.value) and len(str(e.value)) < 300
    assert memory.all_objects == before and memory.outputs == []


@pytest.mark.parametrize(
    "wrong",
    [{"n_neurons": 0}, {"n_neurons": 1.5}, {"synapse": 0}, {"synapse": np.nan},
     {"synapse": "long"}, {"synapse": nengo.synapses.Triangle(0.02)}],
    ids=str,
)  # fmt: skip
def test_bad_arguments(wrong):
    memory = small()
    before = list(memory.all_objects)
    (name,) = wrong
    with pytest.raises(ValidationError, match=f"SpikingMemory.{name}: must be"):
        memory.add_output(rms, **wrong)
    assert memory.all_objects == before
