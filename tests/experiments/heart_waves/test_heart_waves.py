"""Heart waves: scores, energies, and the quick form from training to spikes."""

import json
from importlib.util import find_spec

import nengo
import numpy as np
import pytest
from click.testing import CliRunner
from scipy.io import savemat

from nengo_lmu.cli import main
from nengo_lmu.data.heart_waves import Waves
from nengo_lmu.experiments.heart_waves import network as net
from nengo_lmu.experiments.heart_waves.run import resources
from nengo_lmu.experiments.heart_waves.score import onset_error, score
from nengo_lmu.experiments.memory_run import play
from nengo_lmu.networks import IdealMemory, SpikingMemory
from nengo_lmu.networks.trained_network import Trained
from nengo_lmu.networks.weights import get_weights, set_weights

PARAMETERS = {
    "windows": [[5, 20], [10], [8]],
    "order": [3, 2, 1],
    "n_hidden": [4, 5, 3],
}
EXACT = 3 * [IdealMemory]


def waves_of(labels):
    labels = np.array(labels)
    events = np.zeros((*labels.shape, 4), np.float32)
    return Waves(events, labels, np.ones(labels.shape, bool))


def beats(n, n_steps, rng):
    """Sequences of beats: each wave begins with events of its own."""
    lengths = np.array([15, 8, 5, 4, 20, 18])
    x, y = np.zeros((n, n_steps, 4), np.int16), np.zeros((n, n_steps, 6), np.uint8)
    for k in range(n):
        one = np.repeat(np.arange(6), np.maximum(3, lengths + rng.randint(-1, 2, 6)))
        classes = np.resize(one, n_steps + 70)[rng.randint(70) :][:n_steps]
        y[k] = np.eye(6, dtype=np.uint8)[classes]
        for t in np.flatnonzero(np.diff(classes)) + 1:
            wave = classes[t]
            x[k, t : t + 3, wave % 4] = 1
            x[k, t : t + 3, (wave + 1 + wave // 4) % 4] = wave // 2 % 2
    return {"x": x, "y": y}


def test_score():
    """The first 10 steps and, for a wave, steps without a label are not counted."""
    waves = waves_of([[0] * 12 + [1] * 8])
    waves.labelled[:, :11] = False
    given = np.array([[3] * 11 + [1] * 9])
    found = score(given, waves)
    assert found["accuracy"] == pytest.approx(80)
    assert found["labelled"] == pytest.approx(100 * 8 / 9)
    two = waves_of(2 * [[0] * 20])
    assert score(np.array([[0] * 20, [0] * 15 + [1] * 5]), two)["error"] == (
        pytest.approx(100 * 0.25 / np.sqrt(2))
    )
    assert found["P"] == 0 and found["PQ"] == 100 and np.isnan(found["ST"])
    assert found["onset PQ (ms)"] == 4.0


def test_onset_error():
    """The distance to the nearest onset; far ones and those of no label are none."""
    waves = waves_of([[0] * 10 + [2] * 90 + [0] * 100 + [2] * 100])
    given = waves_of([[0] * 13 + [2] * 87 + [0] * 10 + [2] * 190]).labels
    assert onset_error(given, waves, 2) == 12.0
    waves.labelled[:, :50] = False
    assert np.isnan(onset_error(given, waves, 2))
    assert np.isnan(onset_error(0 * given, waves, 2))


def random_weights(rng):
    network = net.build(PARAMETERS, EXACT, seed=0)
    shapes = {name: of.shape for name, of in get_weights(network).items()}
    weights = {name: rng.normal(0, 0.5, shape) for name, shape in shapes.items()}
    for name in (name for name in weights if name.endswith(".b")):
        weights[name] = np.abs(weights[name]) + 1  # units of all layers are active
    return Trained(net.NAME, PARAMETERS, weights)


def run(trained, events, Simulator, synapse=None):
    """Hidden units of the first layer and outputs, at the end of each step."""
    with nengo.Network() as model:
        network = net.build(PARAMETERS, EXACT)
        set_weights(network, trained.weights)
        for layer in network.layers:
            layer.from_units.synapse = synapse
        values = net.stream(events, PARAMETERS)
        play(np.concatenate([values, values[-1:]]), network.input, net.DT)
        probes = [
            nengo.Probe(node) for node in (network.layers[0].hidden, network.output)
        ]
    with Simulator(model, dt=net.DT, progress_bar=None) as simulator:
        simulator.run_steps(len(values) + 1)
    hold, n_steps = round(net.HOLD / net.DT), events.shape[1]
    return [
        simulator.data[probe][hold::hold].reshape(2, -1, probe.size_in)[:, -n_steps:]
        for probe in probes
    ]


def test_hidden_units_are_those_of_the_network(rng, Simulator):
    """The first layer is exact at the end of each step, a step of 40 later."""
    trained, events = random_weights(rng), rng.randint(-1, 2, size=(2, 30, 4))
    hidden, _ = run(trained, events, Simulator)
    expected = net.hidden(trained.weights, PARAMETERS, events)
    assert np.allclose(hidden[0], expected[0], atol=1e-5)
    # The second sequence has a little left of the first.
    assert np.std(hidden[1] - expected[1]) < 0.1 * np.std(expected)


def test_layers_read_those_below_as_late_as_in_spikes(rng, Simulator, monkeypatch):
    """The lowpass of spikes, and what a layer does within a step."""
    trained, events = random_weights(rng), rng.randint(-1, 2, size=(2, 30, 4))
    _, outputs = run(trained, events, Simulator, nengo.Lowpass(net.SYNAPSE[False]))

    def error():
        rates = net.rate_outputs(trained, events)
        later = net.LAG * np.diff(rates, axis=1)
        missed = np.std(outputs[:, 1:] - rates[:, 1:] + later)
        return missed / np.std(rates - rates.mean(axis=1, keepdims=True))

    late = error()
    monkeypatch.setattr(net, "late", lambda values, before, steps: values)
    assert late < 0.35  # events at random are fast for windows of so few steps
    assert error() > 1.5 * late


def test_resources(rng):
    """Joules by hand, without a memory and with memories in neurons."""
    trained = random_weights(rng)
    row = resources(trained, "nengo-lmu", "ideal", {"memory": 0.0, "hidden": 5.0})
    assert row["memory_neurons"] == 0 and row["hidden_neurons"] == 12
    # W_m of all layers; rows of e_x and W_x of two of them, and of the read-out.
    synops = 4 * 24 + 5 * 12 + 3 * 6 + 5 * (6 + 5 + 6 + 3 + 6)
    by_hand = synops * 23.6e-12 + 12 * 40 * 81e-12 + 5 * 3.5e-12
    assert row["joules_per_s"] == pytest.approx(250 * by_hand)
    more = resources(trained, "nengo-lmu", "spiking", {"memory": 9.0, "hidden": 5.0})
    assert more["memory_neurons"] == (2 * 4 * 3 + 6 * 2 + 6) * net.N_EACH[False]
    assert more["joules_per_s"] > row["joules_per_s"]


def test_spiking_memories(rng):
    events = beats(2, 60, rng)["x"]
    settings = net.in_spikes(random_weights(rng), events)
    network = net.build(PARAMETERS, seed=0, **settings)
    memories = [m for layer in network.layers for m in layer.memory.memories]
    assert all(isinstance(memory, SpikingMemory) for memory in memories)
    assert np.allclose([memory.theta for memory in memories], [0.2, 0.8, 0.4, 0.32])


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return CliRunner().invoke(main, [*arguments])

    return run


def test_quick_form(command, tmp_path, rng):
    if find_spec("nengo_dl") is None:
        pytest.skip("nengo-dl is not installed")
    savemat("qtdb_train.mat", beats(40, 300, rng))
    savemat("qtdb_test.mat", beats(3, 300, rng))
    options = "--data", str(tmp_path)
    result = command("train", "heart-waves", "--quick", "--out", "out", *options)
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "out" / "result.json").read_text())
    assert found["accuracy"] > 80  # chance is the share of ST, 29 %
    for memory in ("ideal", "spiking"):
        more = "--backend", "nengo-lmu", "--memory", memory
        result = command("evaluate", "out", *more, *options)
        assert result.exit_code == 0, result.output
    rows = json.loads((tmp_path / "out" / "evaluations.json").read_text())
    for row in rows.values():
        assert row["rates"] == pytest.approx(found["accuracy"])
        assert row["accuracy"] > 85
    spiking = rows["nengo-lmu spiking"]
    assert spiking["memory_spikes"] > spiking["hidden_spikes"] > 0
    assert (tmp_path / "out" / "waves.png").is_file()


def test_mixed_up_files(command, tmp_path, rng):
    """The same sequences in both files are refused, and nothing is written."""
    for name in ("train", "test"):
        savemat(f"qtdb_{name}.mat", beats(2, 60, np.random.RandomState(0)))
    result = command("train", "heart-waves", "--out", "out", "--data", str(tmp_path))
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert "2 of 2 are the same" in result.stderr
    assert not (tmp_path / "out" / "model.npz").exists()
