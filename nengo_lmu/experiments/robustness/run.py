"""Error against scatter, lost spikes, noise and a kick: in turn, and drawn."""

import warnings

import numpy as np

from nengo_lmu import report
from nengo_lmu.design.designer import design_memory
from nengo_lmu.experiments.chip_size.run import nrmse_at_the_end
from nengo_lmu.experiments.comparison import publish
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.experiments.robustness.network import memory_with
from nengo_lmu.experiments.robustness.plot import draw
from nengo_lmu.files import group_rows, output_directory
from nengo_lmu.signals import white_noise
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

ORDER, N_EACH, THETA, RMS, SECONDS = 12, 100, 1.0, 0.5, 8.0
FREQ = ORDER / (3 * THETA)
FIRST_SEED = 201
"""Signals and memories that no setting was chosen with begin here."""

SIZES = {
    "scatter": (0.0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
    "lost spikes": (0.0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
    "noise": (0.0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
    "kick": (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
}
NEURONS, TUNINGS = ("rectified", "lif"), ("interleaved", "drawn")
COLUMNS = ["imperfection", "size", "neuron", "tuning", "seed", "nrmse", "versions"]


def measure(run):
    """One memory on one signal.

    Parameters
    ----------
    run : dict
        ``imperfection`` and ``size``, see `memory_with`; ``neuron``, ``tuning``,
        ``seed``.

    Returns
    -------
    dict
        ``nrmse`` over the last quarter, and ``versions``.
    """
    seed = run["seed"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the table shows
        design = design_memory(
            ORDER * N_EACH,
            ORDER,
            THETA,
            neuron_type=neuron(run["neuron"]),
            freq=FREQ,
            rms=RMS,
            tuning=run["tuning"],
            seed=seed,
        )
        result = run_memory(
            lambda: memory_with(run["imperfection"], run["size"], design, seed),
            white_noise(SECONDS, FREQ, RMS, seed=seed),
            SECONDS,
            backend="nengo-lmu",
            seed=seed,
        )
    error = nrmse_at_the_end(result.state, result.u, THETA)
    return {"nrmse": error, "versions": versions()}


def run(out, *, trials=3, workers=2):
    """Measure; print, write and draw what came out.

    Parameters
    ----------
    out : path_like
        Output directory: results.csv, robustness.csv (a row for each case) and
        robustness.png.
    trials : int, optional
        Memories and signals of each case.
    workers : int, optional
        Processes.

    Returns
    -------
    list of dict
        Mean, least and largest error of each case.
    """
    out = output_directory(out)
    runs = [
        dict(zip(COLUMNS, values, strict=False))
        for imperfection, sizes in SIZES.items()
        for size in sizes
        for values in (
            (imperfection, size, name, tuning, FIRST_SEED + trial)
            for name in NEURONS
            for tuning in TUNINGS
            for trial in range(trials)
        )
    ]
    results = sweep(measure, runs, COLUMNS, out / "results.csv", workers=workers)
    rows = []
    for key, these in group_rows(results, *COLUMNS[:4]).items():
        errors = [result["nrmse"] for result in these]
        row = dict(zip(COLUMNS, key, strict=False))
        row |= {"nrmse": float(np.mean(errors))}
        rows.append(row | {"least": min(errors), "largest": max(errors)})
    publish(
        out,
        "robustness",
        f"NRMSE of the window with an imperfection: order {ORDER}, {N_EACH} neurons a "
        "dimension",
        rows,
        f"Means over {trials} memories, noise to {FREQ:g} Hz, 1 s, from second 6 to 8.",
    )
    report.save(draw(rows), out / "robustness.png")
    return rows
