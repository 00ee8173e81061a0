"""Permuted sequential MNIST: a digit, pixel by pixel in a fixed random order.

One memory holds the whole sequence, and one hidden layer reads its last state. Only
what is behind the memory is trained, so that its states are computed once, by one
matrix product. The trained network then runs in spikes (`run.evaluate`).

The task and the numbers it is compared with: A. Voelker, I. Kajić, C. Eliasmith,
"Legendre Memory Units", NeurIPS 2019.
"""

from pathlib import Path

import numpy as np

from nengo_lmu import report
from nengo_lmu.data import mnist
from nengo_lmu.experiments.psmnist.data import PERMUTATION, shifted, states
from nengo_lmu.experiments.psmnist.network import NAME, build
from nengo_lmu.experiments.psmnist.run import memory_errors
from nengo_lmu.experiments.relu_reader import cosine, fit_reader, rate_outputs
from nengo_lmu.files import write_json
from nengo_lmu.names import lookup
from nengo_lmu.networks.trained_network import MODEL_FILE

PIXEL = 0.005
"""Seconds that a pixel is shown, and step of the simulation.

At 200 Hz, the rate at the end of a neuron's range, that is one spike."""

PUBLISHED = {
    "RNN-orth": 89.26,
    "RNN-id": 86.13,
    "LSTM": 89.86,
    "LSTM-chrono": 88.43,
    "GRU": 92.39,
    "JANET": 91.94,
    "SRU": 92.49,
    "GORU": 87.00,
    "NRU": 95.38,
    "Phased LSTM": 89.61,
    "LMU": 97.15,
    "FF baseline": 92.65,
}
"""Test accuracies in percent, from the paper's table."""

WHOLE = {
    "order": 256,
    "n_hidden": 1000,
    "pixel": PIXEL,
    "dt": PIXEL,
    "epochs": 16,
    "batch": 256,
    "dropout": 0.3,
    "noise": 0.2,
    "learning_rate": 1.5e-3,
    "smoothing": 0.0,
    "shifts": 4,
    "held_back": mnist.N_VALIDATION,
    "neuron": None,
    "n_each": None,
    "trainer": None,
}
"""Settings of the training.

``noise`` is that of the state, in parts of its standard deviation: about what the
spiking memory has, and a regularization. With ``neuron``, "regular", "balanced" or
"poisson", it is instead the noise, correlated between dimensions, of a memory with
``n_each`` of these neurons for each dimension. ``shifts`` is the number of copies of
the training data that are moved by a pixel, before the permutation. The last
``held_back`` images of the training data are for validation; with 0, for settings that
are chosen, the network is trained on all. ``trainer`` and ``smoothing`` are those of
`nengo_lmu.training.train`."""

N_NOISE = 2000
"""Training images from which the noise of a memory is measured."""

CHIP = {
    **WHOLE,
    "order": 128,
    "n_hidden": 400,
    "pixel": 0.002,
    "dt": 0.001,
    "epochs": 12,
    "dropout": 0.0,
    "noise": 0.15,
}
"""The network that fits one chip of Loihi. ``noise`` is that of its memory there."""

QUICK = {
    **WHOLE,
    "order": 24,
    "n_hidden": 50,
    "epochs": 10,
    "batch": 50,
    "dropout": 0.0,
    "learning_rate": 1e-2,
    "shifts": 0,
}
QUICK_CHIP = {**QUICK, "pixel": CHIP["pixel"], "dt": CHIP["dt"], "order": 16}
N_QUICK = 1000
"""Images of the training data, and of the test data, in the quick form."""


