"""Permuted sequential MNIST: a digit, pixel by pixel in a fixed random order.

One memory holds the whole sequence, and one hidden layer reads its last state. Only
what is behind the memory is trained, so that its states are computed once, by one
matrix product. The trained network then runs in spikes (`psmnist_run`).

The task and the numbers it is compared with: A. Voelker, I. Kajić, C. Eliasmith,
"Legendre Memory Units", NeurIPS 2019.
"""

import json
import zlib
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from nengo_lmu import backends, checks, report
from nengo_lmu.data import mnist
from nengo_lmu.experiments import psmnist_run
from nengo_lmu.experiments.psmnist_network import accuracy, build, sequences, states
from nengo_lmu.experiments.sweep import sweep
from nengo_lmu.files import write_whole
from nengo_lmu.trained import MODEL_FILE, Trained
from nengo_lmu.versions import versions

NAME = "psmnist"
PERMUTATION = 0
"""Seed of the order of the pixels, that of the paper."""

PIXEL = 0.005
"""Seconds that a pixel is shown, and step of the simulation.

At 200 Hz, the rate at the end of a neuron's range, that is one spike."""

PUBLISHED = {
    "RNN-orth": 89.26,
    "RNN-id": 86.13,
    "LSTM": 89.86,
    "LSTM-chrono": 88.43,
    "GRU": 92.39,
    "JANET": 91.94,
    "SRU": 92.49,
    "GORU": 87.00,
    "NRU": 95.38,
    "Phased LSTM": 89.61,
    "LMU": 97.15,
    "FF baseline": 92.65,
}
"""Test accuracies in percent, from the paper's table."""

WHOLE = {
    "order": 256,
    "n_hidden": 1000,
    "pixel": PIXEL,
    "dt": PIXEL,
    "epochs": 16,
    "batch": 256,
    "dropout": 0.3,
    "noise": 0.2,
    "learning_rate": 1.5e-3,
    "shifts": 4,
}
"""Settings of the training.

``noise`` is that of the state, in parts of its standard deviation: about what the
spiking memory has, and a regularization. ``shifts`` is the number of copies of the
training data that are moved by a pixel, before the permutation."""

CHIP = {
    **WHOLE,
    "order": 32,
    "n_hidden": 200,
    "pixel": 0.002,
    "dt": 0.001,
    "dropout": 0.0,
    "noise": 0.3,
    "shifts": 0,
}
QUICK = {
    **WHOLE,
    "order": 24,
    "n_hidden": 50,
    "epochs": 10,
    "batch": 50,
    "dropout": 0.0,
    "learning_rate": 1e-2,
    "shifts": 0,
}
QUICK_CHIP = {"order": 8, "n_hidden": 20, "epochs": 3, "batch": 50}
N_QUICK = 1000
"""Images of the training data, and of the test data, in the quick form."""


def train(out, *, data=None, quick=False, seed=0, permutation=PERMUTATION, **changes):
    """Train, and print the test accuracy among the published ones.

    A second, smaller network is trained for the chip, into the directory ``chip``.

    Parameters
    ----------
    out : path_like
        Directory for ``model.npz``, ``result.json`` and, in ``training``, history,
        curve and checkpoint. A training that was stopped goes on from there.
    data : path_like, optional
        See `nengo_lmu.data.mnist.load`.
    quick : bool, optional
        With small networks and `N_QUICK` images.
    seed : int, optional
        Of the weights and of everything random in training.
    permutation : int, optional
        Seed of the order of the pixels.
    **changes
        Other settings of the larger network than those of `WHOLE`, or `QUICK`.

    Returns
    -------
    dict
        ``accuracy`` on the test data, in percent, ``seconds`` of training, and others.
    """
    out = Path(out)
    learning, test = mnist.load(data)
    if quick:
        learning, test = (part.part(slice(N_QUICK)) for part in (learning, test))
    given = learning, test, permutation, seed
    settings = {**(QUICK if quick else WHOLE), **changes}
    result = fit(out, settings, *given)
    of_chip = fit(out / "chip", {**CHIP, **QUICK_CHIP} if quick else CHIP, *given)
    ours = {"nengo-lmu": result, "nengo-lmu, for the chip": of_chip}
    rows = [
        {"model": name, "test accuracy": value, "trained parameters": "", "seconds": ""}
        for name, value in PUBLISHED.items()
    ] + [
        {
            "model": f"{name} (order {found['order']}, {found['n_hidden']} units)",
            "test accuracy": found["accuracy"],
            "trained parameters": found["n_weights"],
            "seconds": found["seconds"],
        }
        for name, found in ours.items()
    ]
    report.print_table(rows, "psMNIST: the paper's table, and ours without spikes")
    return result


