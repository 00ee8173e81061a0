"""Every Python example of the README and the documentation runs."""

import re
from pathlib import Path

import pytest

from nengo_lmu.extras import MissingExtraError

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = [
    pytest.param(code, id=f"{page.stem}-{k}")
    for page in PAGES
    for k, code in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(), re.S))
]


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
    lines = capsys.readouterr().out.splitlines()
    printed = [float(line) for line in lines if re.fullmatch(r"\d+\.\d+", line)]
    for wanted in map(float, stated):
        assert any(number == pytest.approx(wanted, rel=0.05) for number in printed)
