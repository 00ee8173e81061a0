"""Memories with imperfections."""

import nengo
import numpy as np
import pytest

from nengo_lmu import Simulator, design_memory
from nengo_lmu.experiments.robustness import run as experiment
from nengo_lmu.experiments.robustness.network import KICK, memory_with

SIZE = 0.05


def design(neuron_type=None, **choices):
    kind = nengo.SpikingRectifiedLinear() if neuron_type is None else neuron_type
    return design_memory(120, 3, 1.0, neuron_type=kind, freq=1.0, seed=0, **choices)


def spikes(imperfection, size, seconds, kind=None):
    """Spikes of the first population, (n_steps, n), at a constant input."""
    with nengo.Network(seed=0) as model:
        memory = memory_with(imperfection, size, design(kind), seed=1)
        nengo.Connection(nengo.Node(0.2), memory.input, synapse=None)
        probe = nengo.Probe(memory.neurons[0])
    with Simulator(model, progress_bar=None) as sim:
        sim.run(seconds)
    return np.array(sim.data[probe]) * memory.dt


def test_gains_scatter_by_their_size():
    gains = [
        np.concatenate([e.gain for e in memory.all_ensembles])
        for memory in (built("scatter", 0.0), built("scatter", SIZE))
    ]
    assert np.std(gains[1] / gains[0]) == pytest.approx(SIZE, rel=0.2)  # 120 neurons


def built(imperfection, size):
    with nengo.Network():
        return memory_with(imperfection, size, design(), seed=3)


def test_the_part_that_is_lost():
    """What arrives at the decoded value; the neurons fire as before."""
    rng = np.random.RandomState(0)
    with nengo.Network():
        memory = memory_with("lost spikes", 0.2, design(), seed=3)
    nodes = [node for node in memory.all_nodes if node.label == "not lost"]
    assert len(nodes) == 3
    passed = np.mean([nodes[0].output(0.0, np.ones(40)) for _ in range(500)])
    assert passed == pytest.approx(0.8, abs=0.012)  # 4 standard errors
    assert set(np.unique(nodes[0].output(0.0, rng.rand(40) + 1) > 0)) == {False, True}


@pytest.mark.parametrize("kind", [nengo.SpikingRectifiedLinear(), nengo.LIF()])
def test_a_kick_moves_the_spikes_from_then_on(kind):
    last = round(KICK * 1000) - 1
    before, after = slice(0, last), slice(last + 5, None)
    kicked, quiet = spikes("kick", 0.1, 3.3, kind), spikes("kick", 0.0, 3.3, kind)
    np.testing.assert_array_equal(kicked[before], quiet[before])
    assert np.any(kicked[after] != quiet[after])
    counts = kicked[after].sum(), quiet[after].sum()
    assert counts[0] == pytest.approx(counts[1], rel=0.03)


def test_noise_spreads_intervals():
    """A rectified neuron at a constant current is regular without it."""

    def spread(size):
        fired = spikes("noise", size, 3.0)[1000:]
        times = [np.flatnonzero(fired[:, k]) for k in range(fired.shape[1])]
        return np.mean([np.std(np.diff(t)) / np.mean(np.diff(t)) for t in times])

    assert spread(0.3) > spread(0.0) + 0.1


def test_end_to_end(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        experiment, "SIZES", {name: (0.0, 0.1) for name in experiment.SIZES}
    )
    monkeypatch.setattr(experiment, "SECONDS", 4.0)
    monkeypatch.setattr(experiment, "N_EACH", 20)
    rows = experiment.run(tmp_path, trials=1, workers=1)
    assert len(rows) == 4 * 2 * 2 * 2
    names = {path.name for path in tmp_path.iterdir()}
    assert {"results.csv", "robustness.csv", "robustness.png"} <= names
    in_turn = {
        row["size"]: row["nrmse"]
        for row in rows
        if (row["imperfection"], row["neuron"], row["tuning"])
        == ("scatter", "rectified", "interleaved")
    }
    assert in_turn[0.1] > 3 * in_turn[0.0]
    assert "scatter" in capsys.readouterr().out
