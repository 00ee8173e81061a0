"""Tables and the figure of a scaling sweep."""

import numpy as np

from nengo_lmu import report
from nengo_lmu.experiments.scaling.power_laws import LAW_FROM, by_combination, is_lawful


def tables(rows, fit):
    """The results as Markdown: errors beside the theory, and exponents.

    Parameters
    ----------
    rows : list of dict
        Rows of a scaling table.
    fit : dict
        Result of `fit_laws`.

    Returns
    -------
    str
    """
    counts = fit["combinations"]
    text = [
        "Geometric mean of the NRMSE over the seeds, in brackets what the theory "
        "expects:\n",
        report.markdown(_errors(rows)),
    ]
    if counts["error"]:
        r2 = "" if fit["r2"] is None else f", r² = {fit['r2']:.3f}"
        text += [
            f"The power law of the error, through {counts['error']} of "
            f"{counts['all']} combinations, those of {LAW_FROM} neurons a dimension or "
            f"more{r2}; time and memory through the {counts['costs']} with the most "
            "neurons:\n",
            report.markdown(_exponents(fit)),
        ]
    return "\n".join(text)


def _errors(rows):
    """A row for each number of neurons, a column for each order."""
    cells = by_combination(rows)
    orders = sorted({order for _, order in cells})
    return [
        {
            "m": f"{m:,}",
            **{f"d = {order}": _error(cells.get((m, order))) for order in orders},
        }
        for m in sorted({m for m, _ in cells})
    ]


def _error(rows):
    if rows is None:
        return "–"
    measured, predicted = (
        np.exp(np.mean(np.log([row[name] for row in rows])))
        for name in ("nrmse", "nrmse_predicted")
    )
    return f"{measured:.2g} ({predicted:.2g})"


def _exponents(fit):
    names = {
        "order": ("the error in d", "1"),
        "n_neurons": ("the error in m", "−1/2"),
        "n_spikes": ("the error in the spikes", "–"),
        "run_s": ("the time to simulate, in m", "1"),
        "build_s": ("the time to build, in m", "1"),
        "peak_mb": ("the memory, in m", "1"),
    }
    return [
        {
            "exponent of": what,
            "": _signed(fit[name]["exponent"]),
            "95 % interval": " to ".join(map(_signed, fit[name]["ci95"])),
            "paper": paper,
        }
        for name, (what, paper) in names.items()
        if fit[name]
    ]


def _signed(x):
    return f"{x:.2f}".replace("-", "−")


def draw(rows, fit):
    """The figure of a scaling table: the paper's line and ours, and what it costs."""
    orders = sorted({row["order"] for row in rows})
    with report.style():
        figure, axes = report.subplots(2, 2, size=(10, 7.5))
        (error, spikes), (time, memory) = axes
        colors = dict(zip(orders, report.shades(len(orders)), strict=True))
        for order in orders:
            some = [row for row in rows if row["order"] == order]
            color = colors[order]
            _points(error, some, "n_neurons", "nrmse", color)
            error.plot(
                *_means(some, "n_neurons", "nrmse_predicted"),
                ":",
                color=color,
                linewidth=1.2,
            )
            _points(time, some, "n_neurons", "run_s", color)
            _points(time, some, "n_neurons", "build_s", color, marker="^")
            _points(memory, some, "n_neurons", "peak_mb", color)
            if all(row["n_spikes"] > 0 for row in some):
                _points(spikes, some, "n_spikes", "nrmse", color, f"d = {order}")
        _draw_laws(error, rows, fit, colors)
        error.set(xlabel="neurons m", ylabel="NRMSE of the window")
        error.plot([], [], ":", color="0.4", label="theory")
        error.legend()
        spikes.set(xlabel="spikes of the run", ylabel="NRMSE of the window")
        spikes.legend()
        time.set(xlabel="neurons m", ylabel="seconds")
        time.plot([], [], "o", color="0.4", label="run")
        time.plot([], [], "^", color="0.4", label="build")
        time.legend()
        memory.set(xlabel="neurons m", ylabel="peak memory (MB)")
        error.set_title(_title("error", fit["n_neurons"], "m", fit["order"], "d"))
        spikes.set_title(_title("error", fit["n_spikes"], "spikes"))
        time.set_title(_title("run", fit["run_s"], "m"))
        memory.set_title(_title("memory", fit["peak_mb"], "m"))
        for ax in axes.flat:
            report.logarithmic(ax)
        return figure


def _points(ax, rows, x, y, color, label=None, marker="o"):
    """Each run small and pale, the mean of each combination on top."""
    ax.plot(
        [row[x] for row in rows],
        [row[y] for row in rows],
        marker,
        color=color,
        alpha=0.3,
        markersize=3,
    )
    ax.plot(*_means(rows, x, y), marker, color=color, label=label, markersize=6)


def _means(rows, x, y):
    """Means of two columns over the rows of each number of neurons, (2, n)."""
    return np.array(
        [
            np.mean([(row[x], row[y]) for row in some], axis=0)
            for _, some in sorted(by_combination(rows).items())
        ]
    ).T


def _draw_laws(ax, rows, fit, colors):
    """Our fit, solid; the paper's d / sqrt(m), dashed, through the middle of the data.

    The paper gives no constant, so its line has the one that fits best.
    """
    lawful = [row for row in rows if is_lawful(row)]
    if not lawful:
        return
    m, d, nrmse = np.array(
        [[row["n_neurons"], row["order"], row["nrmse"]] for row in lawful]
    ).T
    constant = np.exp(np.mean(np.log(nrmse * np.sqrt(m) / d)))
    exponents = [fit[k]["exponent"] if fit[k] else 0 for k in ("order", "n_neurons")]
    for order, color in colors.items():
        ends = np.array([max(m.min(), LAW_FROM * order), m.max()])
        ours = fit["scale"] * order ** exponents[0] * ends ** exponents[1]
        ax.plot(ends, ours, "-", color=color, linewidth=1)
        ax.plot(ends, constant * order / np.sqrt(ends), "--", color=color, linewidth=1)
    ax.plot([], [], "-", color="0.4", linewidth=1, label="our fit")
    ax.plot([], [], "--", color="0.4", linewidth=1, label="paper: d / √m")


def _title(what, *laws):
    """For example: error ~ m^-0.49 d^0.92."""
    pairs = zip(laws[::2], laws[1::2], strict=True)
    powers = [f"{name}$^{{{law['exponent']:.2f}}}$" for law, name in pairs if law]
    return f"{what} ∝ {' '.join(powers)}" if powers else what
