"""Predict the memories of the results anew; what was measured stays.

    python docs/predictions.py [NAME ...]

Predictions depend on designs alone, so that those of an older version are renewed
without a measurement. NAME is one of the tables below; all by default.
"""

import sys
import warnings
from pathlib import Path

import nengo_lmu
from nengo_lmu.experiments.accuracy import bars
from nengo_lmu.experiments.chip_size import orders
from nengo_lmu.experiments.prediction import run as grid
from nengo_lmu.files import read_table, write_table

ROOT = Path(__file__).parents[1]

TABLES = {
    "prediction": ("docs/results/prediction.csv", grid.design_of, "nengo"),
    "accuracy": ("docs/results/accuracy.csv", bars.design_of, "nengo"),
    "chip-orders": ("hardware/results/chip-orders.csv", orders.design_of, "loihi"),
}
"""File, design of a row, and backend where the row has none."""


def renew(rows, design_of, backend):
    """Rows with the predictions of this version."""
    for row in rows:
        found = nengo_lmu.predict(design_of(row), row.get("target", backend))
        new = {"predicted": found.nrmse, "source": found.source, "limit": found.limit}
        yield row | {name: value for name, value in new.items() if name in row}


def main(names):
    for name in names or TABLES:
        file, design_of, backend = TABLES[name]
        rows = read_table(ROOT / file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the tables show
            new = list(renew(rows, design_of, backend))
        write_table(ROOT / file, new)
        pairs = zip(rows, new, strict=True)
        changed = sum(old["predicted"] != row["predicted"] for old, row in pairs)
        print(f"{file}: {changed} of {len(rows)} predictions changed")


if __name__ == "__main__":
    main(sys.argv[1:])
