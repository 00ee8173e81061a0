"""The table of the spoken digits: rows in spikes, speakers left out, noise."""

import json

import numpy as np

from nengo_lmu import report
from nengo_lmu.data import spoken_digits
from nengo_lmu.experiments.spoken_digits.network import NAME
from nengo_lmu.experiments.spoken_digits.over_time import draw
from nengo_lmu.experiments.spoken_digits.run import evaluate, name_over_time
from nengo_lmu.experiments.spoken_digits.train import (
    OTHERS,
    accuracy,
    fit,
    train,
)
from nengo_lmu.experiments.tasks import train_once
from nengo_lmu.files import (
    output_directory,
    read_table,
    write_columns,
    write_table,
)
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained

IN_SPIKES = ("nengo-lmu", "ideal"), ("nengo-lmu", "spiking"), ("loihi", "spiking")
"""Backend and memories of the rows in spikes."""

NOISES = (20, 10, 0)
"""Signal over noise in dB, the power of each word over that of the white noise."""

CLIPPED = 0.1
"""Part of its largest value at which a word is clipped."""


def run(out, *, data=None):
    """Train and evaluate; write ``spoken-digits.csv`` and ``spoken-digits-time.csv``.

    What is trained and evaluated is not repeated, so a run that was stopped goes on.

    Parameters
    ----------
    out : path_like
        Gets the network of the official split in ``official``, one for each speaker
        that is left out, and the table: rates, hidden layer in spikes, memories in
        spikes, and the emulator on the official test words; the speakers that are left
        out, without spikes; the official test words in noise, clipped, and in silence.
        A second table and a figure have the accuracy against the time since a word
        began.
    data : path_like, optional
        See `nengo_lmu.data.spoken_digits.load`.

    Returns
    -------
    list of dict
    """
    out, rows = output_directory(out), []
    for found in measured(out, data):
        rows.append(found)
        write_table(out / "spoken-digits.csv", rows)
    report.print_table(rows, "Spoken digits")
    columns = over_time_table(out / "official")
    write_columns(out / "spoken-digits-time.csv", columns)
    report.save(draw(columns), out / "spoken-digits-time.png")
    return rows


def measured(out, data):
    """Rows of the table, one after the other."""
    place, recordings = out / "official", spoken_digits.load(data)
    found = train_once(train, place, data=data)
    yield row("official split", found | {"backend": "rates", "memory": "exact"})
    for backend, memory in IN_SPIKES:
        found = evaluate_once(place, backend=backend, memory=memory, data=data)
        yield row("official split", found)
    trained = Trained.load(place / MODEL_FILE, NAME)
    _, test = spoken_digits.split(recordings)
    for name, changed in disturbed(test):
        found = {"accuracy": accuracy(trained, changed), "words": len(test)}
        yield row(name, {"backend": "rates", "memory": "exact"} | found)
    left_out = []
    for name in np.unique(recordings.speakers):
        left_out.append(leave_out(name, recordings, out / f"without-{name}"))
        yield row(f"without {name}", left_out[-1])
    mean = float(np.mean([found["accuracy"] for found in left_out]))
    yield row("mean without a speaker", left_out[-1] | {"accuracy": mean, "words": ""})


def evaluate_once(place, *, backend, memory, data):
    """Row of an evaluation, which is not repeated."""
    path, name = place / "evaluations.json", f"{backend} {memory}"
    known = json.loads(path.read_text()) if path.exists() else {}
    if name in known:
        return known[name]
    return evaluate(place, backend=backend, memory=memory, data=data)


def over_time_table(place):
    """Accuracy over time without spikes and in spikes, columns of a table.

    The emulator runs fewer words, so that its rates are those of other words.
    """
    parts = {
        backend: read_table(place / f"{name_over_time(backend, memory)}.csv")
        for backend, memory in IN_SPIKES
        if memory == "spiking"
    }
    most, chip = parts["nengo-lmu"], parts["loihi"]
    names = "seconds", "over", "rates", "nengo-lmu"
    columns = {name: [of[name] for of in most] for name in names}
    return columns | {"loihi": [of["loihi"] for of in chip]}


def row(part, found):
    """A row of the table; what was not measured is empty."""
    names = "backend", "memory", "words", "accuracy", "rates", "parameters"
    names += "memory_neurons", "hidden_neurons", "memory_spikes_per_s"
    names += "hidden_spikes_per_s", "joules_per_s", "cores", "chips"
    return {"part": part, **{name: found.get(name, "") for name in names}}


def leave_out(speaker, recordings, place):
    """Train without a speaker, and test on this one."""
    path, own = place / MODEL_FILE, recordings.speakers == speaker
    if not path.exists():
        fit(recordings.part(~own), OTHERS, place / "training", seed=0).save(path)
    trained, test = Trained.load(path, NAME), recordings.part(own)
    return {
        "backend": "rates",
        "memory": "exact",
        "words": len(test),
        "accuracy": accuracy(trained, test),
        "parameters": trained.n_weights,
    }


def disturbed(recordings):
    """The recordings in white noise, clipped, and after a second of silence."""
    rng = np.random.default_rng(0)
    for level in NOISES:
        sounds = []
        for sound in recordings.sounds:
            size = np.sqrt(np.mean(sound**2)) * 10 ** (-level / 20)
            sounds.append(sound + size * rng.standard_normal(len(sound)))
        yield f"noise at {level} dB", with_sounds(recordings, sounds)
    clipped = [
        np.clip(sound, *(CLIPPED * np.abs(sound).max() * np.array([-1, 1])))
        for sound in recordings.sounds
    ]
    yield "clipped", with_sounds(recordings, clipped)
    silence = np.zeros(8000, np.float32)
    later = [np.concatenate([silence, sound]) for sound in recordings.sounds]
    yield "after a second of silence", with_sounds(recordings, later)


def with_sounds(recordings, sounds):
    """The same recordings with other sounds."""
    sounds = [np.float32(sound) for sound in sounds]
    of = recordings.digits, recordings.speakers, recordings.indices
    return spoken_digits.Recordings(sounds, *of)
