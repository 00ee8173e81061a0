"""The benchmark of sizes on the chip, with few neurons."""

import pytest

from nengo_lmu.experiments.chip_size.run import run
from nengo_lmu.files import read_table

pytest.importorskip("nengo_lmu.loihi")


def test_table_and_figure(tmp_path):
    sizes = {"dense": [20], "loops": [250], "decoded": [40]}
    table = run(tmp_path, orders=[2], sizes=sizes, seconds=3.5, trials=1, workers=1)
    decoded, dense, loops = table
    assert (dense["n_loops"], dense["synapses"]) == (1, 20**2)
    assert (loops["n_loops"], loops["synapses"]) == (2, 2 * 125**2)
    assert dense["cores"] == 1 and loops["cores"] == 2
    # 20 decode neurons a dimension, and their encoders, one for each sign.
    assert (decoded["synapses"], decoded["cores"]) == (40 * 2 * 20 + 40 * 2 * 2, 2)
    assert loops["nrmse"] < dense["nrmse"] < 0.5 and decoded["nrmse"] < 0.5
    # The last quarter is in the run.
    assert all(0.2 < row["nrmse_last"] / row["nrmse"] < 3 for row in table)
    written = read_table(tmp_path / "table.csv")
    assert [row["n_neurons"] for row in written] == [40, 20, 250]
    assert (tmp_path / "chip-size.png").stat().st_size > 10_000
