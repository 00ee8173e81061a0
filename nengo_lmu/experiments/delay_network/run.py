"""The delay network of neuromorphic hardware: the published recipe and ours."""

import numpy as np

from nengo_lmu import backends, report
from nengo_lmu.experiments.delay_network import data as task
from nengo_lmu.experiments.delay_network.analog import AnalogMemory
from nengo_lmu.experiments.delay_network.data import PUBLISHED
from nengo_lmu.experiments.delay_network.error import runs_of, summary
from nengo_lmu.experiments.delay_network.network import OurMemory, PublishedMemory
from nengo_lmu.files import output_directory, write_table
from nengo_lmu.names import lookup
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

MISMATCH = 0.3
COUNTS = ["spike_rate", "synapses", "input_lines"]
COLUMNS = ["recipe", "backend", "signal", "seed", "nrmse", *COUNTS, "versions"]


def recipes(backend):
    """Names of the two recipes; both are ours in mismatched neurons."""
    return ("nominal", "compensated") if backend == "analog" else ("published", "ours")


def measure(run):
    """One network on one signal.

    Parameters
    ----------
    run : dict
        ``recipe`` (see `recipes`), ``backend`` (a backend's name or analog), ``signal``
        (its seed) and ``seed`` (of the network).

    Returns
    -------
    dict
        ``nrmse``, ``spike_rate``, ``synapses``, ``input_lines`` (see `runs_of`) and
        ``versions``.
    """
    name, seed = run["backend"], run["seed"]
    second = run["recipe"] == recipes(name)[1]
    backend = "nengo" if name == "analog" else name
    on_chip = backends.find(backend).chip

    def make():
        if name == "analog":
            return AnalogMemory(MISMATCH, second, second, seed)
        return OurMemory(on_chip, seed) if second else PublishedMemory(on_chip)

    (found,) = runs_of(make, backend, [run["signal"]], seed)
    return {**found, "versions": versions(backends.find(backend).package)}


def run(out, *, backend="nengo", trials=5, effects=False, workers=2):
    """Run both recipes on ten signals and ten unseen; print and write what came out.

    Parameters
    ----------
    out : path_like
        Directory of ``results.csv`` and ``table.csv``, a row for each recipe and each
        ten of the signals. A run that was stopped goes on with what is missing.
    backend : str, optional
        See `nengo_lmu.backends`; or "analog", neurons with a mismatch of 30 %.
    trials : int, optional
        Seeds of the network, 0, 1, ..., with each signal.
    effects : bool, optional
        Whether to measure the effect of each choice too, see `effects.run_effects`.
    workers : int, optional
        Runs at a time.

    Returns
    -------
    list of dict
        The table.
    """
    if backend != "analog":
        backends.get(backend)
    lookup("backend", backend, PUBLISHED | {"analog": ""})
    out = output_directory(out)
    runs = [
        {"recipe": recipe, "backend": backend, "signal": signal, "seed": seed}
        for recipe in recipes(backend)
        for seed in range(trials)
        for signal in (*task.SIGNALS, *task.UNSEEN)
    ]
    rows = sweep(measure, runs, COLUMNS, out / "results.csv", workers=workers)
    table = [
        _row(recipe, signals, backend, rows)
        for recipe in recipes(backend)
        for signals in (task.SIGNALS, task.UNSEEN)
    ]
    write_table(out / "table.csv", table)
    title = f"Delay network on {backend}: {trials} networks, 10 signals each"
    report.print_table(table, title)
    if effects:
        from nengo_lmu.experiments.delay_network.effects import run_effects

        run_effects(out, backend=backend, trials=trials, workers=workers)
    return table


def _row(recipe, signals, backend, rows):
    """Mean error of a recipe on some signals, its interval, and what it takes."""
    some = [r for r in rows if r["recipe"] == recipe and r["signal"] in signals]
    is_theirs = recipe == "published" and signals == task.SIGNALS
    return {
        "recipe": recipe,
        "signals": f"{signals[0]} to {signals[-1]}",
        **summary([row["nrmse"] for row in some]),
        "thesis": PUBLISHED[backend] if is_theirs else "",
        **{name: float(np.mean([row[name] for row in some])) for name in COUNTS},
    }
