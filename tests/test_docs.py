"""Every Python example of the README, the documentation and public names runs."""

import doctest
import inspect
import re
import sys
import warnings
from importlib import import_module
from pathlib import Path

import matplotlib
import nengo
import numpy as np
import pytest

import nengo_lmu
from nengo_lmu.extras import MissingExtraError

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))
api_tables = pytest.importorskip("api_tables")

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
EXAMPLES = [
    pytest.param(code, id=f"{page.stem}-{k}")
    for page in PAGES
    for k, code in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(), re.S))
]
PEERS = {"IPython", "keras_lmu", "norse", "snntorch", "torch"}
"""Packages of examples that are not among the pins; without them they are skipped."""

PUBLIC = [name for names in api_tables.API.values() for name in names]
METHODS = [key for name in PUBLIC for key in api_tables.own_methods(name)]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Examples write their files into an empty directory, and figures nowhere."""
    monkeypatch.chdir(tmp_path)
    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    yield
    if plt := sys.modules.get("matplotlib.pyplot"):
        plt.close("all")
    matplotlib.use(before)


def test_there_are_examples():
    assert len(EXAMPLES) >= 2


@pytest.mark.parametrize("code", EXAMPLES)
def test_example_runs(code, capsys):
    """And prints the numbers that stand behind its prints."""
    stated = re.findall(r"^print\(.*\)  # (\d[\d.]*)", code, re.M)
    try:
        exec(compile(code, "example", "exec"), {"__name__": "__main__"})
    except MissingExtraError as missing:
        pytest.skip(str(missing))
    except ModuleNotFoundError as missing:
        if missing.name not in PEERS:
            raise
        pytest.skip(str(missing))
    lines = capsys.readouterr().out.splitlines()
    printed = [float(line) for line in lines if re.fullmatch(r"\d+\.\d+", line)]
    for wanted in map(float, stated):
        assert any(number == pytest.approx(wanted, rel=0.05) for number in printed)


def test_every_exported_name_is_in_the_reference():
    exported = {f"nengo_lmu.{name}" for name in nengo_lmu.__all__}
    assert exported - {"nengo_lmu.__version__"} <= set(PUBLIC)


@pytest.mark.parametrize("name", [*PUBLIC, *METHODS])
def test_public_name_has_an_example_that_runs(name):
    """Methods may have one; what they do is often shown by that of their class."""
    owner, _, last = name.rpartition(".")
    try:
        found = (
            getattr(api_tables.find(owner), last)
            if name in METHODS
            else getattr(import_module(owner), last)
        )
        test = doctest.DocTestParser().get_doctest(
            inspect.getdoc(found),
            {"nengo": nengo, "nengo_lmu": nengo_lmu, "np": np},
            name,
            None,
            0,
        )
        assert test.examples or name in METHODS
        said = []
        runner = doctest.DocTestRunner(verbose=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            runner.run(test, out=said.append)
    except MissingExtraError as missing:
        pytest.skip(str(missing))
    report = "".join(said)
    if "MissingExtraError" in report:
        pytest.skip(report.splitlines()[-1].strip())
    assert not report
