"""The figures of chains: against the order, and of what a chain is."""

import numpy as np

from nengo_lmu import report
from nengo_lmu.design.designer import design_memory
from nengo_lmu.loihi import chip_design
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize

NAMES = {"chain": "chain", "dense": "one dense loop"}
N_EACH = 100
"""Neurons a dimension."""


def draw(table):
    """Error, synapses and cores against the order."""
    columns = {
        "nrmse": "NRMSE of the window",
        "synapses": "synapses between neurons",
        "cores": "cores",
    }
    with report.style():
        figure, (axes,) = report.subplots(1, 3, size=(13, 4.2))
        for ax, (column, label) in zip(axes, columns.items(), strict=True):
            for (form, name), color in zip(NAMES.items(), report.CYCLE, strict=False):
                some = _shortest(table, form)
                if not some:
                    continue
                order = [row["order"] for row in some]
                values = [row[column] for row in some]
                ax.plot(order, values, "-o", color=color, label=name)
                if column == "nrmse":
                    ends = zip(*((r["least"], r["largest"]) for r in some), strict=True)
                    ax.fill_between(order, *ends, color=color, alpha=0.15, linewidth=0)
                    expected = [row["predicted"] for row in some]
                    label_of = f"{name}, predicted"
                    ax.plot(order, expected, ":", color=color, label=label_of)
            report.logarithmic(ax)
            orders = sorted({row["order"] for row in table})
            ax.set_xticks(orders, [str(order) for order in orders])
            ax.set(xlabel="order d", ylabel=label)
        axes[0].set_title("Error on the emulator")
        axes[1].set_title(f"{N_EACH} neurons a dimension")
        axes[2].set_title("One chip has 128 cores")
        axes[2].axhline(128, color=report.GREY, linestyle="--", linewidth=1)
        axes[0].legend(loc="lower right")
        return figure


def _shortest(table, form):
    """Rows of a form with `N_EACH` neurons, not those of long runs."""
    rows = [r for r in table if (r["form"], r["n_each"]) == (form, N_EACH)]
    seconds = min((row["seconds"] for row in rows), default=0)
    return [row for row in rows if row["seconds"] == seconds]


def draw_chain(order, theta, n_each):
    """The matrix of a memory in Legendre and in chain coordinates, and its cores."""
    design = design_memory(n_each * order, order, theta, freq=order / 3, seed=0)
    chip = chip_design(design, form="chain")
    (loop,) = chip.loops
    Ad, _ = discretize(*state_space(order, theta), chip.dt)
    pole = -chip.mapped_synapse.den[1]
    of_chain = (1 - pole) * loop.recurrent
    with report.style():
        figure, ((legendre, chain, cores),) = report.subplots(
            1, 3, size=(13, 4.4), width_ratios=(1, 1, 1.25)
        )
        for ax, matrix, title in (
            (legendre, Ad - pole * np.eye(order), "Legendre coordinates"),
            (chain, of_chain, "Coordinates of the chain"),
        ):
            size = np.abs(matrix)
            shown = np.ma.masked_less(np.log10(np.maximum(size, 1e-300)), -9)
            image = ax.imshow(shown, cmap="viridis_r")
            ax.grid(False)
            ax.set(title=title, xlabel="from dimension", ylabel="to dimension")
            bar = figure.colorbar(image, ax=ax, shrink=0.8)
            bar.set_label("log10 |Ad - a I|")
        _draw_weights(cores, loop, n_each * order)
        return figure


def _draw_weights(ax, loop, n):
    """Every weight between the neurons of the chip, and the cores as boxes."""
    weights = np.zeros((n, n), bool)
    for core in loop.cores:
        weights[core.neurons, core.sources] = core.steps.T != 0
    ax.imshow(weights, cmap="Blues", vmax=1.6, interpolation="nearest")
    ax.grid(False)
    for k, core in enumerate(loop.cores):
        begin, end = core.neurons.start, core.neurons.stop
        box = [begin, end, end, begin, begin], [begin, begin, end, end, begin]
        ax.plot(*box, color=report.CYCLE[1], linewidth=1.5)
        ax.annotate(
            f"core {k + 1}", (end, begin), (6, -2), textcoords="offset points", va="top"
        )
    ax.set(
        title="Weights between neurons: a chain of cores",
        xlabel="from neuron",
        ylabel="to neuron",
        xlim=(0, n),
        ylim=(n, 0),
    )
