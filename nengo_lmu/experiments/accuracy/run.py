"""The error of our memory: beside that of the peers' recipe, and by type and order."""

from functools import partial

import numpy as np

from nengo_lmu.design.designer import design_memory
from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.experiments.accuracy.bars import run_bars
from nengo_lmu.experiments.accuracy.network import PEERS_TAU, PeersMemory
from nengo_lmu.experiments.comparison import publish
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.files import group_rows, output_directory
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import white_noise
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

TITLE = "NRMSE of the window: order 6, 1 s, white noise to 1 Hz, on nengo"

THETA, ORDER, FREQ, RMS, SECONDS, TRIALS = 1.0, 6, 1.0, 0.5, 6.0, 5
# The long runs come first.
CASES = [
    (name, neurons)
    for neurons in (9600, 6000, 2400, 600)
    for name in ("rectified", "regular", "lif", "poisson")
]
RECIPES = "ours", "peers", "peers, our synapse"
COLUMNS = ["neuron", "neurons", "recipe", "seed", "nrmse", "n_spikes", "versions"]


def measure(run):
    """One memory, ours or the peers', on one signal."""
    seed = run["seed"]
    signal = white_noise(SECONDS, FREQ, RMS, seed=seed)
    if run["recipe"] == "ours":
        make = partial(SpikingMemory, freq=FREQ, rms=RMS)
    else:
        # Theirs are chosen by hand: here from this very signal, to their advantage.
        radii = 1.1 * np.max(np.abs(ideal_state(signal, ORDER, THETA)), axis=0)
        tau = PEERS_TAU if run["recipe"] == "peers" else our_tau()
        make = partial(PeersMemory, radii=radii, tau=tau)
    make_memory = partial(
        make, run["neurons"], ORDER, THETA, neuron_type=neuron(run["neuron"]), seed=seed
    )
    result = run_memory(make_memory, signal, SECONDS, seed=seed)
    return {"nrmse": result.nrmse, "n_spikes": result.n_spikes, "versions": versions()}


def our_tau():
    """Time constant of our recurrent synapse, in seconds; it is that of any neurons."""
    design = design_memory(6 * ORDER, ORDER, THETA, freq=FREQ, rms=RMS, seed=0)
    return design.synapse.tau


def run(out, *, workers=2):
    """Measure and publish all tables. A run that was stopped goes on.

    Returns the rows of the comparison with peers.
    """
    out = output_directory(out)
    rows = run_peers(out, workers=workers)
    run_bars(out, workers=workers)
    return rows


def run_peers(out, *, workers=2):
    """Measure and publish a row for each type and number of neurons.

    The rows hold means and ranges over the seeds.
    """
    runs = [
        {"neuron": name, "neurons": neurons, "recipe": recipe, "seed": seed}
        for name, neurons in CASES
        for recipe in RECIPES[::-1]
        for seed in range(TRIALS)
    ]
    results = sweep(measure, runs, COLUMNS, out / "results.csv", workers=workers)
    rows = []
    groups = group_rows(results, "neuron", "neurons", "recipe")
    for name, neurons in CASES[::-1]:
        row = {"neuron": name, "neurons": neurons}
        for recipe in RECIPES:
            these = groups[name, neurons, recipe]
            errors = [result["nrmse"] for result in these]
            if recipe == "ours":
                spikes = np.mean([result["n_spikes"] for result in these])
                row["spikes a second"] = round(float(spikes) / SECONDS)
            row[recipe] = float(np.mean(errors))
            row[f"{recipe}: range"] = f"{min(errors):.2g} to {max(errors):.2g}"
        row["peers / ours"] = row["peers"] / row["ours"]
        rows.append(row)
    note = (
        f"Means over {TRIALS} seeds. The peers' recipe: an EnsembleArray in Legendre "
        "coordinates, LstsqL2, continuous Principle 3, a synapse of 0.1 s or of ours, "
        "100 to 200 Hz, radii from the largest ideal state of the signal."
    )
    return publish(out, "accuracy", TITLE, rows, note)
