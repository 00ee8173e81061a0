"""The error of exported memories: readers of NIR beside our simulator."""

import tempfile
import warnings
from pathlib import Path

import nengo
import numpy as np

from nengo_lmu.design.designer import design_memory
from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.experiments.comparison import publish
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.nir.readers import READERS
from nengo_lmu.files import output_directory
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.nir import NIRNotice, from_nir, read_nir, state, to_nir, write_nir
from nengo_lmu.nir.design import SETTLED
from nengo_lmu.signals import white_noise
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

TITLE = "NRMSE of the window of exported memories, at steps of 0.1 ms"
THETA, RMS, SECONDS, DT = 1.0, 0.5, 3.0, 1e-4

SEEDS = 201, 202
"""Of the signals, the first also of the memories. Nothing was chosen on them."""

# Order, neurons, realization.
MEMORIES = {
    "order 6": (6, 600, "min_noise"),
    "ladder, order 12": (12, 600, "ladder"),
}
STEPS = 1e-4, 2e-4, 5e-4, 1e-3
COLUMNS = ["memory", "form", "reader", "reset", "dt"]
COLUMNS += ["nrmse", "largest", "expected", "versions"]
OURS = "nengo-lmu"


def runs():
    """Parameters of all runs: ours and each reader that is installed."""
    found = []
    installed = {name: reader for name, reader in READERS.items() if reader.installed}
    for memory, (_, _, realization) in MEMORIES.items():
        found += [(memory, "dense", OURS, reset, DT) for reset in ("zero", "subtract")]
        found.append((memory, "", "not exported", "", DT))
        for name, reader in installed.items():
            forms, resets = reader.forms, reader.resets[:1]
            if realization != "ladder":
                forms, resets = forms[:1], reader.resets
            found += [(memory, f, name, r, DT) for f in forms for r in resets]
    for dt in STEPS[1:]:
        found.append(("order 6", "dense", OURS, "zero", dt))
        found.append(("order 6", "", "not exported", "", dt))
    return [dict(zip(COLUMNS, run, strict=False)) for run in found]


def measure(run, seconds=SECONDS):
    """One memory on all signals, after the bias currents have arrived."""
    order, n_neurons, realization = MEMORIES[run["memory"]]
    dt, freq = run["dt"], order / (6 * THETA)
    design = design_memory(
        n_neurons,
        order,
        THETA,
        neuron_type=nengo.LIF(),
        freq=freq,
        rms=RMS,
        realization=realization,
        dt=dt,
        seed=SEEDS[0],
    )
    first = round(SETTLED * design.synapse.tau / dt)
    signals = [white_noise(seconds, freq, RMS, seed=seed, dt=dt) for seed in SEEDS]
    u = np.vstack([np.zeros((first, len(SEEDS))), np.transpose(signals)])
    if run["reader"] == "not exported":
        expected = predict(design).nrmse
        states = _ours(lambda: SpikingMemory.from_design(design), u, dt)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NIRNotice)
            graph = to_nir(design, run["form"], reset=run["reset"])
        expected = predict(from_nir(graph)).nrmse
        states = _read(run["reader"], graph, u, dt)
    errors = [
        window_nrmse(found[first:], signal, THETA, dt)
        for found, signal in zip(states, signals, strict=True)
    ]
    packages = [READERS[run["reader"]].package] if run["reader"] in READERS else []
    return {
        "nrmse": float(np.mean(errors)),
        "largest": max(errors),
        "expected": expected,
        "versions": versions("nir", *packages),
    }


def _read(name, graph, u, dt):
    """States for each signal, of a graph that went through a file."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "memory.nir"
        write_nir(path, graph)
        if name == OURS:
            return _ours(lambda: from_nir(path), u, dt)
        # Some readers change the graph.
        output = READERS[name].run(read_nir(path), u, dt)
    return [state(graph, output[:, k], u[:, k]) for k in range(u.shape[1])]


def _ours(make, u, dt):
    """States for each signal on our simulator."""
    settings = {"backend": OURS, "dt": dt, "seed": SEEDS[0]}
    return [run_memory(make, s, len(s) * dt, **settings).state for s in u.T]


def run(out, *, workers=1):
    """Measure and publish a row for each memory, form and reader.

    Readers that are not installed are named as such. A run that was stopped goes on.
    """
    out = output_directory(out)
    results = sweep(measure, runs(), COLUMNS, out / "results.csv", workers=workers)
    publish(
        out,
        "nir-steps",
        "NRMSE of the exported memory of order 6 on nengo-lmu by the time step",
        _step_table(results),
        "Not exported: the same memory with what NIR cannot represent.",
    )
    note = (
        f"Mean and larger of {len(SEEDS)} signals, {SECONDS:g} s of noise to "
        f"order / (6 s) each, after {SETTLED} time constants of the synapse; 600 LIF "
        "neurons. Ours: the file read back by nengo-lmu, with the same reset."
    )
    return publish(out, "nir", TITLE, _table(results), note)


def _table(results):
    rows = []
    at_dt = [row for row in results if float(row["dt"]) == DT]
    for memory in MEMORIES:
        of = [row for row in at_dt if row["memory"] == memory]
        ours = {row["reset"]: row["nrmse"] for row in of if row["reader"] == OURS}
        for name in [OURS, "not exported", *READERS]:
            these = [row for row in of if row["reader"] == name]
            if not these:
                absent = dict.fromkeys(["form", "reset", "largest", "expected"], "")
                these = [{"nrmse": "not installed", **absent}]
            for each in these:
                row = {"memory": memory, "reader": name, "form": each["form"]}
                row |= {"reset": each["reset"], "NRMSE": each["nrmse"]}
                row |= {key: each[key] for key in ("largest", "expected")}
                compared = each["reset"] in ours
                row["NRMSE / ours"] = (
                    each["nrmse"] / ours[each["reset"]] if compared else ""
                )
                rows.append(row)
    return rows


def _step_table(results):
    found = {}
    for row in results:
        if row["memory"] == "order 6" and row["reset"] in ("zero", ""):
            found.setdefault(float(row["dt"]), {})[row["reader"]] = row
    return [
        {
            "step (ms)": 1000 * dt,
            "NRMSE": of[OURS]["nrmse"],
            "expected": of[OURS]["expected"],
            "not exported": of["not exported"]["nrmse"],
        }
        for dt, of in sorted(found.items())
    ]
