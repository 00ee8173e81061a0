"""The benchmark of building runs and writes its tables."""

import json
import re

import pytest

from nengo_lmu.experiments.build_time import run as bench_build
from nengo_lmu.files import read_table


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(bench_build, "NEURONS", [60, 120, 240, 480])
    monkeypatch.setattr(bench_build, "BY_DEFAULT", 240)
    monkeypatch.setattr(bench_build, "REPEATS", 1)
    monkeypatch.setattr(bench_build, "LARGEST", 800)


def test_build(small, tmp_path):
    rows_of_run = bench_build.run(tmp_path)
    rows = read_table(tmp_path / "build.csv")
    assert [row["neurons"] for row in rows] == [60, 120, 240, 480]
    assert [row["nengo, defaults"] == "" for row in rows] == [False] * 3 + [True]
    data = json.loads((tmp_path / "build.json").read_text())
    assert data["rows"] == rows_of_run
    assert "numpy" in data["where"]
    text = (tmp_path / "build.md").read_text()
    assert "| 480 |" in text
    assert re.search(r"800 neurons of order 8 .* process of 0\.\d+ GB", text)


def test_exponent():
    rows = [{"neurons": m, "s": 1e-6 * m**2} for m in (10, 100, 1000)]
    assert bench_build._exponent([*rows, {"neurons": 5, "s": None}], "s") == (
        pytest.approx(2)
    )
