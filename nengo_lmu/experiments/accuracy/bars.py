"""Errors of memories by neuron type, order and size: on noise and on a heartbeat."""

import warnings
from functools import partial

import numpy as np

from nengo_lmu.data import ecg
from nengo_lmu.design.designer import design_memory
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.experiments.comparison import publish
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.files import group_rows
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import resample, white_noise
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

THETA, DT, RMS = 1.0, 0.001, 0.5
BACKEND = "nengo-lmu"

SEEDS = 101, 102, 103
"""Of the noise and of the memories; none of them had a part in choosing anything."""

NOISE_SECONDS = 14.0

LAYOUT = 20, 80
MEASURED = (0, 8), (100, 280)
"""Seconds of the electrocardiogram from which the memories are laid out, and on which
they are measured. Settings were tried on the first eight."""

# Type, order, neurons a dimension.
NOISE = [
    *(("rectified", order, n) for order in (6, 24, 48, 96) for n in (60, 400)),
    ("rectified", 12, 60),
    *(("regular", order, 100) for order in (6, 12, 24, 48)),
    *(("regular", order, 400) for order in (48, 96)),
    *(("lif", order, n) for order in (12, 24, 48) for n in (60, 100)),
    ("lif", 6, 100),
    *(("poisson", order, 400) for order in (6, 12, 24)),
    *(("poisson-rectified", order, 400) for order in (6, 12, 24)),
]
DRAWN = [
    *(("rectified", order, 60) for order in (6, 24, 48)),
    *(("regular", order, 100) for order in (6, 24)),
    ("regular", 48, 400),
    *(("lif", order, 100) for order in (6, 12, 24, 48)),
]
"""Also with tuning curves that are drawn at random."""

# Type, order, neurons.
HEART = [
    ("poisson", 96, 192_000),
    ("poisson-rectified", 96, 192_000),
    ("regular", 96, 19_200),
    ("rectified", 96, 9600),
    ("lif", 48, 9600),
    ("regular", 48, 9600),
    ("rectified", 48, 9600),
]

SIZES = 20, 60, 200, 1000
EXPONENTS = [
    (name, order) for name in ("rectified", "regular") for order in (6, 24, 48, 96)
]
EXPONENT_SECONDS = 6.0

COLUMNS = [
    "signal",
    "neuron",
    "order",
    "neurons",
    "tuning",
    "seed",
    "seconds",
    "nrmse",
    "predicted",
    "spikes_per_s",
    "run_s",
    "versions",
]


def runs():
    """Parameters of all runs, the long ones first."""
    found = [
        _run("heartbeat", name, order, n, "default", 101, f"{first}-{last}")
        for name, order, n in HEART
        for first, last in reversed(MEASURED)
    ]
    for tuning, cases in (("default", NOISE), ("drawn", DRAWN)):
        found += [
            _run("noise", name, order, n * order, tuning, seed, NOISE_SECONDS)
            for name, order, n in reversed(cases)
            for seed in SEEDS
        ]
    return found + [
        _run("noise", name, order, n * order, "default", SEEDS[0], EXPONENT_SECONDS)
        for name, order in reversed(EXPONENTS)
        for n in reversed(SIZES)
    ]


def _run(*values):
    return dict(zip(COLUMNS, values, strict=False))


def design_of(run):
    """The memory of a run."""
    if run["signal"] == "noise":
        expected = {"freq": run["order"] / 3, "rms": RMS}
    else:
        expected = {"sample": _part(electrocardiogram(), *LAYOUT)}
    return design_memory(
        run["neurons"],
        run["order"],
        THETA,
        neuron_type=neuron(run["neuron"]),
        tuning=None if run["tuning"] == "default" else run["tuning"],
        seed=run["seed"],
        **expected,
    )


def _memory(run):
    return SpikingMemory.from_design(design_of(run))


def _part(signal, first, last):
    return signal[round(first / DT) : round(last / DT)]


