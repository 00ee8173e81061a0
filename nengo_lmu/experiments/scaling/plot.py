"""The figure of scaling sweeps."""

import numpy as np

from nengo_lmu import report
from nengo_lmu.experiments.scaling.power_laws import is_lawful
from nengo_lmu.experiments.scaling.tables import BANDS
from nengo_lmu.files import group_rows

MARKERS = "osD^v"
GUIDES = {"poisson": -0.5, "rectified": -1.0}
"""Slopes that the errors of random neurons, and of neurons in turn, should have."""

_COLUMNS = 3


def draw(rows, fits):
    """The figure of scaling tables: errors, and what they cost.

    Parameters
    ----------
    rows : list of dict
        Rows of one series or several.
    fits : list of dict
        Result of `fit_laws`.
    """
    series = group_rows(rows, "band", "neuron")
    bands = sorted({band for band, _ in series}, reverse=True)
    kinds = sorted({kind for _, kind in series})
    costs = [some for (band, _), some in series.items() if band == bands[0]]
    with report.style():
        n_rows = -(-(len(bands) + 4) // _COLUMNS)
        figure, axes = report.subplots(n_rows, _COLUMNS, size=(13, 4 * n_rows))
        panels = iter(axes.flat)
        for band in bands:
            ax = next(panels)
            for kind in kinds:
                _errors(ax, series.get((band, kind), []), "n_neurons", kinds)
            ax.set_title(_powers(fits, band, "n_neurons"), fontsize=10)
            ax.set(xlabel=f"neurons m ({BANDS[band]})", ylabel="NRMSE of the window")
        for x, label in (
            ("spike_rate", "spikes a second"),
            ("watts", "joules a second"),
        ):
            ax = next(panels)
            for some in costs:
                _errors(ax, some, x, kinds)
            ax.set_title(_powers(fits, bands[0], x), fontsize=10)
            ax.set(xlabel=label, ylabel="NRMSE of the window")
        for names, label in (
            (("run_s", "build_s"), "seconds"),
            (("peak_mb",), "peak memory (MB)"),
        ):
            ax = next(panels)
            for some in costs:
                for name, face in zip(names, ("full", "none"), strict=False):
                    _points(ax, some, "n_neurons", name, kinds, fillstyle=face)
            ax.set(xlabel="neurons m", ylabel=label)
        for ax in panels:
            ax.remove()
        for ax in figure.axes:
            report.logarithmic(ax)
        _legend(figure, rows, kinds)
        return figure


def _powers(fits, band, x):
    """Exponents of the errors of all kinds of neurons, as a title."""
    keys = {"band": band, "of": "nrmse", "in": x, "where": "all orders"}
    powers = [
        f"{fit['neuron']}: power {fit['exponent']:.2f}".replace("-", "−")
        for fit in fits
        if keys.items() <= fit.items()
    ]
    return ", ".join(powers)


def _errors(ax, rows, x, kinds):
    """Errors of a series with those predicted."""
    rows = [row for row in rows if row[x] > 0]
    if not rows:
        return
    _points(ax, rows, x, "nrmse", kinds, line=True)
    kind = rows[0]["neuron"]
    for order, color in _colors(rows).items():
        some = [row for row in rows if row["order"] == order]
        ax.plot(*_means(some, x, "nrmse_predicted"), ":", color=color, linewidth=1.2)
    lawful = [row for row in rows if is_lawful(row)]
    if x == "n_neurons" and kind in GUIDES and lawful:
        slope = GUIDES[kind]
        ends = np.array([min(row[x] for row in rows), max(row[x] for row in rows)])
        largest = max(row["nrmse"] * row[x] ** -slope for row in lawful)
        ax.plot(ends, largest * ends**slope, "--", color=report.GREY)


def _points(ax, rows, x, y, kinds, line=False, **marks):
    """The mean of each combination, an order a color, a kind of neuron a marker."""
    for order, color in _colors(rows).items():
        some = [row for row in rows if row["order"] == order]
        marker = MARKERS[kinds.index(some[0]["neuron"])]
        style = f"{marker}-" if line else marker
        ax.plot(
            *_means(some, x, y), style, color=color, linewidth=1, markersize=5, **marks
        )


def _colors(rows):
    orders = sorted({row["order"] for row in rows})
    return dict(zip(orders, report.shades(len(orders)), strict=True))


def _means(rows, x, y):
    """Geometric means of two columns for each number of neurons, (2, n)."""
    groups = group_rows(rows, "n_neurons").values()
    pairs = [np.array([(row[x], row[y]) for row in some], float) for some in groups]
    return np.exp([np.log(np.maximum(some, 1e-12)).mean(axis=0) for some in pairs]).T


def _legend(figure, rows, kinds):
    ax = figure.axes[0]
    for order, color in _colors(rows).items():
        ax.plot([], [], "-", color=color, label=f"d = {order}")
    for kind, marker in zip(kinds, MARKERS, strict=False):
        ax.plot([], [], marker, color="0.4", label=kind)
    ax.plot([], [], ":", color="0.4", label="predicted")
    ax.plot([], [], "--", color=report.GREY, label="power −1/2 or −1")
    ax.plot([], [], "o", color="0.4", fillstyle="none", label="(time) to build")
    figure.legend(loc="outside lower center", ncols=6)
