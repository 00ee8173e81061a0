"""The table of readers, without running them."""

from nengo_lmu.experiments.nir.readers import READERS
from nengo_lmu.experiments.nir.run import DT, MEMORIES, OURS, _table, runs


def results(readers):
    """Rows of these readers and of ours."""
    rows = []
    for memory in MEMORIES:
        rows += [(memory, "dense", OURS, reset, 0.01) for reset in ("zero", "subtract")]
        rows += [(memory, "", "not exported", "", 0.002)]
        rows += [(memory, "dense", name, "zero", 0.012) for name in readers]
    names = "memory", "form", "reader", "reset", "nrmse"
    more = {"dt": DT, "expected": 0.011, "largest": 0.013}
    return [dict(zip(names, row, strict=True)) | more for row in rows]


def test_readers_that_are_absent_are_named():
    table = _table(results(["norse"]))
    by_reader = {row["reader"]: row for row in table if row["memory"] == "order 6"}
    assert set(by_reader) == {*READERS, OURS, "not exported"}
    assert by_reader["norse"]["NRMSE / ours"] == 1.2
    for name in READERS:
        if name != "norse":
            there = READERS[name].installed
            why = "not measured" if there else "not installed"
            assert by_reader[name]["NRMSE"] == why


def test_runs_are_of_installed_readers():
    there = {name for name, reader in READERS.items() if reader.installed}
    assert {run["reader"] for run in runs()} == there | {OURS, "not exported"}
    chains = [run for run in runs(chains=True) if run not in runs()]
    assert {run["form"] for run in chains} <= {"factored"}
