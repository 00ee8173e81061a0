"""The measurement of one memory, and the files of a sweep."""

import json

import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.experiments.scaling import run as scaling
from nengo_lmu.experiments.scaling.run import COLUMNS, measure
from nengo_lmu.files import read_table

RUN = {
    "order": 2,
    "n_neurons": 60,
    "theta": 0.1,
    "freq": 10.0,
    "seconds": 0.3,
    "neuron": "poisson",
    "backend": "nengo-lmu",
    "seed": 1,
}


def test_measure():
    row = measure(RUN)
    assert set(RUN) | set(row) == set(COLUMNS)
    assert 0.03 < row["nrmse"] < 0.3
    # Their ratio is the rms of the window, of 0.2 s of an input of rms 0.5.
    assert 0.25 < row["rmse"] / row["nrmse"] < 0.6
    # 60 neurons of at most 200 Hz for 0.3 s, on average well below
    assert 300 < row["n_spikes"] < 3600 and row["n_spikes"] == round(row["n_spikes"])
    assert row["build_s"] > 0 and row["run_s"] > 0 and row["peak_mb"] >= 0
    assert "nengo_lmu" in row["versions"] and "numpy" in row["versions"]
    again = measure(RUN)
    assert [again[k] for k in ("nrmse", "n_spikes")] == [
        row[k] for k in ("nrmse", "n_spikes")
    ]
    assert measure({**RUN, "seed": 2})["nrmse"] != row["nrmse"]


def test_rate_neurons_have_no_spikes():
    assert measure({**RUN, "neuron": "rate"})["n_spikes"] == 0


def test_files(tmp_path, monkeypatch, capsys):
    """Everything but the processes, which the tests of the sweep cover."""

    def serial(function, runs, workers):
        return ((index, function(run)) for index, run in enumerate(runs))

    monkeypatch.setattr(scaling, "run_in_processes", serial)
    rows, fit = scaling.run(
        [1, 2, 9], [40, 80, 200], tmp_path, trials=2, theta=0.05, seconds=0.1
    )
    assert "left out: m = 80 for d = 9, m = 40 for d = 9\n" in capsys.readouterr().out
    assert repr(rows) == repr(read_table(tmp_path / "results.csv"))  # NaN among them
    assert list(rows[0]) == COLUMNS
    assert sorted({(r["order"], r["n_neurons"], r["seed"]) for r in rows}) == [
        (d, m, s)
        for d in (1, 2, 9)
        for m in (40, 80, 200)
        for s in (0, 1)
        if m >= 10 * d
    ]
    assert rows[0]["n_neurons"] == 200  # the longest first
    assert {row["freq"] for row in rows} == {10}
    assert json.loads((tmp_path / "fit.json").read_text()) == fit
    assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")
    text = (tmp_path / "scaling.md").read_text()
    assert "through 2 of 7 combinations" in text
    (line,) = (line for line in text.splitlines() if line.startswith("| 80 |"))
    assert line.count("(") == 2 and line.endswith("| – |")


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
