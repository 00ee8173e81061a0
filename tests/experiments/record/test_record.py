"""The record keeps earlier versions, and replaces the rows of its own."""

import pytest

from nengo_lmu.experiments.record import run as record
from nengo_lmu.experiments.record.plot import draw
from nengo_lmu.files import read_table


@pytest.fixture
def small(monkeypatch):
    memories = {"rectified": ("rectified", 3, 60, "nengo-lmu")}
    monkeypatch.setattr(record, "MEMORIES", memories)
    monkeypatch.setattr(record, "SPEEDS", {"LIF": ("LIF 100-200 Hz", 60)})
    monkeypatch.setattr(record, "SEEDS", (1,))
    monkeypatch.setattr(record, "BUILT", 60)
    monkeypatch.setattr(record, "speed", lambda case: 2.0)


def test_a_version_is_added_once(small, tmp_path, monkeypatch):
    monkeypatch.setattr(record, "version", "0.0.9")
    first = record.run(tmp_path)
    monkeypatch.setattr(record, "version", "0.1.0")
    record.run(tmp_path)
    again = record.run(tmp_path)
    rows = read_table(tmp_path / record.FILE)
    assert [row["version"] for row in rows] == ["0.0.9"] * 4 + ["0.1.0"] * 4
    kinds = ["error", "predicted error", "speed, times nengo", "build, times nengo"]
    assert [row["kind"] for row in first] == kinds
    assert [row["value"] for row in rows[4:]] == [row["value"] for row in again]
    error, predicted = rows[0]["value"], rows[1]["value"]
    assert 0 < error < 0.02 and 0 < predicted < 0.02
    assert (tmp_path / "benchmarks.png").stat().st_size > 1000


def test_a_missing_extra_leaves_its_case_out(small, monkeypatch, capsys):
    def missing(case):
        raise record.MissingExtraError("nengo_loihi is not installed")

    monkeypatch.setattr(record, "errors", missing)
    kinds = [kind for kind, _, _ in record.measure()]
    assert kinds == ["speed, times nengo", "build, times nengo"]
    assert "nengo_loihi" in capsys.readouterr().out


def test_figure_has_a_line_a_case_and_a_place_a_version():
    rows = [
        {"version": v, "commit": "", "kind": "error", "case": case, "value": 0.1}
        for v in ("0.1.0", "0.2.0")
        for case in ("one", "two")
    ]
    (ax,) = draw(rows).axes  # one kind
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0.1.0", "0.2.0"]
    assert [len(line.get_xdata()) for line in ax.lines] == [2, 2]
