"""Measured and expected error of functions of the window, as a table."""

import numpy as np

from nengo_lmu import backends
from nengo_lmu.experiments.comparison import publish
from nengo_lmu.experiments.memory_run import run_network
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.experiments.outputs.network import CASES, DT, THETA, build
from nengo_lmu.files import group_rows, output_directory
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

TITLE = "Error of functions of the window: order 6, 1 s, white noise to 1 Hz"

SECONDS = 20.0
SEEDS = 301, 302, 303
"""Not those on which anything was chosen."""

MEMORIES = {
    "lif": ("lif", "nengo-lmu"),
    "poisson": ("poisson", "nengo-lmu"),
    "regular": ("regular", "nengo-lmu"),
    "rectified": ("rectified", "nengo-lmu"),
    "emulator": ("lif", "loihi"),
}
MEASURED = ["error", "expected", "bar", "lag", "product", "delay"]
NAMES = [name.replace(" ", "_") for name in CASES]
COLUMNS = ["memory", "seed"]
COLUMNS += [f"{name} {what}" for name in NAMES for what in MEASURED] + ["versions"]


def error(values, true):
    """RMS of the difference over that of what is true."""
    return float(np.sqrt(np.mean((values - true) ** 2) / np.mean(true**2)))


def measure(run, seconds=SECONDS):
    """All functions of one memory.

    Every error is relative to the RMS of the function of the ideal memory's window at
    the same step, after the first window: a lag is an error.
    """
    kind, backend = MEMORIES[run["memory"]]
    on_chip = backends.find(backend).chip
    network, probes, outputs = build(
        neuron(kind), run["seed"], seconds, compared=not on_chip
    )
    flat = [probe for of in probes.values() for probe in of.values()]
    result = run_network(
        network, flat, round(seconds / DT), backend=backend, seed=run["seed"]
    )
    data = dict(zip(flat, result.data, strict=True))
    row = {}
    for name, case in CASES.items():
        of = {k: data[p][round(THETA / DT) :, 0] for k, p in probes[name].items()}
        errors = {what: error(of[what], of["true"]) for what in of}
        memory, output = outputs[name]
        expected = output.error
        if on_chip:
            laid_out = backends.find(backend).design(memory.design)
            expected = output.design.expected_error(laid_out)
        bar = case.bar
        if bar is None:
            bar = errors["add_delay"] + 0.01
        found = {
            "error": errors["output"],
            "expected": expected.total,
            "bar": bar * (1 + on_chip),
            "lag": output.design.lag,
            "product": errors.get("Product", ""),
            "delay": errors.get("add_delay", ""),
        }
        name = name.replace(" ", "_")
        row |= {f"{name} {what}": found[what] for what in MEASURED}
    return row | {"versions": versions(backends.find(backend).package)}


def run(out, *, workers=2):
    """Measure and publish a row for each memory and function.

    Means over the seeds, and the largest error. A run that was stopped goes on.
    """
    out = output_directory(out)
    runs = [{"memory": name, "seed": seed} for seed in SEEDS for name in MEMORIES]
    results = sweep(measure, runs, COLUMNS, out / "results.csv", workers=workers)
    rows = []
    for (memory,), these in group_rows(results, "memory").items():
        for name, case in CASES.items():
            each = {
                what: [row[f"{name.replace(' ', '_')} {what}"] for row in these]
                for what in MEASURED
            }
            met = sum(np.less_equal(each["error"], each["bar"]))
            rows.append(
                {
                    "memory": memory,
                    "function": name,
                    "neurons": case.neurons,
                    "error": float(np.mean(each["error"])),
                    "largest": float(np.max(each["error"])),
                    "expected": float(np.mean(each["expected"])),
                    "Product": _mean(each["product"]),
                    "add_delay": _mean(each["delay"]),
                    "lag (ms)": round(1e3 * float(np.mean(each["lag"])), 1),
                    "bar": round(float(np.mean(each["bar"])), 4),
                    "met": f"{met} of {len(these)}",
                }
            )
    note = (
        f"Means and the largest of {len(SEEDS)} seeds, {SECONDS:g} s each; errors as a "
        "fraction of the RMS of the true function at the same step, so a lag is an "
        "error. Product: nengo.networks.Product with as many LIF neurons on two delays."
        " The emulator's bar is twice the others'."
    )
    return publish(out, "outputs", TITLE, rows, note)


def _mean(values):
    return "" if "" in values else float(np.mean(values))
