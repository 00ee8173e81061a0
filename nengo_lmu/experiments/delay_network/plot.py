"""The figures of the delay network: effects of single choices, and mismatch."""

import numpy as np

from nengo_lmu import report

LABELS = {
    "none": "nothing is known of it",
    "mapping": "each synapse in the mapping",
    "decoders": "decoders from recorded spikes",
    "both": "both",
}


def draw_effects(rows, backend):
    """Two panels: what is gained over the published recipe, what ours loses."""
    titles = {
        "published": "the published recipe, and one choice of ours",
        "ours": "our recipe, and one choice exchanged",
    }
    from matplotlib.ticker import NullLocator

    with report.style():
        size = 12, 1.2 + 0.2 * len(rows)
        figure, axes = report.subplots(1, 2, size=size, sharex=True)
        for ax, (base, title) in zip(axes[0], titles.items(), strict=True):
            part = [row for row in rows if row["base"] == base]
            names = [
                f"{r['choice']}: {r['value']}" if r["choice"] else base for r in part
            ]
            means = np.array([row["nrmse_mean"] for row in part])
            low, high = (
                np.array([row[end] for row in part])
                for end in ("ci95_low", "ci95_high")
            )
            y = np.arange(len(part))
            ax.axvline(means[0], color=report.GREY, linestyle=":")
            ax.errorbar(
                means,
                y,
                xerr=[means - low, high - means],
                fmt="o",
                color=report.CYCLE[0 if base == "published" else 1],
            )
            for position, mean, end in zip(y, means, high, strict=True):
                ax.annotate(
                    report.text(mean),
                    (end, position),
                    xytext=(6, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=9,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
                )
            ax.set(title=title, xlabel="NRMSE", yticks=y, yticklabels=names)
            ax.set_xscale("log")
            ticks = [
                t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if _near(t, rows)
            ]
            ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
            ax.xaxis.set_minor_locator(NullLocator())
            ax.invert_yaxis()
            ax.grid(axis="y", visible=False)
        figure.suptitle(f"What each choice is worth, on {backend}")
    return figure


def _near(tick, rows):
    """Whether a tick is within reach of the results."""
    ends = min(r["ci95_low"] for r in rows), max(r["ci95_high"] for r in rows)
    return ends[0] / 1.5 <= tick <= ends[1] * 1.5


def draw_mismatch(rows):
    """Error against mismatch, a line for each compensation."""
    from matplotlib.ticker import NullLocator

    with report.style():
        figure, axes = report.subplots(size=(8, 4.8))
        ax = axes[0, 0]
        for compensation, label in LABELS.items():
            part = [row for row in rows if row["compensation"] == compensation]
            x = 100 * np.array([row["mismatch"] for row in part])
            (line,) = ax.plot(x, [r["nrmse_mean"] for r in part], "o-", label=label)
            low, high = ([r[end] for r in part] for end in ("ci95_low", "ci95_high"))
            ax.fill_between(x, low, high, color=line.get_color(), alpha=0.2, lw=0)
        ax.set(
            title="The delay network in mismatched neurons",
            xlabel="standard deviation of synapses, gains and biases (%)",
            ylabel="NRMSE",
            yscale="log",
        )
        ticks = [0.01, 0.02, 0.05, 0.1, 0.2]
        ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.legend()
    return figure
