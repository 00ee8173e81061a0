"""The figure of the detector of wide beats."""

import numpy as np

from nengo_lmu import report
from nengo_lmu.experiments.beats.data import STEP, filtered, label
from nengo_lmu.experiments.beats.run import THRESHOLD, reports, span


def draw(outputs, parameters):
    """The last twenty seconds: the signal with its beats, and what the outputs say."""
    first, last = span(parameters)
    steps = slice(last - round(20 / STEP), last)
    t = np.arange(steps.start, steps.stop) * STEP
    beats = label()
    with report.style():
        n = 1 + len(outputs)
        figure, axes = report.subplots(n, 1, size=(12, 2 * n), sharex=True)
        ax, *below = axes[:, 0]
        u = filtered()
        ax.plot(t, u[steps], color=report.INK, lw=1)
        for peaks, mark, color, name in (
            (beats.narrow, ".", report.GREY, "narrow beat"),
            (beats.wide, "v", report.CYCLE[1], "wide beat (label)"),
        ):
            at = peaks[(peaks > t[0]) & (peaks < t[-1])]
            height = [u[round(peak / STEP)] + 0.3 for peak in at]
            ax.plot(at, height, mark, color=color, label=name)
        ax.set(ylabel="lead MLII (mV)")
        ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
        for (name, y), row, color in zip(
            outputs.items(), below, report.CYCLE[0::2], strict=False
        ):
            y = y[steps.start - first : steps.stop - first]
            row.plot(t, y, color=color, lw=1.2)
            at = reports(y)
            row.plot(t[at], y[at], "o", color=report.CYCLE[1], ms=5)
            row.axhline(THRESHOLD, color=report.GREY, lw=1, ls="--")
            row.set(ylabel="output", ylim=(-0.5, 1.5))
            row.set_title(name, fontsize=10)
        below[-1].set(xlabel="time (s)", xlim=(t[0], t[-1]))
        return figure