def measure(run):
    """One memory on one signal."""
    if run["signal"] == "noise":
        seconds = float(run["seconds"])
        signal = white_noise(seconds, run["order"] / 3, RMS, seed=run["seed"])
    else:
        signal = _part(electrocardiogram(), *map(int, run["seconds"].split("-")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the table shows
        seconds = len(signal) * DT
        make = partial(_memory, run)
        result = run_memory(make, signal, seconds, backend=BACKEND, seed=run["seed"])
        predicted = predict(result.memory).nrmse
    return {
        "nrmse": result.nrmse,
        "predicted": predicted,
        "spikes_per_s": result.n_spikes / seconds,
        "run_s": result.run_s,
        "versions": versions(),
    }


def electrocardiogram():
    """The record at steps of 1 ms, in mV and without its mean over the layout."""
    millivolt, rate = ecg()
    whole = resample(np.arange(len(millivolt)) / rate, millivolt, DT)
    first, last = LAYOUT
    return whole - np.mean(whole[round(first / DT) : round(last / DT)])


def run_bars(out, *, workers=2):
    """Measure all of it into bars.csv; publish the tables.

    A run that was stopped goes on when it is started again.
    """
    results = sweep(measure, runs(), COLUMNS, out / "bars.csv", workers=workers)
    noise = [row for row in results if row["signal"] == "noise"]
    long = [row for row in noise if float(row["seconds"]) == NOISE_SECONDS]
    short = [row for row in noise if float(row["seconds"]) == EXPONENT_SECONDS]
    heart = [row for row in results if row["signal"] == "heartbeat"]
    publish(
        out,
        "noise",
        "NRMSE of the window: white noise to order / (3 s), 1 s, on nengo-lmu",
        noise_table(long),
        f"Largest of {len(SEEDS)} seeds, and what was predicted. Drawn: tuning curves "
        "at random, in place of neurons that take turns or stay awake.",
    )
    publish(
        out,
        "heartbeat",
        "NRMSE of the window: an electrocardiogram, 1 s, on nengo-lmu",
        heart_table(heart),
        "Laid out from seconds 20 to 80 of the record, measured on others.",
    )
    publish(
        out,
        "exponents",
        "How the NRMSE falls with the neurons m of neurons that take turns",
        exponent_table(short),
        "Noise to order / (3 s), one seed, 6 s; error as m to the exponent.",
    )


def noise_table(results):
    rows = []
    groups = group_rows(results, "neuron", "order", "neurons", "tuning")
    for (name, order, neurons, tuning), these in groups.items():
        if tuning == "drawn":
            continue
        row = {"neuron": name, "order": order, "a dimension": neurons // order}
        row["NRMSE"] = max(result["nrmse"] for result in these)
        row["predicted"] = float(np.mean([result["predicted"] for result in these]))
        drawn = groups.get((name, order, neurons, "drawn"))
        row["drawn"] = max(result["nrmse"] for result in drawn) if drawn else ""
        spikes = np.mean([result["spikes_per_s"] for result in these])
        row["spikes a second"] = round(float(spikes))
        rows.append(row)
    return rows


def heart_table(results):
    groups = group_rows(results, "neuron", "order", "neurons")
    rows = []
    for (name, order, neurons), these in groups.items():
        row = {"neuron": name, "order": order, "neurons": neurons}
        for first, last in MEASURED:
            seconds = f"{first}-{last}"
            found = [result for result in these if result["seconds"] == seconds]
            row[f"{first} to {last} s"] = found[0]["nrmse"]
        row["predicted"] = these[0]["predicted"]
        row["spikes a second"] = round(these[0]["spikes_per_s"])
        rows.append(row)
    return rows


def exponent_table(results):
    rows = []
    for (name, order), these in group_rows(results, "neuron", "order").items():
        errors = {row["neurons"] // order: row["nrmse"] for row in these}
        row = {"neuron": name, "order": order}
        row |= {f"{n} a dimension": errors[n] for n in SIZES}
        logs = np.log(SIZES), np.log([errors[n] for n in SIZES])
        row["exponent"] = float(np.polyfit(*logs, 1)[0])
        rows.append(row)
    return rows
