"""The trained network of psMNIST in spikes: accuracy, neurons, spikes, energy.

The digits follow one another without a reset, as a window forgets what is older than
itself (what is left of the digit before is 2 to 4 % of the state). The state at the end
of each digit is held in front of the hidden layer, whose spikes are counted through a
lowpass, while the memory sees the next digit: one network. An exact memory needs no
run; then the hidden layer runs on its own on the states that are handed over, each held
for a shorter time. On a chip, see `nengo_lmu.experiments.psmnist.chip`.
"""

import zlib
from functools import partial
from pathlib import Path
from time import perf_counter

import nengo
import numpy as np

from nengo_lmu import backends, checks, report
from nengo_lmu.data import mnist
from nengo_lmu.evaluation.energy import Work, joules
from nengo_lmu.evaluation.spikes import spike_counter
from nengo_lmu.experiments.memory_run import play, range_notes, run_network
from nengo_lmu.experiments.psmnist import chip as on_chip
from nengo_lmu.experiments.psmnist import network as net
from nengo_lmu.experiments.psmnist.data import PERMUTATION, sequences, states, stream
from nengo_lmu.experiments.psmnist.plot import draw
from nengo_lmu.files import output_directory, update_json, write_table
from nengo_lmu.networks.to_spiking import to_spiking
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

N_SAMPLE = 30
"""Digits for which a memory is laid out, of the training data."""

SEED_OF_NOISE = 1
"""Seed of the simulation from which the noise of a memory is measured. Those of test
images are multiples of the number of images that a process runs."""

ORDER = 0
"""Seed of the order in which the test images are run: the first ones are as difficult
as all of them, which they are not in the file."""

HOLD = 0.2
"""Seconds that a state is held before the hidden layer."""

SYNAPSE = 0.05
"""Time constant of what the outputs read, in seconds."""

COLUMNS = [
    "backend", "memory", "neuron", "n_each", "model", "first", "n", "correct",
    "neurons", "memory_spikes", "hidden_spikes", "error", "range", "seconds",
    "versions",
]  # fmt: skip
CHUNK = 1000
"""Images that one process runs."""

CHUNK_ON_CHIP = 25

CURVE = {"regular": (6, 8, 10, 14, 20, 40), "balanced": (40,), "poisson": (40,)}
"""Neurons for each dimension, by the kind of neuron, of the curve."""

N_SLOW = 200
"""Images of the test data where the compiled backend does not run."""


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
    """Run the trained network in spikes; print and write its accuracy.

    Parameters
    ----------
    directory : path_like
        Output directory of the training. Gets ``evaluations.json``, and a table of the
        parts of each evaluation, so that one that was stopped goes on.
    backend : str, optional
        See `nengo_lmu.backends`. For those of the chip the model of the chip is taken,
        and with ``memory="spiking"`` `chip.evaluate` is called.
    memory : {"ideal", "spiking"}, optional
        The hidden layer spikes in any case.
    data : path_like, optional
        See `nengo_lmu.data.mnist.load`.
    permutation : int, optional
        Seed of the order of the pixels. That of the model, else it is an error.
    n_images : int, optional
        Images of the test data, drawn at random; by default all on the compiled
        backend, `N_SLOW` on others.
    n_each : int, optional
        Neurons for each dimension of the memory.
    neuron : {"regular", "balanced", "poisson"}, optional
        Type of the neurons of the memory.
    workers : int, optional
        Processes at a time.

    Returns
    -------
    dict
        ``accuracy`` in percent and its standard error; neurons, spikes and
        ``microjoules`` a digit (empty for memories that Loihi cannot run: Poisson
        neurons, and those that take turns); ``state_error``, root mean square of the
        state's error as a fraction of each dimension's own.
    """
    directory, chip = Path(directory), backends.find(backend).chip
    place = directory / "chip" if chip else directory
    trained = Trained.load(place / MODEL_FILE, net.NAME, permutation=permutation)
    if chip and memory == "spiking":
        given = {"n_images": n_images, "n_each": n_each, "workers": workers}
        return on_chip.evaluate(directory, backend=backend, data=data, **given)
    _, test = mnist.load(data)
    total = len(test) if backend == "nengo-lmu" else N_SLOW
    if n_images is not None:
        total = checks.integer(n_images, attr="n_images")
    total = min(len(test), total)
    checks.one_of(neuron, net.NEURONS, "neuron")
    n_each = net.N_EACH if n_each is None else n_each
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
    result = summary(rows, trained)
    name = f"{backend} {memory} {same['neuron']} {same['n_each']} {total}"
    update_json(directory / "evaluations.json", {name: result})
    shown = {**result, "accuracy": f"{result['accuracy']:.2f}"}
    report.print_table(
        [{"psMNIST in spikes": k, "": report.text(v)} for k, v in shown.items()]
    )
    return result


