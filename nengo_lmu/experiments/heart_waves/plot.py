"""The figure of the heart waves: labels and outputs over the signal."""

import numpy as np

from nengo_lmu import report
from nengo_lmu.data.heart_waves import RATE, WAVES


def draw(waves, outputs, sequence=0):
    """One sequence: both leads from their events, its labels, and what is found.

    Parameters
    ----------
    waves : nengo_lmu.data.heart_waves.Waves
    outputs : dict of {str: (n, n_steps) array of int}
        Classes by name.
    sequence : int, optional
    """
    events = waves.events[sequence]
    t = np.arange(len(events)) / RATE
    strips = {"label": waves.labels, **outputs}
    colors = report.CYCLE
    with report.style():
        heights = [4, *len(strips) * [1]]
        figure, axes = report.subplots(
            len(heights), 1, size=(11, 4.6), sharex=True, height_ratios=heights
        )
        top, *rows = axes[:, 0]
        for k in (0, 1):
            lead = np.cumsum(events[:, 2 * k] - events[:, 2 * k + 1])
            top.plot(t, lead - k * (np.ptp(lead) + 5), color=report.INK, lw=1.1)
        top.set(ylabel="two leads\n(levels)", yticks=[])
        for row, (name, classes) in zip(rows, strips.items(), strict=True):
            of = classes[sequence]
            for k, color in enumerate(colors):
                row.fill_between(t, 0, 1, where=of == k, color=color, step="post", lw=0)
            row.set(yticks=[], ylim=(0, 1))
            row.set_ylabel(name, rotation=0, ha="right", va="center")
            row.grid(False)
        for name, color in zip(WAVES, colors, strict=True):
            top.fill_between([], [], color=color, label=name)
        top.legend(ncols=6, loc="lower left", bbox_to_anchor=(0, 1))
        rows[-1].set(xlabel="time (s)", xlim=(t[0], t[-1]))
        return figure
