"""The figure of a signal and its window in memories."""

import numpy as np

from nengo_lmu import report
from nengo_lmu.theory.legendre import delay_readout

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
        axes[0, 0].legend(loc="upper center")
        return figure


def _draw_window(ax, result):
    row, signal = result["row"], result["signal"]
    theta, order = row["theta"], row["order"]
    # The moment at which most of the signal is in the window.
    n_window = round(theta / DT)
    power = np.convolve((signal - signal.mean()) ** 2, np.ones(n_window), "valid")
    late = np.arange(len(power)) >= n_window
    now = n_window - 1 + np.argmax(np.where(late, power, -1)) if late.any() else -1
    now = now % len(signal)
    # The past is at the left: time runs to the right.
    ago = -np.linspace(theta, 0, 600)
    readout = delay_readout(order, -ago / theta)
    seen = signal[now - n_window + 1 : now + 1]
    ax.plot(DT * np.arange(1 - n_window, 1), seen, color=report.GREY, lw=3)
    ax.plot(ago, readout @ result["ideal"][now], "--", color=report.INK)
    ax.plot(ago, readout @ result["state"][now], color=report.CYCLE[1])
    labels = ("signal", "ideal memory", "neurons")
    for line, label in zip(ax.lines, labels, strict=True):
        line.set_label(label)
    ax.set(xlabel=f"time before t = {DT * (now + 1):.2f} s (s)")
    ax.set_title(
        f"{row['memory']}\n{row['neurons']:,} neurons, order {order}: "
        f"NRMSE {row['nrmse']:.3f}"
    )


def _draw_delay(ax, result):
    row, signal = result["row"], result["signal"]
    half = delay_readout(row["order"], 0.5)[0]
    time = DT * np.arange(1, len(signal) + 1)
    shown = time >= row["theta"]
    lag = round(row["theta"] / 2 / DT)
    delayed = np.concatenate([np.full(lag, np.nan), signal])[: len(signal)]
    ax.plot(time[shown], delayed[shown], color=report.GREY, lw=3)
    ax.plot(time[shown], (result["ideal"] @ half)[shown], "--", color=report.INK)
    ax.plot(time[shown], (result["state"] @ half)[shown], color=report.CYCLE[1])
    ax.set(xlabel="time (s)", title=f"delayed by {row['theta'] / 2:g} s")


def _draw_error(ax, result):
    """Over the delays: of the neurons against the ideal memory."""
    row = result["row"]
    fractions = np.linspace(0, 1, 201)
    first = round(row["theta"] / DT)
    ideal = np.vstack([np.zeros(row["order"]), result["ideal"][:-1]])
    error = (result["state"] - ideal)[first:] @ delay_readout(row["order"], fractions).T
    ax.plot(row["theta"] * fractions, np.sqrt(np.mean(error**2, axis=0)))
    ax.set(xlabel="delay (s)", yscale="log", title="error of the window")


def _draw_raster(ax, result):
    raster, row = result["raster"], result["row"]
    ax.set(xlabel="time (s)", title="spikes of one population")
    if raster is None:
        ax.set_title("no spikes")
        return
    last = raster[-round(row["theta"] / DT) :]
    step, neuron = np.nonzero(last)
    time = DT * (len(raster) - len(last) + step + 1)
    ax.plot(time, neuron, "|", color=report.INK, ms=2.5, mew=0.6)
