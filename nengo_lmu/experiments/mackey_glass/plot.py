"""The figure of the Mackey-Glass task."""

import numpy as np

from nengo_lmu import report
from nengo_lmu.experiments.mackey_glass.data import AHEAD, WINDOW
from nengo_lmu.experiments.mackey_glass.run import PUBLISHED


def draw(rows, outputs, y):
    """A stretch of the first test series, and the errors of all models."""
    k = np.arange(WINDOW, WINDOW + 200)
    with report.style():
        figure, axes = report.subplots(
            2, 2, (12, 5), width_ratios=(1.4, 1), height_ratios=(2, 1), sharex="col"
        )
        (series, _), (difference, _) = axes
        series.plot(k, y[k], color=report.GREY, linewidth=5, label="truth")
        for model in ("LSTM", "spiking LMU"):
            series.plot(k, outputs[model][0][k], label=model, linewidth=1.4)
            difference.plot(k, outputs[model][0][k] - y[k], linewidth=1.4)
        series.set(ylabel="value (rms 1)", title=f"{AHEAD} samples ahead")
        series.legend(ncols=3, loc="lower left", bbox_to_anchor=(0.35, 1))
        difference.set(xlabel="sample", ylabel="error")
        for ax in axes[:, 1]:
            ax.remove()
        errors = figure.add_subplot(axes[0, 1].get_gridspec()[:, 1])
        models, at = [found["model"] for found in rows], np.arange(len(rows))
        for name, label, below, color in (
            ("NRMSE %", "all samples", -0.15, report.CYCLE[0]),
            ("after a window %", "without the first window", 0.15, report.CYCLE[3]),
        ):
            found = [row[name] for row in rows]
            errors.barh(at + below, found, 0.3, label=label, color=color)
        published = [PUBLISHED.get(model, np.nan) for model in models]
        errors.plot(published, at - 0.15, "D", color=report.INK, label="published")
        errors.set_yticks(at, models)
        errors.invert_yaxis()
        errors.grid(axis="y", visible=False)
        errors.set(xlabel="NRMSE (%)", title="Error on test series")
        errors.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.3, -0.13))
    return figure
