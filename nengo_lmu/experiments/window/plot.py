"""The figure of a signal and its window in memories."""

import numpy as np

from nengo_lmu import plots, report

DT = 0.001
"""Seconds of a step of the simulation."""


def draw(results):
    """A column for each memory: its window, a delay, the error, and some spikes."""
    with report.style():
        figure, axes = report.subplots(
            4,
            len(results),
            size=(max(7, 4.2 * len(results)), 11),
            height_ratios=(3, 3, 2, 2),
        )
        axes = axes.reshape(4, len(results))
        for column, result in zip(axes.T, results, strict=True):
            _draw_window(column[0], result)
            _draw_delay(column[1], result)
            _draw_error(column[2], result)
            _draw_raster(column[3], result)
        for row in axes:
            limits = np.array([ax.get_ylim() for ax in row])
            for ax in row:
                ax.set_ylim(limits[:, 0].min(), limits[:, 1].max())
        for ax, label in zip(
            axes[:, 0], ("signal", "signal", "RMS error", "neuron"), strict=True
        ):
            ax.set_ylabel(label)
        for ax in axes[:, 1:].flat:
            ax.set_ylabel("")
        axes[0, 0].legend(loc="upper center")
        return figure


def _draw_window(ax, result):
    row = result["row"]
    plots.window(**_window(result), ax=ax)
    ax.set_title(
        f"{row['memory']}\n{row['neurons']:,} neurons, order {row['order']}: "
        f"NRMSE {row['nrmse']:.3f}"
    )


def _draw_delay(ax, result):
    plots.delay(**_window(result), ax=ax)
    ax.set_title(f"delayed by {result['row']['theta'] / 2:g} s")


def _draw_error(ax, result):
    """Over the delays: of the neurons against the ideal memory."""
    plots.error_over_delay(**_window(result), ax=ax)
    ax.set_title("error of the window")


def _window(result):
    """The run, as the functions of `nengo_lmu.plots` take it."""
    return {
        "state": result["state"],
        "u": result["signal"],
        "ideal": result["ideal"],
        "theta": result["row"]["theta"],
        "dt": DT,
    }


def _draw_raster(ax, result):
    raster, row = result["raster"], result["row"]
    ax.set(xlabel="time (s)", title="spikes of one population")
    if raster is None:
        ax.set_title("no spikes")
        return
    start = max(0, len(raster) - round(row["theta"] / DT))
    plots.raster(raster[start:], start=DT * start, dt=DT, ax=ax)
