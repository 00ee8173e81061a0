"""The comparison of errors: one run, and the table."""

import pytest

from nengo_lmu.experiments.accuracy import run as bench_accuracy


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
    rows = bench_accuracy.run(tmp_path)
    assert [(r["neuron"], r["neurons"]) for r in rows] == bench_accuracy.CASES[::-1]
    for row in rows:
        assert row["ours"] == pytest.approx(0.1)
        assert row["peers"] == pytest.approx(0.3)
        assert row["spikes a second"] == 100
        assert row["ours: range"] == "0.08 to 0.12"
        assert row["peers / ours"] == pytest.approx(3)
