"""Tables and figures of the documentation are those of the files of results."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))
tables = pytest.importorskip("tables")


def test_pages_are_as_the_results():
    command = [sys.executable, ROOT / "docs" / "tables.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_every_table_is_on_a_page():
    pages = "".join(page.read_text() for page in tables.PAGES)
    assert all(f"<!-- begin {name} -->" in pages for name in tables.TABLES)


def test_a_table_that_was_edited_is_found():
    page = (ROOT / "README.md").read_text()
    begin = page.index("<!-- begin demo -->")
    digit = page.index("0.", begin) + 2
    edited = page[:digit] + ("9" if page[digit] != "9" else "1") + page[digit + 1 :]
    assert tables.renewed(edited) == page != edited


def test_a_figure_that_is_in_no_results_is_found():
    text = "<!-- figures: hardware/results/chip-orders.csv -->\nIt errs by {}.\n\n"
    values = [
        row["nrmse"]
        for row in tables.read_table(ROOT / "hardware/results/chip-orders.csv")
    ]
    assert not tables.strays(text.format(f"{values[0]:.4f}"))
    assert tables.strays(text.format("7.77"))