def run_part(run, *, place, data):
    """Run some images of the test data in spikes: a row of the table.

    ``place`` is the directory of the model; ``run`` has ``backend``, ``memory``,
    ``neuron``, ``n_each``, ``first`` and ``n``.
    """
    begin = perf_counter()
    trained = Trained.load(Path(place) / MODEL_FILE, net.NAME)
    parameters, backend = trained.parameters, run["backend"]
    learning, test = mnist.load(data)
    drawn = np.random.RandomState(ORDER).permutation(len(test))
    digits = test.part(drawn[run["first"] : run["first"] + run["n"]])
    ideal = states(digits, parameters)
    inputs = (
        sequences(digits, parameters),
        sequences(learning.part(slice(N_SAMPLE)), parameters),
        backend,
    )
    settings = {name: run[name] for name in ("n_each", "neuron")}
    settings["seed"] = run["first"]
    with range_notes() as notes:
        if run["memory"] == "spiking":
            x, spikes, neurons, outputs, hidden_spikes = run_whole(
                trained, *inputs, **settings
            )
        else:
            x, spikes, neurons = ideal, np.zeros(1), 0
            outputs, hidden_spikes = run_hidden(trained, x, backend)
    return {
        "correct": int(np.sum(outputs.argmax(axis=1) == digits.labels)),
        "neurons": neurons + parameters["n_hidden"],
        "memory_spikes": round(spikes.sum()),
        "hidden_spikes": round(hidden_spikes.sum()),
        "error": float(np.sqrt(np.mean((x - ideal) ** 2 / np.mean(ideal**2, axis=0)))),
        "range": "; ".join(notes),
        "seconds": perf_counter() - begin,
        "versions": versions(backends.find(backend).package),
    }


def summary(rows, trained):
    """Accuracy, neurons, spikes and energy a digit, from the rows of an evaluation."""
    parameters = trained.parameters
    n = sum(row["n"] for row in rows)
    right = sum(row["correct"] for row in rows) / n
    of_memory, of_hidden = (
        sum(row[f"{which}_spikes"] for row in rows) / n
        for which in ("memory", "hidden")
    )
    neurons = rows[0]["neurons"]
    whole = rows[0]["memory"] == "spiking"
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
        "microjoules": "" if whole else microjoules(parameters, of_hidden),
        # Of the part of the images that is out of range, or of the first.
        "range": max((r["range"] for r in rows), key=lambda note: "out of" in note),
        "n_weights": trained.n_weights,
        "moved_copies": parameters.get("moved_copies", ""),
        "trained_for": parameters.get("trained_for", ""),
        "versions": rows[0]["versions"],
        "seconds": sum(row["seconds"] for row in rows),
    }


def run_memory(parameters, u, sample, backend, seed=0, **settings):
    """Run the spiking memory.

    Parameters
    ----------
    parameters : dict
        Those of a `Trained` model.
    u, sample : (n, n_pixels) array
        Sequences to run, and sequences that the memory is laid out for.
    backend : str
    seed : int, optional
        Seed of the simulation.
    **settings
        Further arguments of `spiking_memory`.

    Returns
    -------
    states, spikes, n_neurons : (n, order) array, (n,) array, int
        Those at the end of each digit, and those that it took.
    """
    dt, window = parameters["dt"], parameters["n_pixels"] * parameters["pixel"]
    values = stream(u, parameters)
    with nengo.Network() as network:
        memory = net.spiking_memory(parameters, sample, **settings)
        play(values, memory.input, dt)
        state = nengo.Probe(memory.state, sample_every=window)
        count = nengo.Probe(spike_counter([memory], dt), sample_every=window)
    probes = state, count
    run = run_network(network, probes, len(values), backend=backend, dt=dt, seed=seed)
    states, spikes = run.data
    return states[1:], np.diff(spikes[:, 0]), memory.design.n_neurons


