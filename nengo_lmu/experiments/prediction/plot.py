"""The figure of measured against predicted errors."""

import numpy as np

from nengo_lmu import report

MARKS = "os^Dv<>P"


def draw(rows):
    """Measured against predicted error, by neuron type."""
    known = [row for row in rows if row["predicted"] > 0]
    names = list(dict.fromkeys(_name(row) for row in known))
    with report.style():
        figure, ((ax,),) = report.subplots(size=(7, 6))
        values = [row[c] for row in known for c in ("measured", "predicted")]
        ends = np.array([min(values) / 1.5, max(values) * 1.5])
        for factor, alpha in ((2.0, 0.06), (1.25, 0.1)):
            ax.fill_between(
                ends, ends / factor, ends * factor, color=report.INK, alpha=alpha, lw=0
            )
        for k, name in enumerate(names):
            some = [row for row in known if _name(row) == name]
            ax.plot(
                [row["predicted"] for row in some],
                [row["measured"] for row in some],
                MARKS[k % len(MARKS)],
                color=report.CYCLE[k % len(report.CYCLE)],
                markersize=4.5,
                label=name,
            )
        ax.set(xscale="log", yscale="log")
        ax.set(xlabel="predicted NRMSE", ylabel="measured NRMSE", xlim=ends, ylim=ends)
        ax.set_title("Within the bands: factors of 1.25 and 2")
        ax.legend(loc="upper left")
        return figure


def _name(row):
    return "chip" if row["target"] == "loihi" else row["neuron"]
