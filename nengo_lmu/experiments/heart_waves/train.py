"""Waves of an electrocardiogram, labelled at each step from the windows before it.

The memories have no feedback, so the states of all sequences are known at once, and the
trained part is a small network on the states of one step. The settings were chosen on a
fifth of the training sequences, drawn at random; the test file is read once, after the
training.
"""

import json
from time import perf_counter

import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu import report
from nengo_lmu.data import heart_waves
from nengo_lmu.experiments.heart_waves.network import NAME, build, states
from nengo_lmu.experiments.heart_waves.score import score
from nengo_lmu.experiments.psmnist.train import cosine
from nengo_lmu.experiments.relu_reader import fit_reader, rate_outputs
from nengo_lmu.files import output_directory, write_whole
from nengo_lmu.networks.trained_network import MODEL_FILE

WHOLE = {
    "windows": [25, 90, 250, 700],
    "order": 8,
    "n_hidden": 72,
    "epochs": 8,
    "batch": 1024,
    "learning_rate": 1e-2,
    "copies": 3,
    "dropped": 0.2,
    "noise": 0.1,
}
"""Settings of the training.

``windows`` are in steps of 4 ms. The training data is taken ``copies`` times; in all
but the first a channel loses a random share of its events, up to ``dropped``. ``noise``
is that of the state, in parts of each dimension's root mean square."""

QUICK = {**WHOLE, "windows": [30, 200], "order": 6, "n_hidden": 24, "epochs": 10}
QUICK |= {"batch": 256, "copies": 1}
N_QUICK = 40
"""Sequences of each part in the quick form."""

EVERY = 3
"""Every so many steps of a copy is a sample of the training."""

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
        What `score` finds on the test file, ``n_weights`` and ``seconds``.
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
        **score(rates(trained, test.events).argmax(axis=2), test),
        "parameters": trained.n_weights,
        "sequences": len(test),
        "seconds": perf_counter() - begin,
        "versions": trained.versions,
    }
    write_whole(out / "result.json", json.dumps(result, indent=2) + "\n")
    rows = [{"": name, "value": report.text(x)} for name, x in result.items()]
    report.print_table(rows, "Heart waves, without spikes")
    return result


def fit(waves, settings, out, seed):
    """Train the network on sequences; returns a `Trained`."""
    parameters = {name: settings[name] for name in ("windows", "order", "n_hidden")}
    rng = np.random.default_rng([seed, 4])
    back = np.arange(len(waves)) % HELD_BACK == HELD_BACK - 1
    learning, held_back = waves.part(~back), waves.part(back)
    parts = [
        samples(learning, parameters, settings["dropped"] if copy else 0.0, rng)
        for copy in range(settings["copies"])
    ]
    x, y = (np.concatenate(each) for each in zip(*parts, strict=True))
    trained, _ = fit_reader(
        build(parameters, seed=seed),
        (x, y),
        samples(held_back, parameters, 0.0, rng),
        np.sqrt(np.mean(np.square(x), axis=0)),
        loss="crossentropy",
        epochs=settings["epochs"],
        batch=settings["batch"],
        learning_rate=cosine(settings["learning_rate"], settings["epochs"]),
        noise=settings["noise"] ** 2 * np.eye(parameters["order"]),
        seed=seed,
        model=NAME,
        parameters=parameters,
        out=out,
    )
    return trained


def samples(waves, parameters, dropped, rng):
    """States (n, size) and classes (n,) of every few steps, of thinned events."""
    events = waves.events
    if dropped:
        share = dropped * rng.random((len(waves), 1, events.shape[2]))
        events = events * (rng.random(events.shape) >= share)
    steps = np.s_[:, rng.integers(EVERY) :: EVERY]
    x = states(events, parameters)[steps]
    return x.reshape(-1, x.shape[2]), waves.labels[steps].reshape(-1)


def rates(trained, events):
    """Outputs without spikes, (n, n_steps, 6)."""
    return rate_outputs(trained, states(events, trained.parameters))


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
