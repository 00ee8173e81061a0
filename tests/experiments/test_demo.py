"""The demonstration, made small: every part of it, none of its size."""

import numpy as np
import pytest

from nengo_lmu.experiments import demo
from nengo_lmu.files import read_table
from nengo_lmu.signals import read_signal, resample
from nengo_lmu.sweep.processes import Failure
from nengo_lmu.sweep.sweep import SweepError


@pytest.fixture
def small(monkeypatch):
    def serial(function, tasks, workers):
        return ((index, function(task)) for index, task in enumerate(tasks))

    def no_sweep(out, **settings):
        out.mkdir()
        (out / "scaling.png").write_bytes(b"picture")
        law = {"of": "nrmse", "exponent": -0.5, "low": -0.6, "high": -0.4}
        return [], [law | {"in": name} for name in ("order", "n_neurons")]

    memory = {"label": "rates", "backend": "nengo", "neuron": "rate"}
    memory |= {"order": 12, "n_neurons": 240}
    monkeypatch.setattr(demo, "MEMORIES", [memory, {**memory, "label": "rates again"}])
    monkeypatch.setattr(demo, "LAYOUT", (3.0, 6.0))
    monkeypatch.setattr(demo, "SECONDS", 2.1)
    monkeypatch.setattr(demo, "run_in_processes", serial)
    monkeypatch.setattr(demo, "run_scaling", no_sweep)


def test_demo(small, tmp_path, capsys):
    path = demo.run_demo(tmp_path / "demo")
    assert path == tmp_path / "demo" / "report.html"
    page = path.read_text()
    times, values = read_signal(path.with_name("ecg.csv"))
    assert times[-1] == pytest.approx(6.0) and len(values) == 2161
    assert page.count("data:image/png;base64,") == 2
    for text in ("rates again", "MIT-BIH", "nengo-lmu scaling --orders", "numpy"):
        assert text in page
    rows = read_table(tmp_path / "demo" / "windows.csv")
    assert [row["memory"] for row in rows] == ["rates again", "rates"]
    assert all(0 < row["nrmse"] < 1 for row in rows)
    printed = capsys.readouterr().out
    assert str(path) in printed and "nrmse" in printed


def test_failing_memory(small, monkeypatch, tmp_path):
    def failing(function, tasks, workers):
        yield 0, Failure("MemoryError: no")

    monkeypatch.setattr(demo, "run_in_processes", failing)
    with pytest.raises(SweepError, match="rates: MemoryError: no"):
        demo.run_demo(tmp_path)


def test_electrocardiogram():
    times, millivolt = demo.electrocardiogram()
    assert times[0] == 0 and times[-1] == pytest.approx(demo.LAYOUT[1])
    assert 1 < np.ptp(millivolt) < 6  # the layout's highest beat is in it now


def test_polynomials_keep_more_and_more():
    signal = resample(*demo.electrocardiogram(), 0.001)
    errors = [row["nrmse"] for row in demo.approximation(signal)]
    assert errors == sorted(errors, reverse=True) and errors[-1] < 0.2
