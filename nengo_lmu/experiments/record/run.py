"""Error, predicted error, speed and time to build of a version, beside earlier ones."""

import subprocess
from functools import partial
from pathlib import Path

import numpy as np

import nengo_lmu
from nengo_lmu import backends, report
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.experiments.accuracy.network import PeersMemory
from nengo_lmu.experiments.build_time.run import build_seconds
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.experiments.record.plot import draw
from nengo_lmu.experiments.resources import machine
from nengo_lmu.experiments.simulator.network import memory
from nengo_lmu.experiments.simulator.run import NETWORKS, compare
from nengo_lmu.extras import MissingExtraError
from nengo_lmu.files import output_directory, read_table, write_table
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import white_noise
from nengo_lmu.version import version
from nengo_lmu.versions import versions

FILE = "benchmarks.csv"
TITLE = "Benchmarks of this version"
COLUMNS = "version commit kind case value versions machine".split()

THETA, RMS, SECONDS = 1.0, 0.5, 6.0
SEEDS = 501, 502, 503
"""Signals and memories of an error, which is their mean."""

MEMORIES = {
    "Poisson, order 6, 600": ("poisson", 6, 600, "nengo-lmu"),
    "LIF, order 6, 600": ("lif", 6, 600, "nengo-lmu"),
    "regular, order 6, 600": ("regular", 6, 600, "nengo-lmu"),
    "rectified, order 6, 600": ("rectified", 6, 600, "nengo-lmu"),
    "rectified, order 24, 2,400": ("rectified", 24, 2400, "nengo-lmu"),
    "emulator of Loihi, order 6, 600": ("lif", 6, 600, "loihi"),
}
SPEEDS = {
    "Poisson, 6,000": ("Poisson 100-200 Hz", 6000),
    "LIF, 600": ("LIF 100-200 Hz", 600),
    "LIF, 6,000": ("LIF 100-200 Hz", 6000),
}
BUILT, REPEATS = 6000, 3


def errors(case):
    """Measured and predicted error of a memory, means over the seeds.

    White noise to order / (6 THETA).
    """
    name, order, n_neurons, backend = case
    freq, found = order / (6 * THETA), []
    for seed in SEEDS:
        make = partial(
            SpikingMemory,
            n_neurons,
            order,
            THETA,
            neuron_type=neuron(name),
            freq=freq,
            rms=RMS,
            seed=seed,
        )
        u = white_noise(SECONDS, freq, RMS, seed=seed)
        run = run_memory(make, u, SECONDS, backend=backend, seed=seed)
        with backends.quiet():
            expected = predict(run.memory, backend).nrmse
        found.append((run.nrmse, expected))
    return np.mean(found, axis=0)


def speed(case):
    """Time of a step on nengo.Simulator as a multiple of that on ours."""
    name, n_neurons = case
    network = memory(*NETWORKS[name], n_neurons)
    with backends.quiet():
        return compare(name, network, n_neurons, {})["nengo / compiled"]


def build():
    """Time to build nengo's EnsembleArray as a multiple of that of a memory."""
    poisson = neuron("poisson")
    ours = partial(SpikingMemory, BUILT, 6, THETA, neuron_type=poisson, seed=0)
    peers = partial(PeersMemory, BUILT, 6, THETA, poisson, seed=0, n_eval_points=500)
    build_seconds(ours)  # imports
    ratios = [build_seconds(peers) / build_seconds(ours) for _ in range(REPEATS)]
    return float(np.median(ratios))


def measure():
    """Yield kind, case and value of each figure.

    A case whose extra is not installed is not measured.
    """
    for case, settings in MEMORIES.items():
        try:
            measured, predicted = errors(settings)
        except MissingExtraError as missing:
            print(f"{case}: {missing}")
            continue
        yield "error", case, float(measured)
        yield "predicted error", case, float(predicted)
    for case, settings in SPEEDS.items():
        yield "speed, times nengo", case, float(speed(settings))
    yield "build, times nengo", f"Poisson, order 6, {BUILT:,}", build()


def commit():
    """Short name of the commit that is run, as git describes it: g1ce1296.

    It is empty outside of a repository.
    """
    root = Path(nengo_lmu.__file__).parents[1]
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "rev-parse", "--short=7", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True)
    return f"g{done.stdout.strip()}"


def run(out):
    """Measure this version, and add it to the file of all versions.

    Rows of the same version and commit are replaced. Returns the new rows.
    """
    out = output_directory(out)
    path = out / FILE
    this = {"version": version, "commit": commit()}
    where = {"versions": versions(), "machine": machine()}
    rows = []
    for kind, case, value in measure():
        rows.append({**this, "kind": kind, "case": case, "value": value, **where})
        print(f"{kind}, {case}: {value:.3g}")
    known = [
        row
        for row in (read_table(path) if path.exists() else [])
        if any(str(row[key]) != value for key, value in this.items())
    ]
    write_table(path, [*known, *rows], COLUMNS)
    report.save(draw([*known, *rows]), out / "benchmarks.png")
    print(path)
    return rows
