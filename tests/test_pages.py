"""What the pages are built with: equations, the reference, and no network."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

DOCS = Path(__file__).parents[1] / "docs"
sys.path.insert(0, str(DOCS))
pytest.importorskip("sphinx")
api_tables = pytest.importorskip("api_tables")
offline = pytest.importorskip("offline")


def test_equation_becomes_mathml():
    mathml = pytest.importorskip("mathml")
    found = mathml.to_mathml(r"\theta \dot m = A m + B u", "block")
    assert found.startswith("<math") and 'display="block"' in found
    assert "&#x003B8;" in found  # theta
    for lines in r"a = b \\ c = d", r"\begin{aligned}a = b \\ c = d\end{aligned}":
        assert mathml.to_mathml(lines, "block").count("<mtr>") == 2


def test_unknown_command_is_refused():
    mathml = pytest.importorskip("mathml")
    with pytest.raises(mathml.ExtensionError, match="notacommand"):
        mathml.to_mathml(r"\notacommand{x}", "inline")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", '<script async src="https://cdn.example.org/x.js"></script>'),
        ("a.html", "<img alt='x' src='//example.org/x.png'>"),
        ("a.html", '<link rel="stylesheet" href="http://example.org/x.css">'),
        ("a.css", "@font-face { src: url(https://example.org/x.woff2) }"),
    ],
)
def test_asset_from_a_network_is_found(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    assert warnings_of(tmp_path) == 1


def test_links_and_own_assets_are_no_assets_from_a_network(tmp_path):
    (tmp_path / "a.html").write_text(
        '<a href="https://nengo.ai">Nengo</a> <script src="_static/x.js"></script>'
        '<img src="data:image/png;base64,AAAA"> <link href="_static/x.css">'
    )
    assert warnings_of(tmp_path) == 0


def warnings_of(folder):
    """Number of warnings on the pages of a folder."""
    said = []
    app = SimpleNamespace(builder=SimpleNamespace(format="html"), outdir=folder)
    logger = SimpleNamespace(warning=lambda *args: said.append(args))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(offline.logging, "getLogger", lambda name: logger)
        offline.check(app, None)
    return len(said)


def test_pages_of_the_reference_follow_the_list(tmp_path):
    app = SimpleNamespace(srcdir=tmp_path)
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / "nengo_lmu.gone.rst").write_text("gone")
    api_tables.write_pages(app)
    names = {path.stem for path in (tmp_path / "generated").glob("*.rst")}
    assert names == {name for names in api_tables.API.values() for name in names}
    memory = (tmp_path / "generated" / "nengo_lmu.SpikingMemory.rst").read_text()
    assert ".. autoclass:: nengo_lmu.SpikingMemory\n   :members:" in memory


def test_arguments_are_as_one_writes_them():
    def example(self, a: int, b: str = "x", *, c: float | None = None) -> int: ...

    assert api_tables.arguments(example) == "(a, b='x', *, c=None)"
    many = eval(f"lambda {', '.join(f'number_{k}' for k in range(9))}: 0")
    assert api_tables.arguments(many).endswith("number_5, …)")
