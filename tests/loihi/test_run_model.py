"""The script for a real board, as far as it goes without one."""

import runpy
import sys
from pathlib import Path

import nengo
import numpy as np
import pytest

from nengo_lmu.loihi import compatibility as compat_loihi

SCRIPT = Path(__file__).parents[2] / "hardware" / "run_model.py"
MODEL = """
import nengo

with nengo.Network(seed=0) as model:
    ensemble = nengo.Ensemble(20, 1, label="a")
    nengo.Connection(nengo.Node(0.5), ensemble)
    nengo.Probe(ensemble.neurons, label="spikes")
"""

nengo_loihi = compat_loihi.load()


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the script on a model; return its exit code and what it complained of."""
    file = tmp_path / "model.py"
    file.write_text(MODEL)

    def run(*options):
        command = [str(SCRIPT), str(file), "--seconds", "0.01", *options]
        monkeypatch.setattr(sys, "argv", command)
        try:
            runpy.run_path(str(SCRIPT), run_name="__main__")
        except SystemExit as end:
            return end.code, capsys.readouterr().err
        return 0, capsys.readouterr().err

    return run


@pytest.mark.skipif(nengo_loihi.hardware.HAS_NXSDK, reason="NxSDK is installed")
def test_without_nxsdk(run):
    code, said = run()
    assert code == 2
    assert "NxSDK 0.9" in said and "install it with pip" in said
    assert said.count("\n") == 1


def test_goes_to_the_board_and_writes(run, tmp_path, monkeypatch):
    """With a simulator in place of the board: which target, and what is recorded."""
    asked = {}

    class Board(nengo.Simulator):
        def __init__(self, network, target, hardware_options):
            asked.update(target=target, **hardware_options)
            super().__init__(network, progress_bar=False)

    monkeypatch.setattr(nengo_loihi.hardware, "HAS_NXSDK", True)
    monkeypatch.setattr("nengo_lmu.loihi.Simulator", Board)
    board = SCRIPT.with_name("kapoho-bay.json")
    code, said = run("--board", str(board), "--out", str(tmp_path / "board.npz"))
    assert (code, said) == (0, "")
    assert asked == {"target": "loihi", "n_chips": 2}
    with np.load(tmp_path / "board.npz") as recorded:
        assert recorded["seconds"].shape == (10,)
        assert recorded["0_spikes"].shape == (10, 20)


def test_what_does_not_fit_is_not_run(run, tmp_path, monkeypatch):
    monkeypatch.setattr(nengo_loihi.hardware, "HAS_NXSDK", True)
    board = tmp_path / "board.json"
    board.write_text('{"compartments": 10}')
    code, said = run("--board", str(board))
    assert code == 2
    assert "20 compartments, 10 more than the 10 allowed" in said
    assert said.count("\n") == 1
