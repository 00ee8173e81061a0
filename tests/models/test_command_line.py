"""Each model runs from the command line and leaves a figure."""

import warnings

import pytest
from click.testing import CliRunner

from nengo_lmu.cli import main

from .conftest import MODELS


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.py")), ids=lambda p: p.stem)
def test_run(path, tmp_path):
    arguments = ["run", str(path), "--seconds", "0.1", "--out", str(tmp_path)]
    with warnings.catch_warnings():
        # nengo on merged Poisson populations
        warnings.filterwarnings("ignore", ".*PoissonSpiking")
        result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert (tmp_path / f"{path.stem}.png").stat().st_size > 5000
    assert len((tmp_path / f"{path.stem}.csv").read_text().splitlines()) == 101
