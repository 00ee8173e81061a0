"""The comparison of errors: one run, and the table."""

import numpy as np
import pytest

from nengo_lmu.experiments.accuracy import bars
from nengo_lmu.experiments.accuracy import run as bench_accuracy


@pytest.mark.parametrize("recipe", bench_accuracy.RECIPES)
def test_accuracy_of_one_run(recipe, monkeypatch):
    monkeypatch.setattr(bench_accuracy, "SECONDS", 1.2)
    run = {"neuron": "rate", "neurons": 600, "recipe": recipe, "seed": 3}
    assert bench_accuracy.measure(run)["nrmse"] < 0.1


def test_accuracy_table(monkeypatch, tmp_path):
    def sweep(measure, runs, columns, path, workers):
        error = dict(zip(bench_accuracy.RECIPES, (0.1, 0.3, 0.2), strict=True))
        return [
            {
                **r,
                "nrmse": error[r["recipe"]] + 0.01 * (r["seed"] - 2),
                "n_spikes": 600 * (r["recipe"] == "ours"),
            }
            for r in runs
        ]

    monkeypatch.setattr(bench_accuracy, "sweep", sweep)
    monkeypatch.setattr(bench_accuracy, "run_bars", lambda out, workers: None)
    rows = bench_accuracy.run(tmp_path)
    assert [(r["neuron"], r["neurons"]) for r in rows] == bench_accuracy.CASES[::-1]
    for row in rows:
        assert row["ours"] == pytest.approx(0.1)
        assert row["peers"] == pytest.approx(0.3)
        assert row["spikes a second"] == 100
        assert row["ours: range"] == "0.08 to 0.12"
        assert row["peers / ours"] == pytest.approx(3)


def noise_run(tuning="default", seed=101):
    names = "signal", "neuron", "order", "neurons", "tuning", "seed", "seconds"
    return dict(
        zip(names, ("noise", "rectified", 6, 120, tuning, seed, 2.5), strict=True)
    )


def test_one_bar_of_noise():
    default, drawn = bars.measure(noise_run()), bars.measure(noise_run("drawn"))
    assert default["nrmse"] < drawn["nrmse"] / 3
    assert default["nrmse"] == pytest.approx(default["predicted"], rel=0.5)
    assert default["spikes_per_s"] > 1000


def test_one_bar_of_the_heartbeat():
    run = noise_run() | {"signal": "heartbeat", "seconds": "0-8", "order": 12}
    assert bars.measure(run)["nrmse"] < 0.03


def test_the_heartbeat_has_no_mean_where_it_is_laid_out():
    first, last = (round(second / bars.DT) for second in bars.LAYOUT)
    assert abs(np.mean(bars.electrocardiogram()[first:last])) < 1e-12


def test_bars_are_measured_on_what_they_are_not_laid_out_for():
    first, last = bars.LAYOUT
    assert all(end <= first or start >= last for start, end in bars.MEASURED)


def test_no_run_twice():
    keys = [tuple(run.values()) for run in bars.runs()]
    assert len(set(keys)) == len(keys)


def test_tables_of_the_bars(monkeypatch, tmp_path):
    def sweep(measure, runs, columns, path, workers):
        figures = {"predicted": 0.2, "spikes_per_s": 10.0}
        return [
            {
                **run,
                "nrmse": run["order"] / run["neurons"] * (1 + (run["seed"] == 102)),
                **figures,
            }
            for run in runs
        ]

    tables = {}

    def publish(out, name, title, rows, note):
        tables[name] = rows

    monkeypatch.setattr(bars, "sweep", sweep)
    monkeypatch.setattr(bars, "publish", publish)
    bars.run_bars(tmp_path)
    assert len(tables["noise"]) == len(bars.NOISE)
    for row in tables["noise"]:
        assert row["NRMSE"] == pytest.approx(2 / row["a dimension"])
        case = row["neuron"], row["order"], row["a dimension"]
        assert (row["drawn"] != "") == (case in bars.DRAWN)
    assert len(tables["heartbeat"]) == len(bars.HEART)
    assert len(tables["exponents"]) == len(bars.EXPONENTS)
    for row in tables["exponents"]:
        assert row["exponent"] == pytest.approx(-1)
