"""How the error scales: tables and figure of the sweeps of ``make scaling``.

``python docs/scaling_law.py DIRECTORY`` joins the results.csv of all sweeps in the
directory in docs/results/scaling.csv, fits them, writes the exponents into
docs/results/scaling-exponents.csv, and draws docs/images/scaling.png.
"""

import sys
from pathlib import Path

from nengo_lmu import report
from nengo_lmu.experiments.scaling.plot import draw
from nengo_lmu.experiments.scaling.power_laws import COLUMNS, fit_laws
from nengo_lmu.files import read_table, write_table

HERE = Path(__file__).parent


def main():
    sweeps = sorted(Path(sys.argv[1]).glob("*/results.csv"))
    rows = [row for path in sweeps for row in read_table(path)]
    fits = fit_laws(rows)
    write_table(HERE / "results" / "scaling.csv", rows)
    write_table(HERE / "results" / "scaling-exponents.csv", fits, COLUMNS)
    report.save(draw(rows, fits), HERE / "images" / "scaling.png")


if __name__ == "__main__":
    main()
