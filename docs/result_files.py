"""Where results are, and how errors are written."""

import json
import math
from pathlib import Path

from nengo_lmu.files import read_table

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "results"
CHIP = ROOT / "hardware" / "results"


def read_rows(path):
    """The rows of a table, or the one that a JSON file is."""
    if path.suffix == ".json":
        return [json.loads(path.read_text())]
    return read_table(path)


def error(value):
    """An error as the tables show it, with two or three digits."""
    if value == "" or math.isnan(value):
        return ""
    small = 1 - math.floor(math.log10(value))
    return f"{value:.{2 if value >= 0.1 else max(4, small)}f}"
