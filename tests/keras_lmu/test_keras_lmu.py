"""Layers of keras-lmu compute the same in nengo."""

import json
import zipfile
from pathlib import Path

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError
from scipy.special import expit

from nengo_lmu import SpikingMemory, from_keras_lmu, state_space
from nengo_lmu.keras_lmu.files import read_layers
from nengo_lmu.networks import to_spiking
from nengo_lmu.networks.weights import get_weights
from nengo_lmu.theory.lti import discretize

pytest.importorskip("h5py", reason="h5py reads the files")

FILES = Path(__file__).parent / "files"
STORED = {
    name: array
    for file in sorted(FILES.glob("*.npz"))
    for name, array in np.load(file).items()
}
LAYERS = sorted({name.partition(" ")[0] for name in STORED})


def run(lmu, x, dt=0.001):
    """Hidden states for each input, from a first one of zero on."""
    with nengo.Network() as network:
        network.add(lmu)
        source = nengo.Node(nengo.processes.PresentInput(x[1:], dt))
        nengo.Connection(source, lmu.input, synapse=None)
        hidden = nengo.Probe(lmu.hidden)
    with nengo.Simulator(network, dt=dt, progress_bar=False) as simulator:
        simulator.run_steps(len(x))
    return simulator.data[hidden]


def test_there_are_twenty_layers():
    assert len(LAYERS) == 20


@pytest.mark.parametrize("name", LAYERS)
def test_outputs_are_those_of_keras_lmu(name):
    x, y = STORED[f"{name} x"], STORED[f"{name} y"]
    found = run(from_keras_lmu(FILES / name), x)
    assert np.max(np.abs(y)) > 0.01
    np.testing.assert_allclose(found, y, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_stored_outputs_are_those_of_the_equations(name):
    """An implementation of its own; Voelker, Kajić, Eliasmith (2019), eq. 4 to 7."""
    (layer,) = read_layers(FILES / name)
    config, w = layer.config, layer.weights
    x, order, size = STORED[f"{name} x"], config["order"], config["memory_d"]
    theta = 1 / w.get("theta_inv", 1 / config["theta"])
    A, B = discretize(*state_space(order, theta), 1.0)
    f = {"tanh": np.tanh, "relu": lambda a: np.maximum(a, 0), "sigmoid": expit}
    f = f[config["hidden_cell"]["config"]["activation"]]
    m, h, found = np.zeros(size * order), 0 * w["hidden/kernel"][0], []
    for x_t in x:
        into = np.append(x_t, h) if config.get("hidden_to_memory") else x_t
        u = into @ w.get("kernel", np.eye(size)) if "kernel" in w else into
        u = u + m @ w.get("recurrent_kernel", np.zeros((size * order, size)))
        m = (m.reshape(size, order) @ A.T + np.outer(u, B)).ravel()
        into = np.append(m, x_t) if config["input_to_hidden"] else m
        current = into @ w["hidden/kernel"] + w.get("hidden/bias", 0)
        if "hidden/recurrent_kernel" in w:
            current = current + h @ w["hidden/recurrent_kernel"]
        h = f(current)
        found.append(h)
    np.testing.assert_allclose(found, STORED[f"{name} y"], rtol=1e-5, atol=1e-5)


def parts_of(name):
    """Description of a layer, and the weights of its archive."""
    with zipfile.ZipFile(FILES / name) as archive:
        config = json.loads(archive.read("config.json"))
        return config["config"]["layers"][-1], archive.read("model.weights.h5")


def test_weights_only(tmp_path):
    """They have no description: the arguments of the layer are given."""
    name = "keras3-0.keras"
    layer, data = parts_of(name)
    path = tmp_path / "my.weights.h5"
    path.write_bytes(data)
    with pytest.raises(ValidationError, match="weights only: give the arguments"):
        from_keras_lmu(path)
    found = run(from_keras_lmu(path, config=layer["config"]), STORED[f"{name} x"])
    np.testing.assert_allclose(found, STORED[f"{name} y"], rtol=1e-5, atol=1e-5)


def rewritten(tmp_path, name, change):
    """A file whose description is another."""
    path = tmp_path / name
    with zipfile.ZipFile(FILES / name) as old, zipfile.ZipFile(path, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            if part == "config.json":
                model = json.loads(data)
                change(model["config"]["layers"][-1])
                data = json.dumps(model)
            new.writestr(part, data)
    return path


@pytest.mark.parametrize(
    "path, value, message",
    [
        (["config", "discretizer"], "euler", "discretizer 'zoh'"),
        (["config", "hidden_cell"], None, "IdealMemory"),
        (["config", "hidden_cell", "class_name"], "LSTMCell", "SimpleRNNCell or Dense"),
        (["config", "hidden_cell", "config", "activation"], "elu", "tanh, relu"),
        (["config", "order"], 77, "inputs, as its arguments say"),
        (["class_name"], "LSTM", "LMU or LMUFeedforward, is one of InputLayer, LSTM"),
    ],
)
def test_other_layers_are_refused_in_one_line(tmp_path, path, value, message):
    def change(layer):
        for key in path[:-1]:
            layer = layer[key]
        layer[path[-1]] = value

    with pytest.raises(ValidationError, match=message) as error:
        from_keras_lmu(rewritten(tmp_path, "keras3-0.keras", change))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["keras3-0.keras", "keras2-0.h5"])
def test_files_that_are_none(tmp_path, name):
    whole, path = (FILES / name).read_bytes(), tmp_path / name
    for data in (whole[: len(whole) // 2], b"", b"not a file of Keras"):
        path.write_bytes(data)
        with pytest.raises(ValidationError, match="must be a whole file of a Keras"):
            from_keras_lmu(path)
    with pytest.raises(OSError):
        from_keras_lmu(tmp_path / "missing.keras")


def test_arguments_are_checked():
    path = FILES / "keras3-0.keras"
    with pytest.raises(ValidationError, match="layer: must be one of lmu"):
        from_keras_lmu(path, layer="other")
    with pytest.raises(ValidationError, match="config: must be the arguments"):
        from_keras_lmu(path, config=3)
    with pytest.raises(ValidationError, match="dt: must be"):
        from_keras_lmu(path, dt=-1)


def test_a_memory_in_neurons_and_spiking_units():
    """A layer of tanh units, whose memory and units then spike."""
    name = next(name for name in LAYERS if "tanh" in activation(name))
    given = {"n_neurons": 600, "freq": 3.0, "theta": 0.5}
    lmu = from_keras_lmu(FILES / name, **given)
    before = get_weights(lmu)
    to_spiking(lmu)
    assert isinstance(lmu.memory, SpikingMemory) and lmu.memory.theta == 0.5
    assert lmu.ensemble.neuron_type.spiking
    for key, weight in get_weights(lmu).items():
        np.testing.assert_array_equal(weight, before[key])


def activation(name):
    (layer,) = read_layers(FILES / name)
    return layer.config["hidden_cell"]["config"]["activation"]
