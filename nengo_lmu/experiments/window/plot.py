"""The figure of a signal and its window in memories."""

import numpy as np

from nengo_lmu import report
from nengo_lmu.theory.legendre import delay_readout

DT = 0.001
"""Seconds of a step of the simulation."""


def draw(results):
    """A column for each memory: the window at the end, and a delay over time."""
    with report.style():
        figure, axes = report.subplots(
            2, len(results), size=(max(7, 4.5 * len(results)), 6.5), sharey=True
        )
        for column, result in zip(axes.T, results, strict=True):
            _draw_window(column[0], result)
            _draw_delay(column[1], result)
        for ax in axes[:, 0]:
            ax.set_ylabel("signal")
        axes[0, 0].legend(loc="upper left")
        return figure


def _draw_window(ax, result):
    row, signal = result["row"], result["signal"]
    theta, order = row["theta"], row["order"]
    n_window = round(theta / DT)
    # What lies theta back is at the left: time runs to the right.
    ago = -np.linspace(theta, 0, 400)
    readout = delay_readout(order, -ago / theta)
    ax.plot(DT * np.arange(1 - n_window, 1), signal[-n_window:], color=report.GREY)
    ax.plot(ago, readout @ result["ideal"][-1], "--", color=report.INK)
    ax.plot(ago, readout @ result["state"][-1], color=report.CYCLE[1])
    for line, label in zip(
        ax.lines, ("signal", "ideal memory", "neurons"), strict=True
    ):
        line.set_label(label)
    ax.set(xlabel="time before the last step (s)")
    ax.set_title(f"{row['memory']}: NRMSE {row['nrmse']:.3f}")


def _draw_delay(ax, result):
    row, signal = result["row"], result["signal"]
    half = delay_readout(row["order"], 0.5)[0]
    time = DT * np.arange(1, len(signal) + 1)
    shown = time >= row["theta"]
    lag = round(row["theta"] / 2 / DT)
    delayed = np.concatenate([np.full(lag, np.nan), signal])[: len(signal)]
    ax.plot(time[shown], delayed[shown], color=report.GREY)
    ax.plot(time[shown], (result["ideal"] @ half)[shown], "--", color=report.INK)
    ax.plot(time[shown], (result["state"] @ half)[shown], color=report.CYCLE[1])
    ax.set(xlabel="time (s)", title=f"delayed by {row['theta'] / 2:g} s")
