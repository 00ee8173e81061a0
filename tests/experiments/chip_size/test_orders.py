"""The benchmark of chains against the order, at a small one."""

import numpy as np
import pytest

from nengo_lmu.files import read_table

pytest.importorskip("nengo_lmu.loihi")

from nengo_lmu.experiments.chip_size import orders  # noqa: E402


def test_table_and_figures(tmp_path):
    table = orders.run(
        tmp_path, orders=[2], seconds=3.0, trials=1, workers=1, heart=False
    )
    chain, dense = table
    assert (chain["form"], dense["form"]) == ("chain", "dense")
    assert dense["synapses"] == 200**2 and chain["cores"] == 1
    assert chain["nrmse"] < dense["nrmse"] < 0.2
    assert 0.3 < chain["nrmse"] / chain["predicted"] < 3
    written = read_table(tmp_path / "table.csv")
    assert [row["form"] for row in written] == ["chain", "dense"]
    for name in ("chip-orders.png", "chain.png"):
        assert (tmp_path / name).stat().st_size > 10_000


def test_nothing_reported_was_used_in_the_design():
    runs = orders.all_runs([12, 128], 20.0, 3)
    assert min(run["seed"] for run in runs if run["signal"] == "noise") >= 101
    heart = [run for run in runs if run["signal"] == "heart"]
    assert min(run["seed"] for run in heart) >= orders.HEART_SAMPLE.stop
    assert max(run["seed"] + run["seconds"] for run in heart) <= 300
    assert {run["theta"] for run in runs if run["order"] == 128} == {4.0}
    # The long runs are begun first.
    assert [run["order"] for run in runs[:3]] == [128] * 3


def test_electrocardiogram_has_no_mean_where_it_is_designed_for():
    u = orders.electrocardiogram()
    assert len(u) == pytest.approx(300_000, rel=1e-3)
    assert abs(np.mean(u[20_000:80_000])) < 1e-12
