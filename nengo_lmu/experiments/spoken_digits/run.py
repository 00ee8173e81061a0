"""The trained network of the spoken digits in spikes, on any backend.

The words follow one another in real time, with a window of silence between them. On a
chip, memories and hidden layer are on the chip; the host computes the bands, multiplies
the states with the trained weights, and sums the outputs.
"""

from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from nengo_lmu import backends, checks, report
from nengo_lmu.data import spoken_digits
from nengo_lmu.experiments.reader_run import (
    RATE,
    chain_fan_out,
    evenly,
    reader_joules,
    run_reader,
)
from nengo_lmu.experiments.spoken_digits import network as net
from nengo_lmu.experiments.spoken_digits.chip import occupied
from nengo_lmu.experiments.spoken_digits.over_time import draw, over_time
from nengo_lmu.experiments.spoken_digits.train import (
    decisions,
    outputs_without_spikes,
    words,
)
from nengo_lmu.files import update_json, write_columns
from nengo_lmu.networks import IdealMemory
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained

N_WORDS = {"nengo-lmu": 300, "loihi": 30}
"""Test words, evenly taken, by backend; `N_SLOW` on others."""

N_SLOW = 5
N_LAYOUT = 20
"""Training words that the memories are laid out for."""


def evaluate(directory, *, backend="nengo", memory="ideal", data=None, n=None):
    """Run the network on test words in spikes; see `tasks.run_evaluation`.

    Prints a row, and adds it to ``evaluations.json``. The accuracy against the time
    since the word began is written into a table and a figure.

    Parameters
    ----------
    directory, backend, memory, data
        See `tasks.run_evaluation`.
    n : int, optional
        Number of test words, see `N_WORDS`.

    Returns
    -------
    dict
        ``accuracy`` in percent; ``rates``, that without spikes on the same words;
        neurons, spikes a second, and ``joules_per_s`` of Loihi; on a chip ``cores`` and
        ``chips``.
    """
    begin, directory = perf_counter(), Path(directory)
    trained = Trained.load(directory / MODEL_FILE, net.NAME)
    learning, test = spoken_digits.split(spoken_digits.load(data))
    n = N_WORDS.get(backend, N_SLOW) if n is None else n
    n = checks.integer(min(n, len(test)), attr="n")
    test = some_of(test, n)
    frames, sample = (
        words(some.sounds, trained.parameters)
        for some in (test, some_of(learning, N_LAYOUT))
    )
    on_chip = memory == "spiking" and backends.find(backend).chip
    cores = occupied(trained, sample) if on_chip else {}
    outputs, spikes = run(trained, frames, sample, backend, memory)
    rates = outputs_without_spikes(trained, frames)
    row = {"backend": backend, "memory": memory, "words": n}
    for name, of in (("accuracy", outputs), ("rates", rates)):
        row[name] = 100 * float(np.mean(decisions(of) == test.digits))
    row |= resources(trained, backend, memory, spikes) | cores
    columns = over_time(rates, test.digits)
    columns["rates"] = columns.pop("accuracy")
    columns[backend] = over_time(outputs, test.digits)["accuracy"]
    name = name_over_time(backend, memory)
    write_columns(directory / f"{name}.csv", columns)
    report.save(draw(columns), directory / f"{name}.png")
    row["seconds"] = perf_counter() - begin
    update_json(directory / "evaluations.json", {f"{backend} {memory}": row})
    report.print_values(row)
    return row


def name_over_time(backend, memory):
    """Name of the table and the figure of the accuracy over time."""
    return f"over-time-{backend}-{memory}"


def some_of(recordings, n):
    """Some of the recordings, evenly taken."""
    n_all = len(recordings)
    return recordings.part(np.isin(np.arange(n_all), evenly(n_all, n)))


def run(trained, frames, sample, backend, memory):
    """Run the network on words, each a (n_frames, n_bands) array.

    Returns
    -------
    outputs : list of (n_frames + AFTER, 10) array
        Of each word, at the end of each frame.
    spikes : dict of {str: float}
        Spikes of "memory" and "hidden" in a frame.
    """
    parameters, chip = trained.parameters, backends.find(backend).chip
    settings = {"memory": IdealMemory}
    if memory == "spiking":
        settings = net.in_spikes(parameters, sample, chip)
    values, ends = net.stream(frames, parameters)
    outputs, spikes = run_reader(
        partial(net.build, parameters, **settings),
        trained,
        values,
        dt=net.DT,
        hold=net.HOLD,
        rate=RATE[chip],
        synapse=net.SYNAPSE,
        backend=backend,
    )
    outputs = [
        outputs[end - len(of) : end + net.AFTER]
        for of, end in zip(frames, ends, strict=True)
    ]
    return outputs, {name: float(of.mean()) for name, of in spikes.items()}


def resources(trained, backend, memory, spikes):
    """Parameters, neurons, spikes a second, and joules a second."""
    parameters, chip = trained.parameters, backends.find(backend).chip
    order, loops = parameters["order"], []
    if memory == "spiking":
        loops = parameters["n_bands"] * [(net.N_EACH[chip] * order, order)]
    fan_out = chain_fan_out(net.N_EACH[chip]) if chip else None
    energy = reader_joules(trained, spikes, net.HOLD / net.DT, loops, fan_out)
    return {
        "parameters": trained.n_weights,
        "memory_neurons": sum(n for n, _ in loops),
        "hidden_neurons": parameters["n_hidden"],
        "memory_spikes_per_s": spikes["memory"] / net.HOLD,
        "hidden_spikes_per_s": spikes["hidden"] / net.HOLD,
        "joules_per_s": energy / net.HOLD,
    }
