"""What a memory says of inputs that it is not designed for, and of those that it is."""

import warnings

import numpy as np

from nengo_lmu.design.designer import design_memory
from nengo_lmu.evaluation.error import ideal_state, window_nrmse
from nengo_lmu.experiments.accuracy.bars import LAYOUT, electrocardiogram
from nengo_lmu.experiments.comparison import publish
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.files import group_rows
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.networks.range_watch import watched
from nengo_lmu.signals import white_noise
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

THETA, RMS, DT = 1.0, 0.5, 0.001
SECONDS = 30.0
FIRST_SEED = 501

INPUTS = {
    "as designed": (1.0, 1.0),
    "1.5 times the rms": (1.5, 1.0),
    "2 times the rms": (2.0, 1.0),
    "3 times the rms": (3.0, 1.0),
    "100 times the rms": (100.0, 1.0),
    "a tenth of the rms": (0.1, 1.0),
    "a hundredth of the rms": (0.01, 1.0),
    "half of the band": (1.0, 0.5),
    "1.5 times the band": (1.0, 1.5),
    "2 times the band": (1.0, 2.0),
    "5 times the band": (1.0, 5.0),
}
"""Factors of the rms and of the band of the input."""

COLUMNS = [
    "input", "neuron", "neurons", "order", "backend", "seed",
    "nrmse", "since", "share", "found", "versions",
]  # fmt: skip

ORDERS, BANDS = (3, 6, 12, 48), (3, 6, 10)
"""Of the designs whose false alarms are counted: order, and order over the band."""

N_SIGNALS = 40
N_EACH = 20
"""Neurons a dimension of these designs; they are not run."""


def measure(run):
    """One memory under one input for all of the run.

    Parameters
    ----------
    run : dict
        ``input``, ``neuron``, ``neurons``, ``order``, ``backend``, ``seed``.

    Returns
    -------
    dict
        ``nrmse`` of its own window; ``since``, the window in which something was found,
        0 if nothing was; ``share`` of windows; what was ``found``.
    """
    order, seed = run["order"], run["seed"]
    freq = highest(order)
    loud, wide = INPUTS[run["input"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the table shows
        design = design_of(run, order)
        result = run_memory(
            lambda: SpikingMemory.from_design(design),
            white_noise(SECONDS, freq * wide, RMS * loud, seed=seed),
            SECONDS,
            backend=run["backend"],
            seed=seed,
        )
    seen = result.range
    return {
        "nrmse": window_nrmse(result.state, result.u, THETA, DT),
        "since": seen.since or 0,
        "share": seen.outside / seen.windows,
        "found": seen.found or "",
        "versions": versions(),
    }


def highest(order):
    """Highest frequency of the expected noise, in Hz."""
    return order / (6 * THETA)


def design_of(run, order):
    """The memory of a run."""
    return design_memory(
        run["neurons"],
        order,
        THETA,
        neuron_type=neuron(run["neuron"], chip=run["backend"] == "loihi"),
        freq=highest(order),
        rms=RMS,
        seed=run["seed"],
    )


def run_ranges(out, memories, order, *, trials, workers):
    """Measure; print, and write ranges.csv, range.csv and false-alarms.csv.

    Parameters
    ----------
    out : pathlib.Path
    memories : list of (str, int, str)
        Neuron type, neurons and backend.
    order, trials, workers : int
    """
    runs = [
        dict(
            zip(
                COLUMNS,
                (name, kind, n, order, backend, FIRST_SEED + trial),
                strict=False,
            )
        )
        for name in INPUTS
        for kind, n, backend in memories
        for trial in range(trials)
    ]
    results = sweep(measure, runs, COLUMNS, out / "ranges.csv", workers=workers)
    rows = []
    for key, these in group_rows(results, *COLUMNS[:5]).items():
        late = [row["since"] for row in these if row["since"]]
        row = dict(zip(COLUMNS, key, strict=False))
        row["nrmse"] = float(np.mean([each["nrmse"] for each in these]))
        row |= {"trials": len(these), "warned": len(late)}
        row["after"] = float(np.median(late)) if late else ""
        rows.append(row)
    publish(
        out,
        "range",
        f"Inputs out of range: order {order}, {THETA:g} s, {SECONDS:g} s of noise",
        rows,
        "NRMSE of the window, signals with a warning, and windows until it came.",
    )
    publish(
        out,
        "false-alarms",
        f"Inputs as designed: ideal states of {SECONDS:g} s",
        false_alarms(),
        "Runs with a warning.",
    )


def false_alarms():
    """Warnings for inputs as they are designed for, without neurons.

    Returns
    -------
    list of dict
        For each order and band, and for parts of the electrocardiogram that the layout
        did not see: runs, and those with a warning.
    """
    rows = []
    for order in ORDERS:
        for band in BANDS:
            freq = order / (band * THETA)
            design = _design(order, freq=freq, rms=RMS)
            signals = (
                white_noise(SECONDS, freq, RMS, seed=FIRST_SEED + k)
                for k in range(N_SIGNALS)
            )
            rows.append(_warned(design, signals, f"noise to {order} / ({band} θ)"))
    heartbeat = electrocardiogram()
    first, last = (round(t / DT) for t in LAYOUT)
    design = _design(48, sample=heartbeat[first:last])
    length = round(SECONDS / DT)
    starts = np.arange(last, len(heartbeat) - length + 1, length // 3)
    parts = (heartbeat[start : start + length] for start in starts)
    return [*rows, _warned(design, parts, "electrocardiogram")]


def _design(order, **expected):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few neurons, which are not run
        return design_memory(N_EACH * order, order, THETA, seed=0, **expected)


def _warned(design, signals, name):
    seen = [
        watched(design, u, ideal_state(u, design.order, THETA, DT)) for u in signals
    ]
    warned = sum(watch.found is not None for watch in seen)
    return {"input": name, "order": design.order, "runs": len(seen), "warned": warned}
