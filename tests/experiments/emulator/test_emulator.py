"""The benchmark of the emulator on a small memory."""

import pytest

from nengo_lmu.experiments.emulator.run import compare, memory_bandwidth


@pytest.mark.filterwarnings("ignore:Lost . extra bits", "ignore:tau_s is")
def test_row():
    row = compare(n_neurons=12, n_steps=20, bandwidth=1e9)
    assert row["neurons"] == "6 x 12"
    assert row["equal"]
    for name in ("values", "all"):
        assert row["whole"][f"{name}, equal"]
        assert row["whole"][f"{name}, ratio"] > 0
    assert row["spikes"] > 0
    # 72 int16 weights for each spike of a neuron
    assert row["weights, kB"] == pytest.approx(row["spikes"] * 72 * 2 / 1e3)
    assert row["floor, ms"] == pytest.approx(row["weights, kB"] * 1e-3)


def test_bandwidth_is_that_of_the_fastest_read(monkeypatch):
    """256 MB in the shortest of the times of whole reads."""
    times = iter([0.5, 0.25, 1.0, 0.5, 0.5])

    def seconds(read):
        assert read() == 1.0
        return next(times)

    monkeypatch.setattr("nengo_lmu.experiments.emulator.run.seconds", seconds)
    assert memory_bandwidth() == 2**28 / 0.25
