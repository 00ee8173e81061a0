"""Capacity: the quick form, from the command."""

from click.testing import CliRunner

from nengo_lmu.cli import main
from nengo_lmu.files import read_table


def test_quick_form(tmp_path):
    result = CliRunner().invoke(
        main, ["bench", "capacity", "--quick", "--out", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    assert (tmp_path / "capacity.png").is_file()
    rows = {
        (row["memory"], row["T"]): row for row in read_table(tmp_path / "table.csv")
    }
    assert rows["ideal", 1000]["MSE"] < 7e-5  # the least that is published
    for name in ("poisson", "regular"):
        assert rows["ideal", 1000]["MSE"] < rows[name, 1000]["MSE"] < 0.3
        assert rows[name, 1000]["spikes"] > 0