def run_whole(trained, u, sample, backend, seed=0, **settings):
    """Run memory and hidden layer as one network.

    Each digit is classified when the next one has been shown, as its state is held
    until then.

    Parameters
    ----------
    trained : Trained
    u, sample, backend, seed, **settings
        As of `run_memory`.

    Returns
    -------
    states, spikes, n_neurons, outputs, hidden_spikes
        The first three as of `run_memory`, the others as of `run_hidden`.
    """
    parameters = trained.parameters
    dt, window = parameters["dt"], parameters["n_pixels"] * parameters["pixel"]
    values = np.append(stream(u, parameters), np.zeros(round(window / dt)))
    network = net.spiking_network(trained, sample, **settings)
    with network:
        play(values, network.memory.input, dt)
        hidden = network.reader.layers[0].ensemble.neurons
        probes = [
            nengo.Probe(target, sample_every=window)
            for target in (
                network.memory.state,
                spike_counter([network.memory], dt),
                network.reader.output,
                spike_counter([hidden], dt),
            )
        ]
    run = run_network(network, probes, len(values), backend=backend, dt=dt, seed=seed)
    states, spikes, outputs, hidden_spikes = run.data
    return (
        states[1:-1],
        np.diff(spikes[:-1, 0]),
        network.memory.design.n_neurons,
        outputs[2:],
        np.diff(hidden_spikes[1:, 0]),
    )


def memory_errors(parameters, digits, **settings):
    """Errors of the spiking memory's last states of training digits, (n, order).

    ``settings`` are arguments of `spiking_memory`. The memory is laid out as for the
    test digits; its spikes are others.
    """
    u = sequences(digits, parameters)
    found, _, _ = run_memory(
        parameters, u, u[:N_SAMPLE], "nengo-lmu", seed=SEED_OF_NOISE, **settings
    )
    return found - states(digits, parameters)


def run_hidden(trained, states, backend):
    """Run the hidden layer on states (n, order): outputs (n, 10) and spikes (n,)."""
    dt = trained.parameters["dt"]
    with nengo.Network(seed=0) as network:
        reader = net.build(trained.parameters)
        to_spiking(reader, trained, rate=net.RATE, synapse=SYNAPSE)
        layer = reader.layers[0]
        play(states, layer.memory.state, HOLD)
        output = nengo.Probe(reader.output, sample_every=HOLD)
        count = nengo.Probe(
            spike_counter([layer.ensemble.neurons], dt), sample_every=HOLD
        )
    n_steps = round(HOLD / dt) * len(states)
    run = run_network(network, (output, count), n_steps, backend=backend, dt=dt)
    outputs, spikes = run.data
    return outputs, np.diff(spikes[:, 0], prepend=0)


def microjoules(parameters, hidden_spikes):
    """Energy of the hidden layer a digit, on Loihi by its published figures.

    See `evaluation.energy`. Its input is multiplied with its weights once, as it is
    held.
    """
    order, n_hidden, dt = (parameters[name] for name in ("order", "n_hidden", "dt"))
    of_hidden = Work(
        spikes=hidden_spikes,
        updates=n_hidden * round(HOLD / dt),
        synops_event=order * n_hidden + hidden_spikes * net.N_CLASSES,
        synops_clocked=0.0,
    )
    return 1e6 * joules(of_hidden, "loihi")


def run(directory, *, data=None, n_images=1000, neuron=None, n_each=None, workers=2):
    """Evaluate with memories of several sizes; write ``curve.csv`` and ``curve.png``.

    Parameters are those of `evaluate`, but ``n_each`` is a list of sizes; both types of
    neurons and the sizes of `CURVE` by default.
    """
    if neuron is not None:
        checks.one_of(neuron, net.NEURONS, "neuron")
    curve = {
        kind: sizes if n_each is None else n_each
        for kind, sizes in CURVE.items()
        if neuron in (None, kind)
    }
    directory = output_directory(directory)
    shared = {
        "backend": "nengo-lmu",
        "data": data,
        "n_images": n_images,
        "workers": workers,
    }
    ideal = evaluate(directory, memory="ideal", **shared)
    rows = [
        evaluate(directory, memory="spiking", neuron=neuron, n_each=n, **shared)
        for neuron, sizes in curve.items()
        for n in sizes
    ]
    write_table(directory / "curve.csv", [ideal, *rows])
    report.save(draw(rows, ideal), directory / "curve.png")
    return rows
