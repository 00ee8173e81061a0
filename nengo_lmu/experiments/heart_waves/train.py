"""Waves of an electrocardiogram, labelled at each step from the windows before it.

The memories have no feedback, so the states of all sequences are known at once, and
each layer is a small network on the states of one step. The settings were chosen on
training sequences: two fifths of them were held back, in blocks of neighbours in the
file, as those may be of one person.
"""

from functools import partial
from time import perf_counter

import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu import report
from nengo_lmu.data import heart_waves
from nengo_lmu.data.heart_waves import WAVES
from nengo_lmu.experiments.heart_waves.network import (
    NAME,
    rate_outputs,
    readings,
)
from nengo_lmu.experiments.heart_waves.score import score
from nengo_lmu.experiments.relu_reader import build_reader, cosine, fit_reader
from nengo_lmu.files import output_directory, write_json
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained

WHOLE = {
    "windows": [[30, 150, 600], [60, 300]],
    "order": [8, 5],
    "n_hidden": [48, 24],
    "epochs": 6,
    "batch": 1024,
    "learning_rate": 1e-2,
    "noise": [0.5, 0.3],
}
"""Settings, those of each layer.

``windows`` are in steps of 4 ms. ``noise`` is that of what a layer reads, in parts of
each dimension's root mean square."""

QUICK = {**WHOLE, "windows": [[30, 150], [60]], "order": [6, 4], "n_hidden": [24, 12]}
QUICK |= {"epochs": 10, "batch": 256}
N_QUICK = 40
"""Sequences of each part in the quick form."""

EVERY = 6
"""Every so many steps is a sample of the training."""

CHUNK = 50
"""Sequences whose states are computed at a time."""

HELD_BACK = 20
"""Every so many sequences is held back, to choose the best epoch."""


def train(out, *, data=None, quick=False, seed=0):
    """Train on the training file, and print the accuracy without spikes.

    Parameters
    ----------
    out : path_like
        Directory for ``model.npz``, ``result.json`` and, in ``training``, history,
        curve and checkpoint. A training that was stopped goes on from there.
    data : path_like, optional
        Directory of the files, see `nengo_lmu.data.heart_waves.load`.
    quick : bool, optional
        Small windows and layer, and `N_QUICK` sequences.
    seed : int, optional

    Returns
    -------
    dict
        What `score` finds on the test file, ``parameters``, ``seconds`` and others.
    """
    begin, out = perf_counter(), output_directory(out)
    settings = QUICK if quick else WHOLE
    learning, test = (heart_waves.load(data, name) for name in ("train", "test"))
    refuse_mixed(learning, test)
    if quick:
        learning, test = learning.part(slice(N_QUICK)), test.part(slice(N_QUICK))
    trained = fit(learning, settings, out / "training", seed)
    trained.save(out / MODEL_FILE)
    result = {
        **score(rate_outputs(trained, test.events).argmax(axis=2), test),
        "parameters": trained.n_weights,
        "sequences": len(test),
        "seconds": perf_counter() - begin,
        "versions": trained.versions,
    }
    write_json(out / "result.json", result)
    report.print_values(result, "Heart waves, without spikes")
    return result


def fit(waves, settings, out, seed):
    """Train one layer after the other on sequences; returns a `Trained`.

    The outputs of a layer, without their biases, are the evidence that the next one
    reads.
    """
    names = "windows", "order", "n_hidden"
    parameters = {name: settings[name] for name in names}
    back = np.arange(len(waves)) % HELD_BACK == HELD_BACK - 1
    parts = exchanged(waves.part(~back)), waves.part(back)
    weights, activity, n_layers = {}, {}, len(parameters["n_hidden"])
    for k in range(n_layers):
        read = partial(readings, weights, parameters, layer=k)
        rng = np.random.default_rng([seed, 4, k])
        data = [samples(part, read, rng) for part in parts]
        trained = fit_layer(settings, k, data, out / f"layer-{k}", seed)
        own = {name.removeprefix("0."): w for name, w in trained.weights.items()}
        if k > 0:
            n_below = parameters["n_hidden"][k - 1]
            own["W_m"], own["W_x"] = np.split(own["W_m"], [-n_below], axis=1)
        names = "W_m", "W_x", "b"
        weights |= {f"{k}.{name}": own[name] for name in names if name in own}
        weights[f"{k + 1}.e_x"] = own["readout"]
        activity[str(k)] = trained.activity["0"]
    weights["readout"] = weights.pop(f"{n_layers}.e_x")
    weights["readout_bias"] = own["readout_bias"]
    return Trained(NAME, parameters, weights, activity, trained.versions)


def fit_layer(settings, k, data, out, seed):
    """Train layer ``k`` on samples of what it reads, for training and held back."""
    x = data[0][0]
    own = {"order": 1, "n_hidden": settings["n_hidden"][k]}
    return fit_reader(
        build_reader(own, 1.0, len(WAVES), n_channels=x.shape[1], seed=seed),
        *data,
        np.sqrt(np.mean(np.square(x), axis=0)),
        loss="crossentropy",
        epochs=settings["epochs"],
        batch=settings["batch"],
        learning_rate=cosine(settings["learning_rate"], settings["epochs"]),
        noise=settings["noise"][k] ** 2 * np.eye(1),
        seed=seed,
        out=out,
    )[0]


def exchanged(waves):
    """The sequences, and once more with the two leads exchanged."""
    events = np.concatenate([waves.events, waves.events[:, :, [2, 3, 0, 1]]])
    twice = (np.concatenate([of, of]) for of in (waves.labels, waves.labelled))
    return heart_waves.Waves(events, *twice)


def samples(waves, read, rng):
    """What a layer reads (n, size) and classes (n,), at every few steps."""
    x, y = [], []
    for first in range(0, len(waves), CHUNK):
        part = waves.part(slice(first, first + CHUNK))
        steps = np.s_[:, rng.integers(EVERY) :: EVERY]
        of = read(part.events)[steps]
        x.append(of.reshape(-1, of.shape[2]))
        y.append(part.labels[steps].reshape(-1))
    return np.concatenate(x), np.concatenate(y)


def refuse_mixed(learning, test):
    """Refuse a test file with sequences of the training file."""
    known = {events.tobytes() for events in learning.events}
    n = sum(events.tobytes() in known for events in test.events)
    if n:
        raise ValidationError(
            f"the test file must have other sequences than the training file, {n} of "
            f"{len(test)} are the same",
            "data",
        )
