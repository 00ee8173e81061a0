"""Each example of the gallery runs whole, from an empty directory."""

import ast
import runpy
from pathlib import Path

import matplotlib
import pytest

from nengo_lmu.extras import MissingExtraError

GALLERY = Path(__file__).parents[1] / "docs" / "gallery"
EXAMPLES = sorted(GALLERY.glob("*/*.py"))


@pytest.fixture
def pyplot(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    from matplotlib import pyplot

    monkeypatch.setattr(pyplot, "show", lambda: None)
    yield pyplot
    pyplot.close("all")


def test_there_are_examples():
    assert len(EXAMPLES) >= 12


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(path, pyplot, capsys, tmp_path):
    """It prints its figures, draws on all of its axes, and leaves no files."""
    try:
        runpy.run_path(str(path), run_name="__main__")
    except MissingExtraError as missing:
        pytest.skip(str(missing))
    assert capsys.readouterr().out
    figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
    assert figures
    assert all(ax.has_data() for figure in figures for ax in figure.axes)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_a_lesson(path):
    """A title, what it is about, a text between its steps, and a figure shown."""
    text = path.read_text(encoding="utf-8")
    title, line, *rest = ast.get_docstring(ast.parse(text)).splitlines()
    assert line == "=" * len(title) and len(rest) > 2
    assert text.count("# %%\n") >= 3
    assert "plt.show()" in text
