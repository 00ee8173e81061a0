import numpy as np
import pytest

from nengo_lmu.experiments.outputs import run as bench


def test_one_memory_in_short():
    """Every function has its figures; what has a bar of its own is within it."""
    row = bench.measure({"memory": "regular", "seed": 7}, seconds=2.5)
    assert list(row) == [
        name for name in bench.COLUMNS if name not in ("memory", "seed")
    ]
    for name in ("product_of_channels", "product_of_delays", "rms", "maximum"):
        assert row[f"{name} error"] < row[f"{name} bar"]
    assert row["product_of_delays product"] > row["product_of_delays error"]
    assert row["delay bar"] == pytest.approx(row["delay delay"] + 0.01)


def test_a_row_for_each_memory_and_function(tmp_path, monkeypatch, capsys):
    def sweep(measure, runs, columns, path, workers):
        values = {"error": 0.1, "expected": 0.2, "bar": 0.1, "lag": 0.05}
        return [
            run
            | {f"{n} {k}": v + (run["seed"] == 302) for n in bench.NAMES
               for k, v in values.items()}
            | {f"{n} {k}": "" for n in bench.NAMES for k in ("product", "delay")}
            for run in runs
        ]  # fmt: skip

    monkeypatch.setattr(bench, "sweep", sweep)
    rows = bench.run(tmp_path)
    assert len(rows) == len(bench.MEMORIES) * len(bench.CASES)
    for row in rows:
        assert row["error"] == pytest.approx(0.1 + 1 / 3)
        assert row["largest"] == pytest.approx(1.1)
        assert row["met"] == "3 of 3" and row["Product"] == ""
    assert (tmp_path / "outputs.csv").exists()
    assert "Product" in capsys.readouterr().out


def test_error_is_relative_to_the_truth():
    true = np.array([3.0, -4.0])
    assert bench.error(true + 0.5, true) == pytest.approx(0.5 / np.sqrt(12.5))
