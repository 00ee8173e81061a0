"""Measured over predicted error, over neuron types, orders, sizes, bands, and a chip.

Memories are designed for white noise that ends at order / (band theta), or on seconds
20 to 80 of an electrocardiogram, and measured on noise of other seeds and on seconds
that the layout did not see. Errors are relative to the window that the memory is laid
out for: an input that is softer has the same noise.
"""

import warnings
from functools import partial
from time import process_time

import nengo
import numpy as np

from nengo_lmu import report
from nengo_lmu.design.designer import design_memory
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.experiments.accuracy.bars import LAYOUT, electrocardiogram
from nengo_lmu.experiments.comparison import publish
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import NEURONS
from nengo_lmu.experiments.prediction.plot import draw
from nengo_lmu.experiments.run_length import error_so_far, windows_to_go
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
    "poisson-rectified": (NEURONS["poisson-rectified"], None),
}
"""Neuron type and tuning of each name; the last is measured on a heartbeat only."""

NOISE_KINDS = tuple(KINDS)[:-1]

ORDERS, SIZES, BANDS = (2, 6, 12, 24, 48, 96), (50, 200, 800), (3, 6, 10)
"""Orders, neurons a dimension, and orders over the periods in a window."""

CHIP_ORDERS, CHIP_SIZES = (3, 6, 12), (50, 100)

HEART = [
    *(("nengo-lmu", name, order, 100) for name in NOISE_KINDS for order in (24, 48)),
    ("nengo-lmu", "regular", 96, 100),
    # As `nengo-lmu demo` has them.
    ("nengo-lmu", "rectified", 96, 100),
    ("nengo-lmu", "lif", 24, 400),
    ("nengo-lmu", "poisson-rectified", 96, 2000),
    ("loihi", "rectified", 48, 100),
]
"""Backend, neurons, order and neurons a dimension of memories of a heartbeat."""

HEART_SECONDS = 100, 280

SEED = 601
"""Of the memories and of the noise. Those of 1,000 and more, seeds 7, 401 and 402 were
looked at while the prediction was made."""

START = 3.0
"""Seconds from which errors are measured. The prediction is that of a long run; how
neurons that take turns begin is the larger part of a short one."""

TOLERANCE, BLOCK = 0.04, 2.0
"""Relative standard error of the NRMSE at which a run ends, and seconds of the blocks
that it is computed from. A few large values make much of the error of some memories."""

SHORTEST, LONGEST = 24.0, 600.0
"""Seconds of a run."""

LEAST, MOST = (300.0, 1e6), (LONGEST, 1e7)
"""Seconds after which it may end, and ends, or as many as this work in neurons times
seconds allows. A run that ends at the first standard error that is small enough ends
before the first large value, and its error is too small."""

LOST = 10.0
"""Seconds of a memory whose error is not known."""

SLOW = {"adaptive": 5, "loihi": 4}
"""Factors of the time that a neuron takes."""

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
    "standard_error",
    "predicted",
    "loudness",
    "source",
    "limit",
    "predict_s",
    "run_s",
    "windows",
    "versions",
]


def list_runs(orders, sizes):
    """Parameters of all runs, the short ones first: a table in work is of use."""
    found = [
        _run("noise", "nengo-lmu", name, order, n, band)
        for name in NOISE_KINDS
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
    found += [_run("heartbeat", *memory, 0) for memory in HEART if memory[2] in orders]
    return sorted(found, key=lambda run: run["order"] * run["n_each"])


def _run(*values):
    return dict(zip(COLUMNS, values, strict=False))


def design_of(run):
    """The memory of a run."""
    kind, tuning = KINDS[run["neuron"]]
    if run["signal"] == "noise":
        expected = {"freq": _highest(run), "rms": RMS}
    else:
        expected = {"sample": _part(electrocardiogram(), LAYOUT)}
    size = run["n_each"] * run["order"]
    choices = {"neuron_type": kind, "tuning": tuning, "seed": SEED}
    return design_memory(size, run["order"], THETA, **choices, **expected)


def measure(run):
    """Predict one memory and run it, until its root mean square error is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the table shows
        design = design_of(run)
        begin = process_time()
        prediction = predict(design, run["target"])
        predict_s = process_time() - begin
        if run["signal"] == "noise":
            u = white_noise(START + LONGEST, _highest(run), RMS, dt=DT, seed=SEED)
            most = _seconds(run, *MOST) if prediction.nrmse > 0 else START + LOST
            least = min(_seconds(run, *LEAST), most)
        else:
            u = _part(electrocardiogram(), HEART_SECONDS)
            least = most = len(u) * DT

        def more(result):
            n, relative = len(result.u) * DT, error_so_far(result, START, BLOCK)[2]
            return round(windows_to_go(n, relative, TOLERANCE, least, most))

        result = run_memory(
            partial(SpikingMemory.from_design, design),
            u,
            least,
            backend=run["target"],
            seed=SEED,
            more=more,
        )
    error, played, relative = error_so_far(result, START, BLOCK)
    return {
        "measured": error / prediction.rms,
        "standard_error": relative,
        "predicted": prediction.nrmse,
        "loudness": played / prediction.rms,
        "source": prediction.source,
        "limit": prediction.limit,
        "predict_s": predict_s,
        "run_s": result.run_s,
        "windows": len(result.u) * DT / THETA,
        "versions": versions(),
    }


def _highest(run):
    """Highest frequency of the noise, in Hz."""
    return run["order"] / (run["band"] * THETA)


def _seconds(run, seconds, work):
    """Seconds of a run of this memory that this work allows."""
    slow = SLOW.get(run["neuron"], 1) * SLOW.get(run["target"], 1)
    allowed = round(work / (slow * run["order"] * run["n_each"]))
    return START + float(np.clip(allowed, SHORTEST, seconds))


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
        table.append({"memory": kind, "signal": signal, **closeness(some)})
    spiking = [row for row in rows if row["neuron"] != "rate"]
    for name, some in (("all that spike", spiking), ("all", rows)):
        table.append({"memory": name, "signal": "", **closeness(some)})
    return table


def closeness(rows):
    """How many of these rows are within, and how far the others are off."""
    known = [row for row in rows if row["predicted"] > 0]
    lost = [row["measured"] for row in rows if not row["predicted"] > 0]
    ratios = np.array([row["measured"] / row["predicted"] for row in known])
    off = np.maximum(ratios, 1 / ratios)
    return {
        "memories": len(rows),
        "within": f"{np.sum(off <= NEAR)} of {len(known)}",
        "beyond": int(np.sum(off > FAR)),
        "least ratio": float(np.min(ratios)) if known else "",
        "largest ratio": float(np.max(ratios)) if known else "",
        "not known": len(lost),
        "least error of these": min(lost, default=""),
    }