def fit(out, settings, learning, test, permutation, seed):
    """Train one network.

    Parameters
    ----------
    out : pathlib.Path
    settings : dict
        As `WHOLE`.
    learning, test : Digits
    permutation, seed : int

    Returns
    -------
    dict
    """
    from nengo_lmu.training import train as train_network

    n_held_back = min(mnist.N_VALIDATION, len(learning) // 5)
    learning, held_back = mnist.split(learning, n_held_back)
    parameters = {
        **{name: settings[name] for name in ("order", "n_hidden", "pixel", "dt")},
        "n_pixels": learning.pixels.shape[1],
        "offset": float(learning.pixels.mean() / 255),
        "permutation": permutation,
    }
    copies = shifted(learning, settings["shifts"])
    x, x_held_back = states(copies, parameters), states(held_back, parameters)
    # For the optimizer all dimensions are of one size; the weights take that back.
    scale = np.sqrt(np.mean(np.square(x), axis=0))
    network = build(parameters, seed=seed)
    state = network.layers[0].memory.state
    trained, history = train_network(
        network,
        {state: x / scale},
        copies.labels,
        loss="crossentropy",
        validation=({state: x_held_back / scale}, held_back.labels),
        epochs=settings["epochs"],
        batch=settings["batch"],
        learning_rate=cosine(settings["learning_rate"], settings["epochs"]),
        dropout=settings["dropout"],
        noise=settings["noise"] ** 2 * np.eye(parameters["order"]),
        seed=seed,
        model=NAME,
        parameters=parameters,
        out=out / "training",
    )
    trained.weights["0.W_m"] = trained.weights["0.W_m"] / scale
    trained.save(out / MODEL_FILE)
    result = {
        **settings,
        "accuracy": accuracy(trained, test),
        "validation_accuracy": 100 * max(row["val_accuracy"] for row in history),
        "n_weights": int(sum(w.size for w in trained.weights.values())),
        "seconds": sum(row["seconds"] for row in history),
        "versions": trained.versions,
    }
    write_whole(out / "result.json", json.dumps(result, indent=2) + "\n")
    return result


def cosine(highest, epochs):
    """A learning rate that falls along a cosine, after an epoch at a fifth."""

    def rate(epoch):
        if epoch == 0:
            return highest / 5
        return highest * (0.01 + 0.99 * (1 + np.cos(np.pi * epoch / epochs)) / 2)

    return rate


SHIFTS = [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)]
"""Rows and columns by which images are moved, one copy each."""


def shifted(digits, n_copies):
    """The digits, and copies of all that are moved by a pixel.

    Parameters
    ----------
    digits : Digits
        Of square images, not permuted yet.
    n_copies : int
        0 to 8.
    """
    side = int(np.sqrt(digits.pixels.shape[1]))
    images = digits.pixels.reshape(-1, side, side)
    copies = [np.roll(images, shift, (1, 2)) for shift in [(0, 0), *SHIFTS[:n_copies]]]
    return mnist.Digits(
        np.concatenate(copies).reshape(-1, side * side),
        np.tile(digits.labels, len(copies)),
    )


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
        What `train` wrote into; gets ``evaluations.json`` and, for an evaluation that
        is stopped and goes on, one table of its parts each.
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
    known[f"{backend} {memory} {same['neuron']} {same['n_each']}"] = result
    write_whole(directory / "evaluations.json", json.dumps(known, indent=2) + "\n")
    shown = [{"psMNIST in spikes": k, "": report.text(v)} for k, v in result.items()]
    report.print_table(shown)
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
