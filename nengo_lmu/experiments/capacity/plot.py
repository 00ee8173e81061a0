"""The figure of the capacity."""

import numpy as np

from nengo_lmu import report
from nengo_lmu.evaluation.intervals import interval
from nengo_lmu.experiments.capacity.data import PUBLISHED, delays


def draw(groups):
    """Draw the errors of the ideal memory by delay, and of all memories by length.

    Parameters
    ----------
    groups : list of (dict, array)
        Parameters and errors (runs, delays) of each memory and length.
    """
    with report.style():
        figure, axes = report.subplots(1, 2, size=(13, 4.6))
        ideal = [(run, errors) for run, errors in groups if run["memory"] == "ideal"]
        _draw_ideal(axes[0, 0], ideal)
        _draw_lengths(axes[0, 1], groups)
        return figure


def _draw_ideal(ax, groups):
    shades = report.shades(len(groups))
    for (run, errors), color in zip(groups, shades, strict=True):
        steps = run["steps"]
        x = delays(steps) / steps
        ax.plot(x, errors.T, ".", color=color, alpha=0.4)
        ax.plot(x, errors.mean(axis=0), color=color, label=f"T = {steps:,}")
        if steps in PUBLISHED:
            ax.fill_between([0, 1], *PUBLISHED[steps], color=color, alpha=0.15, lw=0)
    ax.fill_between([], [], color="0.5", alpha=0.3, label="published range")
    ax.set(yscale="log", xlabel="delay (parts of T)", ylabel="mean square error")
    ax.set_title("Without neurons, 100 polynomials, untrained")
    ax.legend(ncols=2)


def _draw_lengths(ax, groups):
    low, high = np.transpose(list(PUBLISHED.values()))
    published = {"color": "0.85", "lw": 10, "zorder": 0, "label": "published range"}
    ax.vlines(list(PUBLISHED), low, high, **published)
    lines = {}
    for run, errors in groups:
        line = lines.setdefault((run["memory"], run["order"], run["n_neurons"]), [])
        line.append((run["steps"], *interval(errors.mean(axis=1))))
    styles = {"ideal": "-", "poisson": "--", "regular": "-"}
    sizes = sorted({key[1:] for key in lines if key[0] != "ideal"})
    for (name, order, n_neurons), line in lines.items():
        x, means, *limits = np.transpose(line)
        k = sizes.index((order, n_neurons)) if n_neurons else 0
        label = f"{name}, d = {order}, m = {n_neurons:,}"
        label = label if n_neurons else f"no neurons, d = {order}"
        ax.errorbar(
            x,
            means,
            yerr=np.abs(limits - means),
            fmt="os^D"[k] + styles[name],
            color=report.CYCLE[list(styles).index(name)],
            alpha=1 if n_neurons in (0, sizes[-1][1]) else 0.55,
            capsize=3,
            label=label,
        )
    report.logarithmic(ax)
    ax.set(xlabel="window T (steps)", ylabel="mean square error")
    ax.set_title("In spiking neurons")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
