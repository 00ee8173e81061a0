"""The benchmark of the compiled backend on small networks."""

import pytest

from nengo_lmu.experiments import bench_simulator
from nengo_lmu.simulator import Simulator


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(bench_simulator, "SECONDS", 0.002)
    monkeypatch.setattr(bench_simulator, "ROUNDS", 2)


def test_row():
    neuron_type, rates = bench_simulator.NETWORKS["Poisson 100-200 Hz"]
    network = bench_simulator.memory(neuron_type, rates, 60)
    row = bench_simulator.compare(
        "Poisson 100-200 Hz", network, 60, {"nengo-dl": Simulator, "nengo-ocl": None}
    )
    assert row["nengo / compiled"] > 0
    assert row["compiled / floor"] > 0
    assert row["nengo-dl, us"] > 0
    assert row["nengo-ocl, us"] is None  # it could not be made
    assert row["ns a neuron"] == pytest.approx(1e3 * row["compiled, us"] / 60)


def test_learning_row():
    row = bench_simulator.compare("PES", bench_simulator.learning(20), 20, {})
    assert row["nengo / compiled"] > 0
    assert row["compiled / floor"] is None


def test_floor_grows_with_spikes():
    assert bench_simulator.floor(600, 500) > 10 * bench_simulator.floor(600, 5)
