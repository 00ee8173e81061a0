"""The page is one file, says what it was given, and leaves matplotlib alone."""

import html.parser
import sys

import matplotlib
import pytest

from nengo_lmu import report


@pytest.fixture
def figure():
    with report.style():
        figure, axes = report.subplots(1, 2)
        axes[0, 0].plot([1, 10, 1000], [0.01, 0.1, 2])
        report.logarithmic(axes[0, 0])
    return figure


def test_figure(figure, tmp_path):
    report.save(figure, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_no_global_settings_change(tmp_path):
    before = dict(matplotlib.rcParams)
    with report.style():
        figure, _ = report.subplots()
    report.save(figure, tmp_path / "figure.png")
    assert dict(matplotlib.rcParams) == before


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.cells, self.sources, self.tags = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.sources += [v for k, v in attributes if k in ("src", "href")]

    def handle_data(self, data):
        self.cells.append(data.strip())


def test_page(figure, tmp_path):
    report.save(figure, tmp_path / "figure.png")
    path = tmp_path / "report.html"
    rows = [
        {"name": "a <b> & c", "nrmse": 0.0123456, "n": 12345},
        {"name": "none", "nrmse": float("nan"), "n": 2},
    ]
    sections = [
        {"title": "One", "text": "Words.", "figure": tmp_path / "figure.png"},
        {"title": "Two", "rows": rows, "command": "nengo-lmu demo"},
    ]
    report.page(path, "A title", "A lead.", sections, ["a note"])
    page = Page(path.read_text())
    for text in ("A title", "A lead.", "One", "Words.", "nengo-lmu demo", "a note"):
        assert text in page.cells
    for text in ("a <b> & c", "0.0123", "12345"):
        assert text in page.cells
    assert "nan" not in page.cells
    # self-contained: the only source is the picture itself
    assert len(page.sources) == 1
    assert page.sources[0].startswith("data:image/png;base64,iVBOR")
    assert not {"script", "link"} & set(page.tags)


@pytest.mark.parametrize(
    "value, text",
    [(0.0123456, "0.0123"), (123456.7, "123457"), (3, "3"), (None, ""), ("x", "x")],
)
def test_text(value, text):
    assert report.text(value) == text


def test_markdown():
    assert (
        report.markdown([{"a": 1, "b": 0.5}])
        == "| a | b |\n| --- | --- |\n| 1 | 0.5 |\n"
    )


def test_import_is_cheap():
    """Nothing of pyplot, which would choose a window system."""
    import subprocess

    code = "import sys, nengo_lmu.report; assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
