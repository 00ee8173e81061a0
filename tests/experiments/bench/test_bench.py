"""The benchmarks run and write their tables; what they find is not asserted here."""

import json
import re

import pytest

from nengo_lmu.experiments.bench import accuracy as bench_accuracy
from nengo_lmu.experiments.bench import bench
from nengo_lmu.experiments.bench import build as bench_build
from nengo_lmu.files import read_table


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(bench_build, "NEURONS", [60, 120, 240, 480])
    monkeypatch.setattr(bench_build, "BY_DEFAULT", 240)
    monkeypatch.setattr(bench_build, "REPEATS", 1)
    monkeypatch.setattr(bench_build, "LARGEST", 800)


def test_build(small, tmp_path):
    tables = bench.run_bench(["build"], tmp_path)
    rows = read_table(tmp_path / "build.csv")
    assert [row["neurons"] for row in rows] == [60, 120, 240, 480]
    assert [row["nengo, defaults"] == "" for row in rows] == [False] * 3 + [True]
    data = json.loads((tmp_path / "build.json").read_text())
    assert data["rows"] == tables["build"]
    assert "numpy" in data["where"]
    text = (tmp_path / "build.md").read_text()
    assert "| 480 |" in text
    assert re.search(r"800 neurons of order 8 .* process of 0\.\d+ GB", text)


@pytest.mark.parametrize("recipe", ["ours", "peers"])
def test_accuracy_of_one_run(recipe, monkeypatch):
    monkeypatch.setattr(bench_accuracy, "SECONDS", 1.2)
    run = {"neuron": "rate", "neurons": 600, "recipe": recipe, "seed": 3}
    assert bench_accuracy.measure(run)["nrmse"] < 0.1


def test_accuracy_table(monkeypatch, tmp_path):
    def sweep(measure, runs, columns, path, workers):
        error = {"ours": 0.1, "peers": 0.3}
        return [
            {
                **r,
                "nrmse": error[r["recipe"]] + 0.01 * (r["seed"] - 2),
                "n_spikes": 600 * (r["recipe"] == "ours"),
            }
            for r in runs
        ]

    monkeypatch.setattr(bench_accuracy, "sweep", sweep)
    rows, _ = bench_accuracy.run(tmp_path, 2)
    assert [(r["neuron"], r["neurons"]) for r in rows] == bench_accuracy.CASES[::-1]
    for row in rows:
        assert row["ours"] == pytest.approx(0.1)
        assert row["peers"] == pytest.approx(0.3)
        assert row["spikes a second"] == 100
        assert row["ours: range"] == "0.08 to 0.12"
        assert row["peers / ours"] == pytest.approx(3)


def test_exponent():
    rows = [{"neurons": m, "s": 1e-6 * m**2} for m in (10, 100, 1000)]
    assert bench_build._exponent([*rows, {"neurons": 5, "s": None}], "s") == (
        pytest.approx(2)
    )
