"""Unexpected inputs."""

import numpy as np
import pytest

from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.experiments.stress import ranges
from nengo_lmu.experiments.stress import run as experiment
from nengo_lmu.files import read_table


@pytest.mark.parametrize("stress", experiment.STRESSES)
def test_the_input_is_unexpected_in_its_time_only(stress):
    expected, u, event = experiment.signal(stress, seed=1)
    windows = round(experiment.STRESSES[stress] * 1000)
    assert (event.start, event.stop) == (5000, 5000 + windows)
    assert len(u) == event.stop + 8000
    same = u == expected
    assert np.all(same[: event.start]) and np.all(same[event.stop :])
    assert not np.any(same[event])
    usual, stressed = np.std(expected[: event.start]), u[event]
    if stress == "silence":
        assert np.all(stressed == 0)
    if "burst" in stress:
        assert np.std(stressed) > 1.5 * usual
    if "offset" in stress:
        assert np.mean(stressed) == pytest.approx(1.0, abs=0.4)
    if "band" in stress:
        power = np.abs(np.fft.rfft(stressed * np.hanning(len(stressed)))) ** 2
        beyond = np.fft.rfftfreq(len(stressed), 0.001) > 1.4
        assert (np.sum(power[beyond]) / np.sum(power) < 0.05) == ("half" in stress)


def test_an_ideal_state_has_no_error():
    _, u, _ = experiment.signal("silence", seed=1)
    state = np.vstack([np.zeros((1, 12)), ideal_state(u, 12, 1.0, 0.001)[:-1]])
    np.testing.assert_allclose(experiment.error_over_time(state, u), 0, atol=1e-9)
    state[3000] += 1.0
    error = experiment.error_over_time(state, u)
    assert np.all(error[3000:3500] > 0.01) and np.all(error[3501:] < 1e-6)


@pytest.mark.parametrize("neuron", ["rectified", "regular", "lif"])
def test_a_memory_comes_back_from_a_burst_within_three_windows(neuron):
    run = {"stress": "burst of 10 times the rms", "neuron": neuron, "seed": 401}
    found = experiment.measure(run | {"neurons": 1200, "backend": "nengo-lmu"})
    assert found["largest"] > 3 * found["before"]
    assert found["back"] <= 3


def test_end_to_end(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(experiment, "STRESSES", {"silence": 1})
    monkeypatch.setattr(experiment, "MEMORIES", [("rectified", 240, "nengo-lmu")])
    (row,) = experiment.run(tmp_path, trials=2, workers=1, only="events")
    assert row["before"] < 0.1 and np.isfinite(row["largest"])
    assert (tmp_path / "stress.csv").exists()
    assert "silence" in capsys.readouterr().out


def test_ranges(tmp_path, monkeypatch, capsys):
    """What is as designed has no warning, what is not has one, and a larger error."""
    inputs = {name: ranges.INPUTS[name] for name in ("as designed", "3 times the rms")}
    small = {"INPUTS": inputs, "SECONDS": 8.0, "ORDERS": (3,), "N_SIGNALS": 2}
    for name, value in small.items():
        monkeypatch.setattr(ranges, name, value)
    # In this process, where these are the settings.
    monkeypatch.setattr(
        ranges,
        "sweep",
        lambda measure, runs, *rest, **_: [r | measure(r) for r in runs],
    )
    memories = [("rectified", 240, "nengo-lmu")]
    ranges.run_ranges(tmp_path, memories, 12, trials=1, workers=1)
    loud, expected = read_table(tmp_path / "range.csv")
    assert (expected["warned"], loud["warned"]) == (0, 1)
    assert loud["nrmse"] > 5 * expected["nrmse"] and loud["after"] <= 5
    *noise, heartbeat = read_table(tmp_path / "false-alarms.csv")
    assert [row["runs"] for row in noise] == [2, 2, 2] and heartbeat["runs"] > 9
    assert all(row["warned"] == 0 for row in noise)
    assert "Inputs out of range" in capsys.readouterr().out
