"""Measured over predicted error, over neuron types, orders, sizes, bands, and a chip.

Memories are designed for white noise that ends at order / (band theta), or on seconds
20 to 80 of an electrocardiogram, and measured on noise of other seeds and on seconds
that the layout did not see.
"""

import warnings
from functools import partial
from time import process_time

import nengo
import numpy as np

from nengo_lmu import report
from nengo_lmu.design.designer import design_memory
from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.experiments.accuracy.bars import LAYOUT, electrocardiogram
from nengo_lmu.experiments.comparison import publish
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import NEURONS
from nengo_lmu.experiments.prediction.plot import draw
from nengo_lmu.files import group_rows, output_directory
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import white_noise
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

THETA, DT, RMS = 1.0, 0.001, 0.5

KINDS = {
    "rectified": (NEURONS["rectified"], None),
    "rectified drawn": (NEURONS["rectified"], "drawn"),
    "regular": (NEURONS["regular"], None),
    "lif": (NEURONS["lif"], None),
    "adaptive": (nengo.AdaptiveLIF(), None),
    "poisson": (NEURONS["poisson"], None),
    "rate": (NEURONS["rate"], None),
}
"""Neuron type and tuning of each name."""

ORDERS, SIZES, BANDS = (2, 6, 12, 24, 48, 96), (50, 200, 800), (3, 6, 10)
"""Orders, neurons a dimension, and orders over the periods in a window."""

CHIP_ORDERS, CHIP_SIZES = (3, 6, 12), (50, 100)

HEART_KINDS, HEART_ORDERS = ("rectified", "regular", "lif", "poisson", "rate"), (24, 48)
HEART_SIZE = 100
HEART_SECONDS = (0, 8), (100, 120)

SEEDS = 201, 202
START = 3.0
"""Seconds from which errors are measured. The prediction is that of a long run; how
neurons that take turns begin is the larger part of a short one."""

SECONDS, RATE_SECONDS = 20.0, 60.0
"""Of each signal. Errors of rates are made by a few large values."""

QUICK = {"orders": (2, 6, 12), "sizes": (50,)}

NEAR, FAR = 1.25, 2.0
"""Factors that predictions are to be within: nine of ten, and all."""

COLUMNS = [
    "signal",
    "target",
    "neuron",
    "order",
    "n_each",
    "band",
    "measured",
    "predicted",
    "source",
    "limit",
    "predict_s",
    "run_s",
    "versions",
]


def list_runs(orders, sizes):
    """Parameters of all runs, the short ones first: a table in work is of use."""
    found = [
        _run("noise", "nengo-lmu", name, order, n, band)
        for name in KINDS
        for order in orders
        for n in sizes
        for band in BANDS
    ]
    found += [
        _run("noise", "loihi", "lif", order, n, band)
        for order in CHIP_ORDERS
        for n in CHIP_SIZES
        for band in BANDS
    ]
    found += [
        _run("heartbeat", "nengo-lmu", name, order, HEART_SIZE, 0)
        for name in HEART_KINDS
        for order in HEART_ORDERS
        if order in orders
    ]
    return sorted(found, key=lambda run: run["order"] * run["n_each"])


def _run(*values):
    return dict(zip(COLUMNS, values, strict=False))


def measure(run):
    """Predict one memory and run it on the signals; their root mean square error."""
    kind, tuning = KINDS[run["neuron"]]
    choices = {"neuron_type": kind, "tuning": tuning, "seed": SEEDS[0]}
    if run["signal"] == "noise":
        freq = run["order"] / (run["band"] * THETA)
        choices |= {"freq": freq, "rms": RMS}
        seconds = RATE_SECONDS if run["neuron"] == "rate" else SECONDS
        signals = [white_noise(seconds, freq, RMS, dt=DT, seed=s) for s in SEEDS]
    else:
        heartbeat = electrocardiogram()
        choices["sample"] = _part(heartbeat, LAYOUT)
        signals = [_part(heartbeat, ends) for ends in HEART_SECONDS]
    size = run["n_each"] * run["order"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the table shows
        design = design_memory(size, run["order"], THETA, **choices)
        begin = process_time()
        prediction = predict(design, run["target"])
        predict_s = process_time() - begin
        make = partial(SpikingMemory.from_design, design)
        results = [
            run_memory(make, u, len(u) * DT, backend=run["target"], seed=SEEDS[0])
            for u in signals
        ]
    errors = [window_nrmse(r.state, r.u, THETA, DT, start=START) for r in results]
    return {
        "measured": float(np.sqrt(np.mean(np.square(errors)))),
        "predicted": prediction.nrmse,
        "source": prediction.source,
        "limit": prediction.limit,
        "predict_s": predict_s,
        "run_s": sum(result.run_s for result in results),
        "versions": versions(),
    }


def _part(signal, ends):
    first, last = ends
    return signal[round(first / DT) : round(last / DT)]


def run(out, *, orders=ORDERS, sizes=SIZES, quick=False, workers=2):
    """Measure the grid; print, write and draw it.

    Parameters
    ----------
    out : path_like
        Directory of ``results.csv``, ``prediction.csv`` (a row a kind of memory) and
        ``prediction.png``. A run that was stopped goes on with what is missing.
    orders, sizes : list of int, optional
        Orders and neurons a dimension of the noise; chips have their own.
    quick : bool, optional
        Whether to measure a small part of it.
    workers : int, optional

    Returns
    -------
    list of dict
        A row for each kind of memory.
    """
    out = output_directory(out)
    runs = list_runs(**QUICK) if quick else list_runs(orders, sizes)
    rows = sweep(measure, runs, COLUMNS, out / "results.csv", workers=workers)
    report.save(draw(rows), out / "prediction.png")
    note = (
        f"Within: measured over predicted from {1 / NEAR:g} to {NEAR:g}; beyond: by a "
        f"factor of more than {FAR:g}. Not known: memories without a figure, and the "
        "least error that was measured of one."
    )
    return publish(
        out, "prediction", "Measured over predicted error", summary(rows), note
    )


def summary(rows):
    """How close predictions are: for each kind of memory, all that spike, and all."""
    groups = group_rows(rows, "target", "signal", "neuron")
    table = []
    for (target, signal, name), some in groups.items():
        kind = {"nengo-lmu": name, "loihi": "chip"}[target]
        table.append({"memory": kind, "signal": signal, **_closeness(some)})
    spiking = [row for row in rows if row["neuron"] != "rate"]
    for name, some in (("all that spike", spiking), ("all", rows)):
        table.append({"memory": name, "signal": "", **_closeness(some)})
    return table


def _closeness(rows):
    known = [row for row in rows if row["predicted"] > 0]
    lost = [row["measured"] for row in rows if not row["predicted"] > 0]
    ratios = np.array([row["measured"] / row["predicted"] for row in known])
    off = np.maximum(ratios, 1 / ratios)
    return {
        "memories": len(rows),
        "within": f"{np.sum(off <= NEAR)} of {len(known)}",
        "beyond": int(np.sum(off > FAR)),
        "least ratio": float(np.min(ratios, initial=np.inf)),
        "largest ratio": float(np.max(ratios, initial=0.0)),
        "not known": len(lost),
        "least error of these": min(lost, default=""),
    }
