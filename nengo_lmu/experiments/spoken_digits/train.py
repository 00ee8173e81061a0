"""Spoken digits, recognized from the windows of the bands of a filter bank.

The memories have no feedback, so their states at the end of a word are one matrix
product, and the trained part is a small network on them. Words are varied in training:
longer and shorter vocal tracts and words, loudness, noise.
"""

from time import perf_counter

import numpy as np

from nengo_lmu import report
from nengo_lmu.data import spoken_digits
from nengo_lmu.experiments.relu_reader import cosine, fit_reader, rate_outputs
from nengo_lmu.experiments.spoken_digits import features
from nengo_lmu.experiments.spoken_digits.network import AFTER, NAME, build, states
from nengo_lmu.files import output_directory, write_json
from nengo_lmu.networks.trained_network import MODEL_FILE

WHOLE = {
    "n_bands": 20,
    "order": 10,
    "theta": 0.7,
    "n_hidden": 200,
    "copies": 4,
    "warp": 0.12,
    "stretch": 0.15,
    "epochs": 15,
    "batch": 128,
    "learning_rate": 2e-3,
    "dropout": 0.3,
    "noise": 0.2,
}
"""Settings of the training.

The training data is taken ``copies`` times; in all but the first the frequencies and
the length of each word are multiplied with random factors, up to exp(``warp``) and
exp(``stretch``). ``noise`` is that of the state, in parts of each dimension's standard
deviation."""

QUICK = {**WHOLE, "n_bands": 12, "order": 6, "n_hidden": 50, "copies": 2, "epochs": 10}
QUICK |= {"batch": 20, "learning_rate": 5e-3}

N_WARPS = 9
"""Filter banks of different frequencies, of which a copy of a word takes one."""

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
    spectra = [features.power(sound) for sound in recordings.sounds]
    back = np.arange(len(spectra)) % HELD_BACK == HELD_BACK - 1
    rng = np.random.default_rng([seed, 4])
    x, y = [], []
    for copy in range(settings["copies"]):
        for k in np.flatnonzero(~back):
            frames = varied(spectra[k], settings, rng if copy else None)
            at = len(frames) + rng.integers(AFTER + 1)
            x.append(states(frames, parameters, [at])[0])
            y.append(recordings.digits[k])
    held_back = [
        states(frames, parameters, [len(frames) + AFTER // 2])[0]
        for frames in words([spectra[k] for k in np.flatnonzero(back)], parameters)
    ]
    x = np.array(x)
    mean = x.mean(axis=0)
    trained, _ = fit_reader(
        build(parameters, seed=seed),
        (x - mean, np.array(y)),
        (np.array(held_back) - mean, recordings.digits[back]),
        x.std(axis=0) + 1e-6,
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


def varied(spectrum, settings, rng=None):
    """Frames of a word, varied at random unless ``rng`` is None."""
    n_bands = settings["n_bands"]
    if rng is None:
        return features.bands(spectrum, features.mel_bank(n_bands))
    warp = np.exp(rng.choice(np.linspace(-1, 1, N_WARPS)) * settings["warp"])
    loudness = np.exp(rng.uniform(-1, 1))
    noise = 0.0
    if rng.random() < 0.5:
        share = 10 ** rng.uniform(-5, -3) * spectrum.sum(axis=1).max()
        noise = share * rng.exponential(size=spectrum.shape) / spectrum.shape[1]
    frames = features.bands(
        loudness * (spectrum + noise), features.mel_bank(n_bands, warp)
    )
    factor = np.exp(rng.uniform(-1, 1) * settings["stretch"])
    return features.stretched(frames, factor)


def words(spectra, parameters):
    """Frames of words, as they are: a list of (n_frames, n_bands) arrays."""
    bank = features.mel_bank(parameters["n_bands"])
    return [features.bands(spectrum, bank) for spectrum in spectra]


def decisions(trained, frames):
    """Digits of words without spikes: outputs are summed over `AFTER` frames."""
    found = []
    for of in frames:
        at = len(of) + 1 + np.arange(AFTER)
        x = states(of, trained.parameters, at)
        found.append(rate_outputs(trained, x).sum(axis=0).argmax())
    return np.array(found)


def accuracy(trained, recordings):
    """Accuracy without spikes in percent."""
    spectra = [features.power(sound) for sound in recordings.sounds]
    found = decisions(trained, words(spectra, trained.parameters))
    return 100 * float(np.mean(found == recordings.digits))
