"""The table of the spoken digits: rows in spikes, speakers left out, noise."""

from functools import partial
from pathlib import Path

import numpy as np

from nengo_lmu import report
from nengo_lmu.data import spoken_digits
from nengo_lmu.experiments.spoken_digits.network import NAME
from nengo_lmu.experiments.spoken_digits.run import evaluate
from nengo_lmu.experiments.spoken_digits.train import WHOLE, accuracy, fit
from nengo_lmu.experiments.spoken_digits.train import train as train_official
from nengo_lmu.files import output_directory, write_table
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained

NOISES = (20, 10, 0)
"""Signal over noise in dB, the power of each word over that of the white noise."""

CLIPPED = 0.1
"""Part of its largest value at which a word is clipped."""


def run(out, *, data=None):
    """Train and evaluate; write ``spoken-digits.csv``.

    Parameters
    ----------
    out : path_like
        Gets the network of the official split in ``official``, one for each speaker
        that is left out, and the table: rates, hidden layer in spikes, memories in
        spikes, and the emulator on the official test words; the speakers that are left
        out, without spikes; the official test words in noise, clipped, and in silence.
    data : path_like, optional
        See `nengo_lmu.data.spoken_digits.load`.

    Returns
    -------
    list of dict
    """
    out = output_directory(out)
    place = out / "official"
    recordings = spoken_digits.load(data)
    found = train_official(place, data=data)
    rows = [row("official split", found | {"backend": "rates", "memory": "exact"})]
    each = partial(evaluate, place, data=data)
    for backend, memory in (
        ("nengo-lmu", "ideal"),
        ("nengo-lmu", "spiking"),
        ("loihi", "spiking"),
    ):
        rows.append(row("official split", each(backend=backend, memory=memory)))
    left_out = leave_one_out(recordings, out)
    rows += [row(f"without {name}", of) for name, of in left_out.items()]
    mean = float(np.mean([of["accuracy"] for of in left_out.values()]))
    rows.append(row("mean of the speakers left out", {"accuracy": mean}))
    trained = Trained.load(place / MODEL_FILE, NAME)
    _, test = spoken_digits.split(recordings)
    rows += [
        row(name, {"accuracy": accuracy(trained, changed), "words": len(test)})
        for name, changed in disturbed(test)
    ]
    write_table(out / "spoken-digits.csv", rows)
    report.print_table(rows, "Spoken digits")
    return rows


def row(part, found):
    """A row of the table; what was not measured is empty."""
    names = "backend", "memory", "words", "accuracy", "rates", "parameters"
    names += "memory_neurons", "hidden_neurons", "memory_spikes_per_s"
    names += "hidden_spikes_per_s", "joules_per_s"
    return {"part": part, **{name: found.get(name, "") for name in names}}


def leave_one_out(recordings, out):
    """Train without each speaker, and test on that one: rows by speaker."""
    found = {}
    for name in np.unique(recordings.speakers):
        path = Path(out) / f"without-{name}" / MODEL_FILE
        own = recordings.speakers == name
        if not path.exists():
            fit(recordings.part(~own), WHOLE, path.parent, seed=0).save(path)
        trained, test = Trained.load(path, NAME), recordings.part(own)
        found[name] = {"backend": "rates", "memory": "exact", "words": len(test)}
        found[name] |= {"accuracy": accuracy(trained, test)}
        found[name] |= {"parameters": trained.n_weights}
    return found


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
