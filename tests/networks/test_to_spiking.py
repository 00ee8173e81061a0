"""What was trained as rates runs in spikes, on each backend."""

import subprocess
import sys

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu import backends
from nengo_lmu.loihi import lay_out
from nengo_lmu.networks import FEED_FORWARD, Stack
from nengo_lmu.networks.to_spiking import to_spiking
from nengo_lmu.networks.trained_network import Trained
from nengo_lmu.networks.weights import get_weights
from nengo_lmu.signals import white_noise

pytestmark = [
    pytest.mark.filterwarnings("ignore:Lost . extra bits"),
    pytest.mark.filterwarnings("ignore:Extra state has been modified"),
    pytest.mark.filterwarnings("ignore:.* on Loihi. "),
]
TAU = 0.02
TYPES = {
    "rectified": nengo.RectifiedLinear(amplitude=0.5),
    "lif": nengo.LIFRate(amplitude=0.01),
    "tanh": nengo.Tanh(tau_ref=1),
    "sigmoid": nengo.Sigmoid(tau_ref=0.5),
}


def model(kind, **options):
    """A stack of one layer that sees noise up to 3 Hz, its weights drawn at random."""
    rng = np.random.RandomState(0)
    u = white_noise(1.0, 3.0, 0.5, seed=0)
    layer = {"n_hidden": 20, "theta": 0.3, "order": 6, "bias": True}
    with nengo.Network(seed=0) as network:
        source = nengo.Node(nengo.processes.PresentInput(u[:, None], 0.001))
        stack = Stack(
            1, [layer], 2, seed=1, hidden_type=TYPES[kind], **FEED_FORWARD, **options
        )
        stack.weights["0.W_m"].transform = rng.randn(20, 6)
        stack.layers[0].ensemble.bias = rng.randn(20) + 3 * (kind == "lif")
        nengo.Connection(source, stack.input, synapse=None)
        network.stack = stack
        network.output = nengo.Probe(stack.output)
        network.hidden = nengo.Probe(stack.layers[0].hidden)
        network.units = nengo.Probe(stack.layers[0].ensemble.neurons)
    return network


def run(network, backend="nengo"):
    with backends.get(backend)(network, progress_bar=None) as simulator:
        simulator.run(1.0)
    return simulator.data


def trained(kind):
    """The trained network and its output, filtered as spikes will be."""
    network = model(kind)
    data = run(network)
    activity = np.percentile(np.abs(data[network.hidden]), 99.9, axis=0)
    result = Trained("test", {}, get_weights(network.stack), {"0": activity})
    return result, nengo.Lowpass(TAU).filt(data[network.output], dt=0.001)


@pytest.fixture(scope="module")
def rectified():
    return trained("rectified")


def error(output, expected, steps=0):
    """Normalized error; the output is ``steps`` late."""
    difference = output[200 + steps :] - expected[200 : len(expected) - steps]
    return np.sqrt(np.mean(difference**2)) / np.std(expected[200:])


@pytest.mark.parametrize("kind", ["lif", "tanh", "sigmoid"])
def test_spikes_say_what_rates_said(kind):
    """Regular spikes within a quarter of the signal, random ones around the same."""
    result, expected = trained(kind)
    errors = {}
    for spikes in ("regular", "poisson"):
        network = model(kind)
        to_spiking(network.stack, result, rate=300, synapse=TAU, spikes=spikes)
        data = run(network)
        errors[spikes] = error(data[network.output], expected)
        assert network.stack.layers[0].ensemble.neuron_type.spiking
        mean = np.mean(data[network.output] - expected, axis=0)
        assert np.all(np.abs(mean) < 0.2 * np.std(expected))
    assert errors["regular"] < 0.25 < errors["poisson"] < 1


@pytest.mark.parametrize(
    "backend, memory",
    [
        ("nengo", "ideal"),
        ("nengo", "spiking"),
        ("nengo-lmu", "spiking"),
        ("loihi", "ideal"),
        ("loihi", "spiking"),
    ],
)
def test_one_file_on_every_backend(rectified, backend, memory):
    """Measured: 0.07 to 0.08 of the signal, on the chip 0.15."""
    result, expected = rectified
    chip = backends.find(backend).chip
    options = {"n_neurons": 600, "freq": 3.0}
    network = model("rectified", **(options if memory == "spiking" else {}))
    to_spiking(network.stack, result, rate=300, synapse=TAU)
    data = run(network, backend)
    # The way to the chip and back takes some steps, and its input has a filter.
    assert error(data[network.output], expected, 7 if chip else 0) < 0.2


