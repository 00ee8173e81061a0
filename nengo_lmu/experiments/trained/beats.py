"""Premature ventricular beats, seen in the window that a memory holds.

A hidden layer reads the memory's state, which is the last half second of an
electrocardiogram, and says when a wide beat is in it. Memory and hidden layer then run
in spikes. What a beat is called is decided by `beats_labels`, from the signal.
"""

import json
from pathlib import Path
from time import perf_counter

import numpy as np

from nengo_lmu import report
from nengo_lmu.design.prediction import state_noise
from nengo_lmu.experiments.trained.beats_labels import STEP, filtered, intervals, label
from nengo_lmu.experiments.trained.beats_run import (
    SEEN,
    THRESHOLD,
    build,
    in_spikes,
    rates,
    reports,
    run,
    score,
    span,
)
from nengo_lmu.files import output_directory, write_table, write_whole
from nengo_lmu.networks import GivenState
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained
from nengo_lmu.theory import states as parallel

NAME = "beats"

WHOLE = {
    "theta": 0.5,
    "order": 16,
    "n_hidden": 50,
    "spans": [160.0, 200.0, 300.0],
    "epochs": 20,
}
"""``spans`` are the ends, in seconds, of what is trained on, held back, tested on."""

QUICK = {**WHOLE, "n_hidden": 20, "spans": [120.0, 140.0, 170.0], "epochs": 4}

EVERY = 5
"""Every so many steps is a sample of the training."""


def train(out, *, data=None, quick=False, seed=0):
    """Train on the first part of the record, test on a later one, in spikes too.

    Parameters
    ----------
    out : path_like
        Directory for ``model.npz``, ``table.csv``, ``beats.png`` and, in ``training``,
        history and checkpoint.
    data : None, optional
        The record comes with the package: no file is read.
    quick : bool, optional
        With less of the record and a few epochs.
    seed : int, optional

    Returns
    -------
    list of dict
        See `score`; for rates and for spikes with either memory.
    """
    from nengo_lmu.training import train as train_network

    begin, out = perf_counter(), output_directory(out)
    parameters = dict(QUICK if quick else WHOLE)
    u, targets = filtered(), target()
    states = parallel.states(u[None], parameters["order"], parameters["theta"], STEP)[0]
    end, end_held_back, _ = (round(t / STEP) for t in parameters["spans"])
    fit, held_back = slice(0, end, EVERY), slice(end, end_held_back, EVERY)
    # For the optimizer all dimensions are of one size; the weights take that back.
    scale = np.sqrt(np.mean(states[fit] ** 2, axis=0))
    noise = state_noise(build(parameters, **in_spikes(parameters)).layers[0].memory)
    network = build(parameters, memory=GivenState, seed=seed)
    state = network.layers[0].memory.state
    trained, _ = train_network(
        network,
        {state: states[fit] / scale},
        targets[fit, None],
        validation=({state: states[held_back] / scale}, targets[held_back, None]),
        epochs=parameters["epochs"],
        noise=noise / np.outer(scale, scale),
        seed=seed,
        model=NAME,
        parameters=parameters,
        out=out / "training",
    )
    trained.weights["0.W_m"] = trained.weights["0.W_m"] / scale
    trained.save(out / MODEL_FILE)
    first, last = span(parameters)
    outputs = {"rates, ideal memory": rates(trained, states[first:last])}
    rows = [score("rates", "ideal", outputs["rates, ideal memory"], parameters)]
    for memory in ("ideal", "spiking"):
        y, spikes = run(trained, memory, "nengo-lmu")
        outputs[f"spikes, {memory} memory"] = y
        rows.append(score("nengo-lmu", memory, y, parameters, spikes))
    write_table(out / "table.csv", rows)
    report.print_table(intervals(), title="Beats of the whole record")
    report.print_table(rows, title="Wide beats of the held-out span")
    report.save(draw(outputs, parameters), out / "beats.png")
    print(f"{out / 'beats.png'} is written; {perf_counter() - begin:.0f} s")
    return rows


def evaluate(directory, *, backend="nengo", memory="ideal", data=None):
    """Run what was trained over the held-out span, its hidden layer in spikes.

    Parameters
    ----------
    directory : path_like
        What `train` wrote into; gets ``evaluation-BACKEND-MEMORY.json``.
    backend : str, optional
        See `nengo_lmu.backends`.
    memory : {"ideal", "spiking"}, optional
    data : None, optional
        The record comes with the package.

    Returns
    -------
    dict
        See `score`.
    """
    directory = Path(directory)
    trained = Trained.load(directory / MODEL_FILE, NAME)
    y, spikes = run(trained, memory, backend)
    row = score(backend, memory, y, trained.parameters, spikes)
    path = directory / f"evaluation-{backend}-{memory}.json"
    write_whole(path, json.dumps(row, indent=2) + "\n")
    report.print_table([row], title="Wide beats of the held-out span")
    return row


def target():
    """What the output is to say at each step: 1 while a wide beat is to be reported."""
    y = np.zeros(len(filtered()))
    for peak in label().wide:
        y[round((peak + SEEN[0]) / STEP) : round((peak + SEEN[1]) / STEP)] = 1
    return y


def draw(outputs, parameters):
    """The last twenty seconds: the signal with its beats, and what the outputs say."""
    first, last = span(parameters)
    steps = slice(last - round(20 / STEP), last)
    t = np.arange(steps.start, steps.stop) * STEP
    beats = label()
    with report.style():
        n = 1 + len(outputs)
        figure, axes = report.subplots(n, 1, size=(12, 2 * n), sharex=True)
        ax, *below = axes[:, 0]
        u = filtered()
        ax.plot(t, u[steps], color=report.INK, lw=1)
        for peaks, mark, color, name in (
            (beats.narrow, ".", report.GREY, "narrow beat"),
            (beats.wide, "v", report.CYCLE[1], "wide beat (label)"),
        ):
            at = peaks[(peaks > t[0]) & (peaks < t[-1])]
            height = [u[round(peak / STEP)] + 0.3 for peak in at]
            ax.plot(at, height, mark, color=color, label=name)
        ax.set(ylabel="lead MLII (mV)")
        ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
        for (name, y), row, color in zip(
            outputs.items(), below, report.CYCLE[0::2], strict=False
        ):
            y = y[steps.start - first : steps.stop - first]
            row.plot(t, y, color=color, lw=1.2)
            at = reports(y)
            row.plot(t[at], y[at], "o", color=report.CYCLE[1], ms=5)
            row.axhline(THRESHOLD, color=report.GREY, lw=1, ls="--")
            row.set(ylabel="output", ylim=(-0.5, 1.5))
            row.set_title(name, fontsize=10)
        below[-1].set(xlabel="time (s)", xlim=(t[0], t[-1]))
        return figure
