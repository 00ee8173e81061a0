"""The measurement of one memory, and the files of a sweep."""

import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.experiments.scaling import run as scaling
from nengo_lmu.experiments.scaling.run import COLUMNS, measure
from nengo_lmu.files import read_table

RUN = {
    "order": 2,
    "n_neurons": 60,
    "theta": 0.1,
    "band": "same",
    "freq": 10.0,
    "tolerance": 0.1,
    "neuron": "poisson",
    "backend": "nengo-lmu",
    "seed": 1,
}


def test_measure():
    row = measure(RUN)
    assert set(RUN) | set(row) == set(COLUMNS)
    assert 0.03 < row["nrmse"] < 0.3
    # Their ratio is the rms of the window, at most that of the input: 0.5 in a period.
    assert 0.25 < row["rmse"] / row["nrmse"] < 0.5
    # 60 neurons of at most 200 Hz, on average well below
    assert 1000 < row["spike_rate"] < 12000 and 0 < row["watts"] < 1e-4
    assert row["build_s"] > 0 and row["run_s"] > 0 and row["peak_mb"] >= 0
    assert "nengo_lmu" in row["versions"] and "numpy" in row["versions"]
    again = measure(RUN)
    assert [again[k] for k in ("nrmse", "spike_rate")] == [
        row[k] for k in ("nrmse", "spike_rate")
    ]
    assert measure({**RUN, "seed": 2})["nrmse"] != row["nrmse"]


def test_a_run_is_as_long_as_its_statistics_need(monkeypatch):
    """In 3 windows and whole periods of 10; until it is accurate, or to an end."""
    coarse, fine = (measure({**RUN, "tolerance": t}) for t in (0.1, 0.02))
    for row, tolerance in ((coarse, 0.1), (fine, 0.02)):
        assert row["standard_error"] <= tolerance
        assert (row["seconds"] / 0.1 - 3) % 10 == pytest.approx(0, abs=1e-6)
    assert fine["seconds"] > 5 * coarse["seconds"]
    assert fine["nrmse"] == pytest.approx(coarse["nrmse"], rel=0.3)
    monkeypatch.setattr(scaling, "NEURON_WINDOWS", 60 * 33)
    capped = measure({**RUN, "tolerance": 0.001})
    assert capped["seconds"] == pytest.approx(0.1 * (3 + 40))
    assert capped["standard_error"] > 0.001


def test_standard_error_is_that_of_other_runs():
    """Of ten runs, whose errors differ by as much: within factors of a chi-square."""
    rows = [
        measure({**RUN, "tolerance": 1.0, "n_neurons": 200, "seed": seed})
        for seed in range(10)
    ]
    spread = np.std(np.log([row["nrmse"] / row["nrmse_predicted"] for row in rows]))
    errors = np.sqrt(np.mean([row["standard_error"] ** 2 for row in rows]))
    assert errors / 2.5 < spread < 2.5 * errors


def test_rate_neurons_have_no_spikes():
    assert measure({**RUN, "neuron": "rate"})["spike_rate"] == 0


def serial(function, runs, workers):
    return ((index, function(run)) for index, run in enumerate(runs))


def test_files(tmp_path, monkeypatch, capsys):
    """Everything but the processes, which the tests of the sweep cover."""
    monkeypatch.setattr(scaling, "run_in_processes", serial)
    monkeypatch.setattr(scaling, "MANY", 100)
    neurons = [40, 100, 200, 400]
    rows, fits = scaling.run(
        [1, 2, 9], neurons, tmp_path, trials=3, theta=0.05, tolerance=1.0
    )
    assert "left out: m = 40 for d = 9\n" in capsys.readouterr().out
    assert repr(rows) == repr(read_table(tmp_path / "results.csv"))  # NaN among them
    assert list(rows[0]) == COLUMNS
    # More neurons than 100 have two trials.
    assert sorted({(r["order"], r["n_neurons"], r["seed"]) for r in rows}) == [
        (d, m, s)
        for d in (1, 2, 9)
        for m in neurons
        for s in range(2 if m > 100 else 3)
        if m >= 10 * d
    ]
    assert rows[0]["n_neurons"] == 400  # the longest first
    assert {row["freq"] for row in rows} == {10}
    assert len(read_table(tmp_path / "exponents.csv")) == len(fits) > 3
    assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")
    text = (tmp_path / "scaling.md").read_text()
    (line,) = (line for line in text.splitlines() if line.startswith("| 40 |"))
    assert line.count("(") == 2 and line.endswith("| – |")


def test_band_in_proportion_to_the_order(tmp_path, monkeypatch):
    monkeypatch.setattr(scaling, "run_in_processes", serial)
    settings = {"trials": 1, "theta": 0.05, "tolerance": 1.0, "freq": "order"}
    rows, _ = scaling.run([3, 6], [120], tmp_path, **settings)
    freqs = {row["order"]: row["freq"] for row in rows}
    assert freqs == pytest.approx({3: 20, 6: 40})
    assert {row["band"] for row in rows} == {"order"}
    with pytest.raises(ValidationError, match="a number of Hz or 'order'.*'band'"):
        scaling.run([3], [120], tmp_path, freq="band")


def test_too_few_neurons(tmp_path):
    with pytest.raises(ValidationError, match="at least 20 .10 for each dim.*, got 15"):
        scaling.run([2, 4], [7, 15], tmp_path)


def test_room_for_the_largest_run(tmp_path, monkeypatch):
    """0.9 GB for a million neurons of order 10: one at a time, two, or none."""

    def said(function, runs, workers):
        asked.append(workers)
        raise KeyboardInterrupt

    asked = []
    monkeypatch.setattr(scaling, "run_in_processes", said)
    for free in (1.5e9, 2.5e9):
        monkeypatch.setattr(scaling, "available_bytes", lambda free=free: int(free))
        with pytest.raises(KeyboardInterrupt):
            scaling.run([10, 20], [10**6, 500], tmp_path, workers=2)
    assert asked == [1, 2]
    monkeypatch.setattr(scaling, "available_bytes", lambda: 5 * 10**8)
    message = "the 0.5 GB of memory .* '1000000 neurons of order 10, .* about 0.9 GB"
    with pytest.raises(ValidationError, match=message):
        scaling.run([10, 20], [10**6, 500], tmp_path)