def test_rates_are_those_asked_for(rectified):
    """At the activity that a unit rarely exceeds it spikes at the rate."""
    result, _ = rectified
    network = model("rectified")
    to_spiking(network.stack, result, rate=100)
    data = run(network)
    amplitude = TYPES["rectified"].amplitude
    fast = nengo.Lowpass(0.05).filt(data[network.units] / amplitude, dt=0.001)
    active = result.activity["0"] > 0.05 * np.max(result.activity["0"])
    assert active.sum() > 10
    assert np.all(np.max(fast[:, active], axis=0) < 115)
    assert np.median(np.max(fast[:, active], axis=0)) > 80


@pytest.mark.parametrize(
    "options, message",
    [
        ({"rate": 0}, "rate: must be a finite number above 0 Hz"),
        ({"synapse": -1}, "synapse: must be a finite number above 0 s"),
        ({"spikes": "some"}, "spikes: must be one of 'regular', 'poisson'"),
    ],
)
def test_wrong_arguments(rectified, options, message):
    with pytest.raises(ValidationError, match=message):
        to_spiking(model("rectified").stack, rectified[0], **options)


def test_random_spikes_are_not_on_the_chip(rectified):
    """They may run anywhere else, so it is the simulator that refuses them."""
    network = model("rectified")
    to_spiking(network.stack, rectified[0], spikes="poisson")
    for backend in ("loihi", "nengo-loihi"):
        Simulator = backends.get(backend)
        with pytest.raises(
            ValidationError, match="neuron_type: must be LIF, .* on the chip"
        ):
            Simulator(network, progress_bar=None)


def test_layout_for_the_chip_changes_nothing_in_the_network(rectified):
    """The same network runs on a CPU afterwards, its units exchanged for nothing."""
    network = model("rectified")
    to_spiking(network.stack, rectified[0], rate=300, synapse=TAU)
    layer = network.stack.layers[0]
    objects = list(network.all_objects)
    before = np.array(run(network)[network.output])
    laid_out = lay_out(network)
    twin = laid_out.all_networks[1]
    assert layer.to_units not in twin.connections
    assert layer.from_units not in twin.connections
    assert (
        layer.ensemble in twin.ensembles and laid_out.all_probes == network.all_probes
    )
    assert network.all_objects == objects
    assert np.array_equal(run(network)[network.output], before)


def test_what_cannot_spike(rectified):
    network = model("rectified")
    network.stack.layers[0].ensemble.neuron_type = nengo.LIF()
    with pytest.raises(ValidationError, match="RectifiedLinear, LIFRate, Sigmoid or"):
        to_spiking(network.stack, rectified[0])
    result = Trained("test", {}, rectified[0].weights)
    with pytest.raises(ValidationError, match="activity of its units"):
        to_spiking(model("rectified").stack, result)


def test_needs_no_tensorflow(rectified, tmp_path):
    """Load, convert and run where neither TensorFlow nor NengoDL can be imported."""
    rectified[0].save(tmp_path / "model.npz")
    code = """
import sys
sys.modules["tensorflow"] = sys.modules["nengo_dl"] = None
import nengo
from nengo_lmu.networks import FEED_FORWARD, Stack
from nengo_lmu.networks.to_spiking import to_spiking
from nengo_lmu.networks.trained_network import Trained
import nengo_lmu.experiments.tasks
layer = {"n_hidden": 20, "theta": 0.3, "order": 6, "bias": True, **FEED_FORWARD}
with nengo.Network() as network:
    stack = Stack(1, [layer], 2, hidden_type=nengo.RectifiedLinear(amplitude=0.5))
to_spiking(stack, Trained.load(sys.argv[1]))
with nengo.Simulator(network, progress_bar=False) as simulator:
    simulator.run_steps(3)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "model.npz"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
