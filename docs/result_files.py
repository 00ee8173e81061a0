"""Where results are, and how errors are written."""

import math
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "results"
CHIP = ROOT / "hardware" / "results"


def error(value):
    """An error as the tables show it, with two or three digits."""
    if value == "" or math.isnan(value):
        return ""
    small = 1 - math.floor(math.log10(value))
    return f"{value:.{2 if value >= 0.1 else max(4, small)}f}"