def train(out, *, data=None, quick=False, seed=0, permutation=PERMUTATION, **changes):
    """Train, and print the test accuracy among the published ones.

    A second, smaller network is trained for the chip, into the directory ``chip``.

    Parameters
    ----------
    out : path_like
        Directory for ``model.npz``, ``result.json`` and, in ``training``, history,
        curve and checkpoint. A training that was stopped goes on from there.
    data : path_like, optional
        See `nengo_lmu.data.mnist.load`.
    quick : bool, optional
        With small networks and `N_QUICK` images.
    seed : int, optional
        Seed of the weights and of everything random in training.
    permutation : int, optional
        Seed of the order of the pixels.
    **changes
        Other settings of the larger network than those of `WHOLE`, or `QUICK`.

    Returns
    -------
    dict
        ``accuracy`` on the test data, in percent, ``seconds`` of training, and others.
    """
    for name in changes:
        lookup("setting", name, WHOLE)
    out = Path(out)
    learning, test = mnist.load(data)
    if quick:
        learning, test = (part.part(slice(N_QUICK)) for part in (learning, test))
    given = learning, test, permutation, seed
    settings = {**(QUICK if quick else WHOLE), **changes}
    result = fit(out, settings, *given)
    of_chip = fit(out / "chip", QUICK_CHIP if quick else CHIP, *given)
    ours = {"nengo-lmu": result, "nengo-lmu, for the chip": of_chip}
    rows = [
        {
            "model": name,
            "test accuracy": f"{value:.2f}",
            "trained parameters": "",
            "seconds": "",
        }
        for name, value in PUBLISHED.items()
    ] + [
        {
            "model": f"{name} (order {found['order']}, {found['n_hidden']} units)",
            "test accuracy": f"{found['accuracy']:.2f}",
            "trained parameters": found["n_weights"],
            "seconds": found["seconds"],
        }
        for name, found in ours.items()
    ]
    report.print_table(rows, "psMNIST: the paper's table, and ours without spikes")
    return result


def fit(out, settings, learning, test, permutation, seed):
    """Train one network with settings as `WHOLE`, and return its figures."""
    n_held_back, held_back = min(settings["held_back"], len(learning) // 5), None
    if n_held_back > 0:
        learning, held_back = mnist.split(learning, n_held_back)
    parameters = {
        **{name: settings[name] for name in ("order", "n_hidden", "pixel", "dt")},
        "n_pixels": learning.pixels.shape[1],
        "offset": float(learning.pixels.mean() / 255),
        "permutation": permutation,
        "moved_copies": settings["shifts"],
        "trained_for": _noise_name(settings),
    }
    copies = shifted(learning, settings["shifts"])
    x = states(copies, parameters)
    scale = np.sqrt(np.mean(np.square(x), axis=0))
    validation = held_back and (states(held_back, parameters), held_back.labels)
    trained, history = fit_reader(
        build(parameters, seed=seed),
        (x, copies.labels),
        validation,
        scale,
        loss="crossentropy",
        smoothing=settings["smoothing"],
        epochs=settings["epochs"],
        batch=settings["batch"],
        learning_rate=cosine(settings["learning_rate"], settings["epochs"]),
        dropout=settings["dropout"],
        noise=_noise(settings, parameters, learning, scale),
        seed=seed,
        trainer=settings["trainer"],
        model=NAME,
        parameters=parameters,
        out=out / "training",
    )
    trained.save(out / MODEL_FILE)
    result = {
        **settings,
        "accuracy": accuracy(trained, test),
        "validation_accuracy": 100 * max(row["val_accuracy"] for row in history)
        if held_back
        else None,
        "n_weights": trained.n_weights,
        "seconds": sum(row["seconds"] for row in history),
        "versions": trained.versions,
    }
    write_json(out / "result.json", result)
    return result


def _noise_name(settings):
    if settings["neuron"] is None:
        return f"white noise of {settings['noise']}"
    return f"{settings['n_each']} {settings['neuron']} neurons a dimension"


def _noise(settings, parameters, learning, scale):
    """Covariance of the noise that is added to the scaled states, (order, order)."""
    if settings["neuron"] is None:
        return settings["noise"] ** 2 * np.eye(parameters["order"])
    some = learning.part(slice(N_NOISE))
    errors = memory_errors(
        parameters, some, neuron=settings["neuron"], n_each=settings["n_each"]
    )
    errors /= scale
    return errors.T @ errors / len(errors)


def accuracy(trained, digits):
    """Accuracy of the trained network without spikes, in percent."""
    outputs = rate_outputs(trained, states(digits, trained.parameters))
    return 100 * float(np.mean(outputs.argmax(axis=1) == digits.labels))
