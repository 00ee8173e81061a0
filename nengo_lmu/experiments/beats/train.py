"""Premature ventricular beats, seen in the window that a memory holds.

A hidden layer reads the memory's state, which is the last half second of an
electrocardiogram, and says when a wide beat is in it. Memory and hidden layer then run
in spikes. `data` labels the beats, from the signal alone.
"""

from time import perf_counter

import numpy as np

from nengo_lmu import report
from nengo_lmu.design.prediction import state_noise
from nengo_lmu.experiments.beats.data import STEP, filtered, intervals, target
from nengo_lmu.experiments.beats.network import build, in_spikes
from nengo_lmu.experiments.beats.plot import draw
from nengo_lmu.experiments.beats.run import NAME, rates, run, score, span
from nengo_lmu.experiments.relu_reader import fit_reader
from nengo_lmu.files import output_directory, write_table
from nengo_lmu.networks.trained_network import MODEL_FILE
from nengo_lmu.theory.states import states as ideal_states

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

    Writes ``model.npz``, ``table.csv`` (see `score`; for rates, and for spikes with
    either memory), ``beats.png`` and, in ``training``, history and checkpoint. The
    record comes with the package, so that no data are read.
    """
    begin, out = perf_counter(), output_directory(out)
    parameters = dict(QUICK if quick else WHOLE)
    u, targets = filtered(), target()
    states = ideal_states(u[None], parameters["order"], parameters["theta"], STEP)[0]
    end, end_held_back, _ = (round(t / STEP) for t in parameters["spans"])
    fit, held_back = slice(0, end, EVERY), slice(end, end_held_back, EVERY)
    scale = np.sqrt(np.mean(states[fit] ** 2, axis=0))
    planned = build(parameters, **in_spikes(parameters)).layers[0].memory
    noise = state_noise(planned.design)
    trained, _ = fit_reader(
        build(parameters, seed=seed),
        (states[fit], targets[fit, None]),
        (states[held_back], targets[held_back, None]),
        scale,
        epochs=parameters["epochs"],
        noise=noise / np.outer(scale, scale),
        seed=seed,
        model=NAME,
        parameters=parameters,
        out=out / "training",
    )
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
