"""Unexpected inputs."""

import numpy as np
import pytest

from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.experiments.stress import run as experiment


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
    (row,) = experiment.run(tmp_path, trials=2, workers=1)
    assert row["before"] < 0.1 and np.isfinite(row["largest"])
    assert (tmp_path / "stress.csv").exists()
    assert "silence" in capsys.readouterr().out
