"""The window plot and the errors of the GUI's start; a browser is in tests/gui."""

import re
import sys

import nengo
import numpy as np
import pytest
from click.testing import CliRunner
from nengo.exceptions import ValidationError

import nengo_lmu
from nengo_lmu.cli import main
from nengo_lmu.gui import window_plot


def curves(node):
    """Points of the drawn curves, from the one below to the one on top."""
    drawn = re.findall(r'points="([^"]+)"', node.output._nengo_html_)
    return [
        np.array([point.split(",") for point in points.split()], dtype=float)
        for points in drawn
    ]


def test_window_plot():
    """A step of 0.5, seen 0.4 s later: it has come to 40 % of the window's width."""
    with nengo.Network() as model:
        step = nengo.Node(0.5)
        memories = [nengo_lmu.IdealMemory(order, 1.0) for order in (24, 12)]
        for memory in memories:
            nengo.Connection(step, memory.input, synapse=None)
        window = window_plot(*memories, limits=(-1, 2), n_points=49)
    assert all(np.ptp(curve[:, 1]) == 0 for curve in curves(window))
    with nengo.Simulator(model, progress_bar=None) as simulator:
        simulator.run(0.4)
        below, above = curves(window)
        simulator.reset()
        simulator.run(0.05)
        assert not np.array_equal(curves(window)[1], above)
    assert len(below) == len(above) == 49 and not np.array_equal(below, above)
    x, y = above.T
    assert x[0] == 98 and x[-1] == 2  # the present is at the right
    value = -1 + 3 * (58 - y) / 56
    assert np.all(np.abs(value[(x > 65) & (x < 92)] - 0.5) < 0.05)
    assert np.all(np.abs(value[(x > 8) & (x < 50)]) < 0.05)


@pytest.mark.parametrize("limits", [(1, 1), (2, -1), (0, np.nan)])
def test_wrong_limits(limits):
    with nengo.Network():
        memory = nengo_lmu.IdealMemory(3, 1.0)
        with pytest.raises(ValidationError, match="limits: must be a lower and a"):
            window_plot(memory, limits=limits)


def test_serve_errors(tmp_path, monkeypatch):
    def complaint(path, *options):
        result = CliRunner().invoke(main, ["gui", str(path), *options])
        assert result.exit_code == 2 and result.stderr.count("\n") == 1
        return result.stderr

    assert "there is no file" in complaint(tmp_path / "missing.py")
    (tmp_path / "model.py").write_text("import nengo\nmodel = nengo.Network()")
    said = complaint(tmp_path / "model.py", "--backend", "nengo-lum")
    assert "did you mean 'nengo-lmu'" in said
    monkeypatch.setitem(sys.modules, "nengo_gui", None)
    assert "nengo-lmu[gui]" in complaint(tmp_path / "model.py")
