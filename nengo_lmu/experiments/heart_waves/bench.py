"""The table of the heart waves: four rows, over several seeds."""

import numpy as np

from nengo_lmu import report
from nengo_lmu.data.heart_waves import WAVES
from nengo_lmu.evaluation.intervals import interval
from nengo_lmu.experiments.heart_waves.run import evaluate
from nengo_lmu.experiments.heart_waves.train import train
from nengo_lmu.experiments.tasks import train_once
from nengo_lmu.files import output_directory, write_table

MEMORIES = {"ideal": "exact", "spiking": "spiking"}
"""Names of memories in the table."""


def run(out, *, data=None, seeds=5, sequences=141, on_chip=4):
    """Train with several seeds and evaluate all; write ``heart-waves.csv``.

    Parameters
    ----------
    out : path_like
        Gets a directory for each seed, as of ``nengo-lmu train heart-waves``, and the
        table: a row for rates with mean and 95 % interval of the accuracy over seeds;
        and of the first seed a row for the hidden layers in spikes, one for the
        memories in spikes, too, and one for the emulator on some sequences.
    data : path_like, optional
    seeds : int, optional
    sequences : int, optional
        Test sequences in spikes, evenly taken.
    on_chip : int, optional
        Test sequences on the emulator, which takes long; 0 for none.

    Returns
    -------
    list of dict
    """
    out = output_directory(out)
    places = [out / f"seed-{k}" for k in range(seeds)]
    of_rates = [
        train_once(train, place, data=data, seed=k) for k, place in enumerate(places)
    ]
    rows = [_over_seeds("rates", "exact", of_rates)]
    for backend, memory, n in (
        ("nengo-lmu", "ideal", sequences),
        ("nengo-lmu", "spiking", sequences),
        ("loihi", "spiking", on_chip),
    ):
        if n == 0:
            continue
        found = evaluate(places[0], backend=backend, memory=memory, data=data, n=n)
        rows.append(_over_seeds(backend, MEMORIES[memory], [found]))
    write_table(out / "heart-waves.csv", rows)
    shown = (
        "backend",
        "memory",
        "seeds",
        "sequences",
        "accuracy",
        "low",
        "high",
        "error",
        "rates",
    )
    report.print_table([{name: row[name] for name in shown} for row in rows])
    return rows


def _over_seeds(backend, memory, found):
    """A row of the table: means over seeds, and an interval of the accuracy."""
    mean, low, high = interval([row["accuracy"] for row in found], "bootstrap")
    row = {"backend": backend, "memory": memory, "seeds": len(found)}
    row |= {"sequences": found[0]["sequences"], "accuracy": mean, "low": low}
    row |= {"high": high}
    names = ["error", "rates", "labelled", *WAVES]
    names += [f"onset {name} (ms)" for name in WAVES]
    names += ["parameters", "memory_neurons", "hidden_neurons", "memory_spikes"]
    names += ["hidden_spikes", "joules_per_s"]
    for name in names:
        values = [each[name] for each in found if name in each]
        row[name] = float(np.mean(values)) if values else ""
    return row
