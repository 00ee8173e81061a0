"""What was trained on psMNIST, run in spikes: accuracy, neurons, spikes, energy."""

import json
import zlib
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from nengo_lmu import backends, checks, report
from nengo_lmu.data import mnist
from nengo_lmu.experiments.trained import psmnist_run
from nengo_lmu.experiments.trained.psmnist_network import (
    NAME,
    PERMUTATION,
    sequences,
    states,
)
from nengo_lmu.files import write_whole
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

COLUMNS = [
    "backend", "memory", "neuron", "n_each", "model", "first", "n", "correct",
    "neurons", "memory_spikes", "hidden_spikes", "error", "seconds", "versions",
]  # fmt: skip
CHUNK = 1000
"""Images that one process runs."""

CHUNK_ON_CHIP = 25

N_SLOW = 200
"""Images, the first of the test data, where the compiled backend does not run."""


def evaluate(
    directory,
    *,
    backend="nengo",
    memory="ideal",
    data=None,
    permutation=PERMUTATION,
    n_images=None,
    n_each=None,
    neuron="regular",
    workers=2,
):
    """Run what was trained in spikes, print and write how well it does.

    Parameters
    ----------
    directory : path_like
        What `psmnist.train` wrote into. Gets ``evaluations.json``, and a table of the
        parts of each evaluation, so that one that was stopped goes on.
    backend : str, optional
        See `nengo_lmu.backends`. For those of the chip the small model is taken.
    memory : {"ideal", "spiking"}, optional
        The hidden layer spikes in any case.
    data : path_like, optional
        See `nengo_lmu.data.mnist.load`.
    permutation : int, optional
        Seed of the order of the pixels. That of the model, else it is an error.
    n_images : int, optional
        First images of the test data; by default all on the compiled backend,
        `N_SLOW` on others.
    n_each : int, optional
        Neurons for each dimension of the memory.
    neuron : {"regular", "poisson"}, optional
        Of the memory.
    workers : int, optional
        Processes at a time.

    Returns
    -------
    dict
        ``accuracy`` in percent and its standard error; neurons, spikes and
        ``microjoules`` a digit; ``state_error``, root mean square of the state's
        error in parts of each dimension's own.
    """
    begin = perf_counter()
    directory, chip = Path(directory), backends.find(backend).chip
    place = directory / "chip" if chip else directory
    trained = Trained.load(place / MODEL_FILE, NAME, permutation=permutation)
    _, test = mnist.load(data)
    total = len(test) if backend == "nengo-lmu" else N_SLOW
    if n_images is not None:
        total = checks.integer(n_images, attr="n_images")
    total = min(len(test), total)
    checks.one_of(neuron, psmnist_run.NEURONS, "neuron")
    if n_each is None:
        n_each = psmnist_run.N_EACH_ON_CHIP if chip else psmnist_run.N_EACH
    same = {
        "backend": backend,
        "memory": memory,
        "neuron": neuron if memory == "spiking" else "",
        "n_each": n_each if memory == "spiking" else 0,
        "model": zlib.crc32((place / MODEL_FILE).read_bytes()),
    }
    size = min(CHUNK_ON_CHIP if chip else CHUNK, -(-total // workers))
    runs = [
        {**same, "first": first, "n": min(size, total - first)}
        for first in range(0, total, size)
    ]
    name = "-".join(str(value) for value in (*same.values(), total))
    measure = partial(run_part, place=str(place), data=data)
    path = directory / "parts" / f"{name}.csv"
    rows = sweep(measure, runs, COLUMNS, path, workers=workers)
    result = summary(rows, trained.parameters)
    result["wall_seconds"] = perf_counter() - begin
    known = evaluations(directory)
    known[f"{backend} {memory} {same['neuron']} {same['n_each']} {total}"] = result
    write_whole(directory / "evaluations.json", json.dumps(known, indent=2) + "\n")
    shown = {**result, "accuracy": f"{result['accuracy']:.2f}"}
    report.print_table(
        [{"psMNIST in spikes": k, "": report.text(v)} for k, v in shown.items()]
    )
    return result


def evaluations(directory):
    """What `evaluate` has written there so far, {name: dict}."""
    path = Path(directory) / "evaluations.json"
    return json.loads(path.read_text()) if path.exists() else {}


def run_part(run, *, place, data):
    """Some images of the test data in spikes: a row of the table.

    Parameters
    ----------
    run : dict
        ``backend``, ``memory``, ``neuron``, ``n_each``, ``first`` and ``n``.
    place : path_like
        Directory of the model.
    data : path_like or None
    """
    begin = perf_counter()
    trained = Trained.load(Path(place) / MODEL_FILE, NAME)
    parameters, backend = trained.parameters, run["backend"]
    learning, test = mnist.load(data)
    digits = test.part(slice(run["first"], run["first"] + run["n"]))
    ideal = states(digits, parameters)
    if run["memory"] == "ideal":
        x, spikes, neurons = ideal, np.zeros(1), 0
    else:
        x, spikes, neurons = psmnist_run.run_memory(
            parameters,
            sequences(digits, parameters),
            sequences(learning.part(slice(psmnist_run.N_SAMPLE)), parameters),
            backend,
            seed=run["first"],
            n_each=run["n_each"],
            neuron=run["neuron"],
        )
    outputs, hidden_spikes = psmnist_run.run_hidden(trained, x, backend)
    return {
        "correct": int(np.sum(outputs.argmax(axis=1) == digits.labels)),
        "neurons": neurons + parameters["n_hidden"],
        "memory_spikes": round(spikes.sum()),
        "hidden_spikes": round(hidden_spikes.sum()),
        "error": float(np.sqrt(np.mean((x - ideal) ** 2 / np.mean(ideal**2, axis=0)))),
        "seconds": perf_counter() - begin,
        "versions": versions(backends.find(backend).package),
    }


def summary(rows, parameters):
    """Accuracy, neurons, spikes and energy a digit, from the rows of an evaluation."""
    n = sum(row["n"] for row in rows)
    right = sum(row["correct"] for row in rows) / n
    of_memory, of_hidden = (
        sum(row[f"{which}_spikes"] for row in rows) / n
        for which in ("memory", "hidden")
    )
    neurons = rows[0]["neurons"]
    in_memory = neurons - parameters["n_hidden"]
    return {
        "backend": rows[0]["backend"],
        "memory": rows[0]["memory"],
        "neuron": rows[0]["neuron"],
        "order": parameters["order"],
        "images": n,
        "accuracy": 100 * right,
        "standard_error": 100 * float(np.sqrt(right * (1 - right) / n)),
        "memory_neurons": in_memory,
        "hidden_neurons": parameters["n_hidden"],
        "memory_spikes": of_memory,
        "hidden_spikes": of_hidden,
        "state_error": float(np.sqrt(sum(r["n"] * r["error"] ** 2 for r in rows) / n)),
        "microjoules": psmnist_run.microjoules(
            parameters, in_memory, of_memory, of_hidden
        ),
        "seconds": sum(row["seconds"] for row in rows),
    }
