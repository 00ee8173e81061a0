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
from nengo_lmu.files import group_rows, output_directory
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.nir import NIRNotice, from_nir, read_nir, state, to_nir, write_nir
from nengo_lmu.nir.design import SETTLED
from nengo_lmu.signals import white_noise
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

TITLE = "NRMSE of the window of exported memories, at steps of 0.1 ms"
THETA, RMS, SECONDS, DT = 1.0, 0.5, 4.0, 1e-4

SEEDS = 201, 202
"""Not those on which anything was chosen."""

# Order, neurons, realization.
MEMORIES = {
    "order 6": (6, 600, "min_noise"),
    "ladder, order 12": (12, 600, "ladder"),
}
STEPS = 1e-4, 2e-4, 5e-4, 1e-3
COLUMNS = ["memory", "form", "reader", "reset", "dt", "seed"]
COLUMNS += ["nrmse", "expected", "versions"]
OURS = "nengo-lmu"


def runs():
    """Parameters of all runs: ours and each reader that is installed."""
    found = []
    for memory, (_, _, realization) in MEMORIES.items():
        for name, reader in READERS.items():
            if reader.installed:
                forms = reader.forms if realization == "ladder" else reader.forms[:1]
                found += [(memory, form, name, reader.reset, DT) for form in forms]
        found += [(memory, "dense", OURS, reset, DT) for reset in ("zero", "subtract")]
        found += [(memory, "dense", OURS, "zero", dt) for dt in STEPS[1:]]
        found.append((memory, "", "not exported", "", DT))
        found.append((memory, "", "not exported", "", STEPS[-1]))
    each = [(*run, seed) for seed in SEEDS for run in found]
    return [dict(zip(COLUMNS, run, strict=False)) for run in each]


def measure(run, seconds=SECONDS):
    """One memory on one signal, after the bias currents have arrived."""
    order, n_neurons, realization = MEMORIES[run["memory"]]
    dt, seed, freq = run["dt"], run["seed"], order / (6 * THETA)
    design = design_memory(
        n_neurons,
        order,
        THETA,
        neuron_type=nengo.LIF(),
        freq=freq,
        rms=RMS,
        realization=realization,
        dt=dt,
        seed=seed,
    )
    first = round(SETTLED * design.synapse.tau / dt)
    signal = white_noise(seconds, freq, RMS, seed=seed, dt=dt)
    u = np.concatenate([np.zeros(first), signal])
    if run["reader"] == "not exported":
        return _ours(lambda: SpikingMemory.from_design(design), u, first, run)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NIRNotice)
        graph = to_nir(design, run["form"], reset=run["reset"])
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "memory.nir"
        write_nir(path, graph)
        graph, for_reader = read_nir(path), read_nir(path)  # which it may change
    if run["reader"] == OURS:
        return _ours(lambda: from_nir(graph), u, first, run)
    reader = READERS[run["reader"]]
    found = state(graph, reader.run(for_reader, u, dt), u)
    return {
        "nrmse": window_nrmse(found[first:], u[first:], THETA, dt),
        "expected": predict(from_nir(graph)).nrmse,
        "versions": versions("nir", reader.package),
    }


def _ours(make, u, first, run):
    """The same on our simulator."""
    dt = run["dt"]
    result = run_memory(make, u, len(u) * dt, backend=OURS, dt=dt, seed=run["seed"])
    return {
        "nrmse": window_nrmse(result.state[first:], u[first:], THETA, dt),
        "expected": predict(result.memory).nrmse,
        "versions": versions("nir"),
    }


def run(out, *, workers=1):
    """Measure and publish a row for each memory, form and reader.

    Readers that are not installed are named as such. A run that was stopped goes on.
    """
    out = output_directory(out)
    results = sweep(measure, runs(), COLUMNS, out / "results.csv", workers=workers)
    publish(
        out,
        "nir-steps",
        "NRMSE of exported memories on nengo-lmu by the time step",
        _step_table(results),
        "Means over the seeds. Not exported: with what NIR cannot represent.",
    )
    note = (
        f"Means and the largest of {len(SEEDS)} seeds, 600 LIF neurons, {SECONDS:g} s "
        f"of noise to order / (6 s) after {SETTLED} time constants of the synapse. "
        "Ours: the file read back by nengo-lmu, with the same reset."
    )
    return publish(out, "nir", TITLE, _table(results), note)


def _table(results):
    rows = []
    at_dt = [row for row in results if float(row["dt"]) == DT]
    groups = group_rows(at_dt, "memory", "reader", "form", "reset")
    for memory in MEMORIES:
        for name in [*READERS, OURS, "not exported"]:
            these = {key: of for key, of in groups.items() if key[:2] == (memory, name)}
            if not these:
                rows.append(_row(memory, name, "", "", "not installed"))
            for (_, _, form, reset), of in these.items():
                errors = [row["nrmse"] for row in of]
                row = _row(memory, name, form, reset, float(np.mean(errors)))
                row["largest"] = max(errors)
                row["expected"] = float(np.mean([row["expected"] for row in of]))
                ours = groups.get((memory, OURS, "dense", reset))
                if ours is not None:
                    ours = float(np.mean([row["nrmse"] for row in ours]))
                    row["NRMSE / ours"] = row["NRMSE"] / ours
                rows.append(row)
    return rows


def _row(memory, reader, form, reset, error):
    row = {"memory": memory, "reader": reader, "form": form, "reset": reset}
    return row | {"NRMSE": error, "largest": "", "expected": "", "NRMSE / ours": ""}


def _step_table(results):
    rows = []
    kept = [row for row in results if row["reader"] in (OURS, "not exported")]
    groups = group_rows(kept, "memory", "dt", "reader", "reset")
    for memory in MEMORIES:
        for dt in STEPS:
            of = groups[memory, dt, OURS, "zero"]
            row = {"memory": memory, "step (ms)": 1000 * dt}
            row["NRMSE"] = float(np.mean([each["nrmse"] for each in of]))
            row["expected"] = float(np.mean([each["expected"] for each in of]))
            own = groups.get((memory, dt, "not exported", ""))
            row["not exported"] = ""
            if own is not None:
                row["not exported"] = float(np.mean([each["nrmse"] for each in own]))
            rows.append(row)
    return rows
