"""The benchmark of the emulator on a small memory."""

import pytest

from nengo_lmu.experiments.emulator.run import compare, memory_bandwidth


@pytest.mark.filterwarnings("ignore:Lost . extra bits", "ignore:tau_s is")
def test_row():
    row = compare(n_neurons=12, n_steps=20, bandwidth=1e9)
    assert row["neurons"] == "6 x 12"
    assert row["equal"]
    for name in ("values", "all"):
        assert row[f"whole run, {name}: equal"]
        assert row[f"whole run, {name}: ratio"] > 0
    assert row["spikes"] > 0
    # 72 int16 weights for each spike of a neuron
    assert row["weights, kB"] == pytest.approx(row["spikes"] * 72 * 2 / 1e3)
    assert row["floor, ms"] == pytest.approx(row["weights, kB"] * 1e-3)


def test_bandwidth_is_that_of_memory():
    assert 1e8 < memory_bandwidth() < 1e13
