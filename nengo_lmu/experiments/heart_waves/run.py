"""The trained network of the heart waves in spikes, on any backend.

The sequences follow one another, each after a silence of the longest window. On a chip,
memories and hidden layer are on the chip; the host sends the events, multiplies the
states with the trained weights, and sums the outputs.
"""

import zlib
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from nengo_lmu import backends, checks, report
from nengo_lmu.data import heart_waves
from nengo_lmu.experiments.heart_waves import network as net
from nengo_lmu.experiments.heart_waves.plot import draw
from nengo_lmu.experiments.heart_waves.score import score
from nengo_lmu.experiments.reader_run import (
    RATE,
    chain_fan_out,
    evenly,
    reader_joules,
    run_reader,
)
from nengo_lmu.files import output_directory, read_arrays, update_json, write_arrays
from nengo_lmu.networks import IdealMemory
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained

N_SEQUENCES = {"nengo-lmu": 141, "loihi": 4}
"""Test sequences, evenly taken, by backend; `N_SLOW` on others."""

N_SLOW = 2
CHUNK = {False: 24, True: 2}
"""Sequences that one simulation runs, off and on a chip."""

LAYOUT = {False: 8, True: 3}
"""Training sequences that the memories are laid out for, off and on a chip."""


def evaluate(directory, *, backend="nengo", memory="ideal", data=None, n=None):
    """Run the network on test sequences in spikes; see `tasks.run_evaluation`.

    Prints a row, adds it to ``evaluations.json``, and draws ``waves.png``. What is
    simulated is kept in ``parts``, so that an evaluation that was stopped goes on.

    Parameters
    ----------
    directory, backend, memory, data
        See `tasks.run_evaluation`.
    n : int, optional
        Number of test sequences, see `N_SEQUENCES`.

    Returns
    -------
    dict
        What `score` finds; ``rates``, the accuracy without spikes on the same
        sequences; neurons, and spikes for each step of the data; ``joules_per_s``, of
        Loihi by its published figures for the network in real time.
    """
    begin, directory = perf_counter(), Path(directory)
    trained = Trained.load(directory / MODEL_FILE, net.NAME)
    learning, test = (heart_waves.load(data, name) for name in ("train", "test"))
    n = N_SEQUENCES.get(backend, N_SLOW) if n is None else n
    n = checks.integer(min(n, len(test)), attr="n")
    test = test.part(evenly(len(test), n))
    chip = backends.find(backend).chip
    sample = learning.events[evenly(len(learning), LAYOUT[chip])]
    same = (directory / MODEL_FILE).read_bytes() + repr(net.settings(chip)).encode()
    place = output_directory(directory / "parts")
    parts = []
    for first in range(0, n, CHUNK[chip]):
        path = place / f"{backend}-{memory}-{zlib.crc32(same)}-{n}-{first}.npz"
        if not path.exists():
            some = test.events[first : first + CHUNK[chip]]
            outputs, spikes = run(trained, some, sample, backend, memory)
            classes = outputs.argmax(axis=2).astype(np.uint8)
            write_arrays(path, {"format": 1, **spikes}, {"classes": classes})
        header, arrays = read_arrays(path, 1)
        parts.append((len(arrays["classes"]), arrays["classes"], header))
        print(f"{min(first + CHUNK[chip], n)} of {n} sequences", flush=True)
    counts, classes, spikes = zip(*parts, strict=True)
    classes = np.concatenate(classes).astype(int)
    means = {
        name: float(np.average([each[name] for each in spikes], weights=counts))
        for name in ("memory", "hidden")
    }
    without = net.rate_outputs(trained, test.events).argmax(axis=2)
    row = {"backend": backend, "memory": memory, "sequences": n}
    row |= score(classes, test)
    row["rates"] = score(without, test)["accuracy"]
    row |= resources(trained, backend, memory, means)
    row["seconds"] = perf_counter() - begin
    update_json(directory / "evaluations.json", {f"{backend} {memory}": row})
    report.save(
        draw(test, {"rates": without, "spikes": classes}), directory / "waves.png"
    )
    report.print_values(row)
    return row


def run(trained, events, sample, backend, memory):
    """Run the network on sequences (n, n_steps, 4).

    Parameters
    ----------
    trained : Trained
    events, sample : (n, n_steps, 4) array
        Sequences to run, and sequences that spiking memories are laid out for.
    backend : str
    memory : {"ideal", "spiking"}

    Returns
    -------
    outputs : (n, n_steps, 6) array
        At the end of each step of the data.
    spikes : dict of {str: float}
        Spikes of "memory" and "hidden" for each step of the data.
    """
    parameters, chip = trained.parameters, backends.find(backend).chip
    settings = {"makes": [IdealMemory] * len(parameters["n_hidden"])}
    if memory == "spiking":
        settings = net.in_spikes(trained, sample, chip)
    outputs, spikes = run_reader(
        partial(net.build, parameters, **settings),
        trained,
        net.stream(events, parameters),
        dt=net.DT,
        hold=net.HOLD,
        rate=RATE[chip],
        synapse=net.SYNAPSE[chip],
        backend=backend,
    )
    n, n_steps = events.shape[:2]
    means = {name: float(np.mean(each)) for name, each in spikes.items()}
    return outputs.reshape(n, -1, outputs.shape[1])[:, -n_steps:], means


def resources(trained, backend, memory, spikes):
    """Parameters, neurons, spikes a step of the data, and joules a second.

    Energies are those of Loihi, see `reader_joules`, for data in real time.
    """
    parameters, chip = trained.parameters, backends.find(backend).chip
    layers = zip(
        parameters["windows"],
        parameters["order"],
        net.channels(parameters),
        strict=True,
    )
    loops = [
        (net.N_EACH[chip] * order, order)
        for windows, order, n_channels in layers
        for _ in range(n_channels * len(windows))
        if memory == "spiking"
    ]
    n_steps = net.HOLD / net.DT
    fan_out = chain_fan_out(net.N_EACH[chip]) if chip else None
    energy = reader_joules(trained, spikes, n_steps, loops, fan_out)
    return {
        "parameters": trained.n_weights,
        "memory_neurons": sum(n for n, _ in loops),
        "hidden_neurons": sum(parameters["n_hidden"]),
        "memory_spikes": spikes["memory"],
        "hidden_spikes": spikes["hidden"],
        "joules_per_s": energy * heart_waves.RATE,
    }
