"""The figure of imperfections."""

import numpy as np

from nengo_lmu import report

LABELS = {
    "scatter": "scatter of gains and biases (std)",
    "lost spikes": "part of the spikes that is lost",
    "noise": "noise of an interval (std)",
    "kick": "phases moved once, by parts of an interval (std)",
}
NAMES = {"rectified": "SpikingRectifiedLinear", "lif": "LIF"}
LINES = {"interleaved": "o-", "drawn": "s--"}


def draw(rows):
    """Error against the size of each imperfection."""
    with report.style():
        figure, axes = report.subplots(2, 2, size=(11, 7.5), sharey=True)
        for ax, (imperfection, label) in zip(axes.flat, LABELS.items(), strict=True):
            for (name, long), color in zip(NAMES.items(), report.CYCLE, strict=False):
                for tuning, line in LINES.items():
                    some = [
                        row
                        for row in rows
                        if (row["imperfection"], row["neuron"], row["tuning"])
                        == (imperfection, name, tuning)
                    ]
                    size, mean, low, high = (
                        np.array([row[key] for row in some])
                        for key in ("size", "nrmse", "least", "largest")
                    )
                    # Without an imperfection: at the left end of the axis.
                    size[size == 0] = np.min(size[size > 0]) / 3
                    ax.fill_between(size, low, high, color=color, alpha=0.12, lw=0)
                    style = {"color": color, "markersize": 4}
                    ax.plot(size, mean, line, label=f"{long}, {tuning}", **style)
            report.logarithmic(ax)
            ax.set(xlabel=label)
        for ax in axes[:, 0]:
            ax.set_ylabel("NRMSE of the window")
        axes[0, 0].legend()
        return figure
