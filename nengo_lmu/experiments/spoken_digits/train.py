"""Spoken digits, recognized from the windows of the bands of a filter bank.

The memories have no feedback, so their states at the end of a word are one matrix
product, and the trained part is a small network on them. Words are varied in training,
see `varied`.
"""

from time import perf_counter

import numpy as np

from nengo_lmu import report
from nengo_lmu.data import spoken_digits
from nengo_lmu.experiments.relu_reader import cosine, fit_reader, rate_outputs
from nengo_lmu.experiments.spoken_digits import features
from nengo_lmu.experiments.spoken_digits.network import AFTER, NAME, build, states
from nengo_lmu.experiments.spoken_digits.varied import Variety, varied
from nengo_lmu.files import output_directory, write_json
from nengo_lmu.networks.trained_network import MODEL_FILE

WHOLE = {
    "n_bands": 20,
    "order": 10,
    "theta": 0.7,
    "n_hidden": 400,
    "copies": 12,
    "variety": Variety(tilt=3.0, warp=0.1, stretch=0.2),
    "epochs": 40,
    "batch": 256,
    "learning_rate": 3e-3,
    "dropout": 0.3,
    "noise": 0.2,
}
"""Settings of the training, for the voices that are in it.

The training data is taken ``copies`` times, the first time as it is, then `varied`.
``noise`` is that of the state, in parts of each dimension's standard deviation."""

OTHERS = {**WHOLE, "variety": Variety(), "n_hidden": 300, "epochs": 15}
"""Settings for voices that are not in the training data."""

QUICK = {**WHOLE, "n_bands": 12, "order": 6, "n_hidden": 50, "copies": 2, "epochs": 10}
QUICK |= {"batch": 20, "learning_rate": 5e-3}

HELD_BACK = 10
"""Every so many words is held back, to choose the best epoch."""


def train(out, *, data=None, quick=False, seed=0):
    """Train on the official training set; print the accuracy without spikes.

    Parameters
    ----------
    out : path_like
        Directory for ``model.npz``, ``result.json`` and, in ``training``, history,
        curve and checkpoint. A training that was stopped goes on from there.
    data : path_like, optional
        See `nengo_lmu.data.spoken_digits.load`.
    quick : bool, optional
        A small network.
    seed : int, optional

    Returns
    -------
    dict
        ``accuracy`` of the official test set in percent, and others.
    """
    begin, out = perf_counter(), output_directory(out)
    learning, test = spoken_digits.split(spoken_digits.load(data))
    settings = QUICK if quick else WHOLE
    trained = fit(learning, settings, out / "training", seed)
    trained.save(out / MODEL_FILE)
    result = {
        "accuracy": accuracy(trained, test),
        "parameters": trained.n_weights,
        "words": len(test),
        "seconds": perf_counter() - begin,
        "versions": trained.versions,
    }
    write_json(out / "result.json", result)
    report.print_values(result, "Spoken digits, without spikes")
    return result


def fit(recordings, settings, out, seed):
    """Train the network on recordings; returns a `Trained`."""
    names = "n_bands", "order", "theta", "n_hidden"
    parameters = {name: settings[name] for name in names}
    learning, validation = samples(
        recordings, settings, np.random.default_rng([seed, 4])
    )
    mean = learning[0].mean(axis=0)
    trained, _ = fit_reader(
        build(parameters, seed=seed),
        (learning[0] - mean, learning[1]),
        (validation[0] - mean, validation[1]),
        learning[0].std(axis=0) + 1e-6,
        loss="crossentropy",
        epochs=settings["epochs"],
        batch=settings["batch"],
        learning_rate=cosine(settings["learning_rate"], settings["epochs"]),
        dropout=settings["dropout"],
        noise=settings["noise"] ** 2 * np.eye(parameters["order"]),
        seed=seed,
        model=NAME,
        parameters=parameters,
        out=out,
    )
    # In training the states have no mean, in the network they do.
    trained.weights["0.b"] -= trained.weights["0.W_m"] @ mean
    return trained


def samples(recordings, settings, rng):
    """States and digits of the training, and of the words that are held back."""
    heard = words(recordings.sounds, settings)
    back = np.arange(len(heard)) % HELD_BACK == HELD_BACK - 1
    x, y = [], []
    for copy in range(settings["copies"]):
        for k in np.flatnonzero(~back):
            frames = heard[k]
            if copy:
                frames = varied(
                    recordings.sounds[k], settings["n_bands"], settings["variety"], rng
                )
            at = len(frames) + 1 + rng.integers(AFTER)
            x.append(states(frames, settings, [at])[0])
            y.append(recordings.digits[k])
    held_back = [
        states(heard[k], settings, [len(heard[k]) + AFTER // 2])[0]
        for k in np.flatnonzero(back)
    ]
    held_back = np.array(held_back), recordings.digits[back]
    return (np.array(x), np.array(y)), held_back


def words(sounds, parameters):
    """Frames of recordings, as they are: a list of (n_frames, n_bands) arrays."""
    bank = features.mel_bank(parameters["n_bands"])
    return [features.bands(features.power(sound), bank) for sound in sounds]


def outputs_without_spikes(trained, frames):
    """Outputs (n_frames + AFTER, 10) of each word, in steps of a frame."""
    return [
        rate_outputs(
            trained, states(of, trained.parameters, 1 + np.arange(len(of) + AFTER))
        )
        for of in frames
    ]


def decisions(outputs):
    """Digits of words: outputs are summed over the last `AFTER` frames of each."""
    return np.array([of[-AFTER:].sum(axis=0).argmax() for of in outputs])


def accuracy(trained, recordings):
    """Accuracy without spikes in percent."""
    frames = words(recordings.sounds, trained.parameters)
    found = decisions(outputs_without_spikes(trained, frames))
    return 100 * float(np.mean(found == recordings.digits))
