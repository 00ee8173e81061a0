"""The report of a model file."""

import json

import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.experiments.partition import run_partition

MODEL = """
import nengo

with nengo.Network(seed=0) as model:
    ensemble = nengo.Ensemble(20, 1, label="a")
    nengo.Connection(nengo.Node(0.5), ensemble)
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.py"
    path.write_text(MODEL)
    return path


def test_report(model, tmp_path, capsys):
    result = run_partition(model, tmp_path / "report.json")
    assert result.fits
    written = json.loads((tmp_path / "report.json").read_text())
    assert written == json.loads(json.dumps(result.as_dict()))
    printed = capsys.readouterr().out
    assert "model on Loihi, one chip" in printed
    assert "synapse bits" in printed


def test_what_fits_no_board_is_reported_first(model, tmp_path, capsys):
    board = tmp_path / "board.json"
    board.write_text('{"name": "tiny", "compartments": 10}')
    with pytest.raises(ValidationError, match="20 compartments, 10 more") as error:
        run_partition(model, tmp_path / "report.json", board=board)
    assert "\n" not in str(error.value)
    assert not json.loads((tmp_path / "report.json").read_text())["fits"]
    assert "tiny" in capsys.readouterr().out
