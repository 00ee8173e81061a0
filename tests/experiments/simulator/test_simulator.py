"""The benchmark of the compiled backend on small networks."""

import nengo
import numpy as np
import pytest

from nengo_lmu.experiments.simulator import run as bench_simulator
from nengo_lmu.experiments.simulator.run import BEGIN, END
from nengo_lmu.simulator import Simulator, populations

STARTS = ("nengo", "first", "second")


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(bench_simulator, "SECONDS", 0.002)
    monkeypatch.setattr(bench_simulator, "ROUNDS", 2)


def test_row():
    neuron_type, rates = bench_simulator.NETWORKS["Poisson 100-200 Hz"]
    network = bench_simulator.memory(neuron_type, rates, 60)
    row = bench_simulator.compare(
        "Poisson 100-200 Hz", network, 60, {"nengo-dl": Simulator}
    )
    assert row["nengo / compiled"] > 0
    assert row["compiled / floor"] > 0
    assert row["nengo-dl, us"] > 0
    assert row["nengo-ocl, us"] == "not installed"
    assert row["ns a neuron"] == pytest.approx(1e3 * row["compiled, us"] / 60)
    assert row["ns a neuron, float32"] > 0
    assert row["threads, us"] is None and row["compiled / threads"] is None


def test_threads(monkeypatch):
    """Large populations run on several threads, too."""
    monkeypatch.setattr(populations, "LARGE", 50)
    network = bench_simulator.memory(nengo.LIF(), (100, 200), 660)
    row = bench_simulator.compare("LIF", network, 660, {})
    assert row["compiled / threads"] > 0


def test_learning_row():
    row = bench_simulator.compare(
        "PES", bench_simulator.learning(20), 20, {"nengo-ocl": None}
    )
    assert row["nengo / compiled"] > 0
    assert row["floor, us"] is None
    assert row["nengo-ocl, us"] is None  # it could not be made


def test_floor_draws_as_many_spikes_as_are_to_be_drawn(monkeypatch):
    """The sum of decoders, all of them 1 here, is the number of spikes."""
    drawn = []

    def counted(emit, n_steps, populations, mean, decoders):
        drawn.append(emit(n_steps, populations, mean, np.ones_like(decoders)) / n_steps)
        return np.array([2.0, 1.0]) * n_steps

    monkeypatch.setattr(bench_simulator, "two_clocks", counted)
    for n_spikes in (5, 5000):
        np.testing.assert_allclose(bench_simulator.make_floor(600, n_spikes)(), [2, 1])
        assert drawn[-1] == pytest.approx(n_spikes, rel=0.05)


def test_figure(monkeypatch, tmp_path):
    """A panel for each network, and a line for each simulator that was there."""
    monkeypatch.setattr(bench_simulator, "other_simulators", dict)
    monkeypatch.setattr(bench_simulator, "starts", lambda: dict.fromkeys(STARTS, 1.0))
    page = tmp_path / "page.md"
    page.write_text(f"# A\n\n{BEGIN}\n\nold\n\n{END}\n\nB\n")
    rows = bench_simulator.run(tmp_path, page=page, sizes=(60, 120))
    assert len(rows) == 10 and "nengo 4" in (tmp_path / "simulator.md").read_text()
    text = page.read_text()
    assert text.startswith(f"# A\n\n{BEGIN}\n\n| network") and "old" not in text
    assert text.endswith(f"{END}\n\nB\n") and text.count("\n| LIF") == 2
    assert (tmp_path / "simulator.png").read_bytes().startswith(b"\x89PNG")
    axes = bench_simulator.draw(rows).axes
    lines = {line.get_label(): line.get_xdata() for line in axes[0].lines}
    assert list(lines["nengo_lmu.Simulator"]) == [60, 120]
    assert "nengo-dl" not in lines
