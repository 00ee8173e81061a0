"""The network of psMNIST: what it sees, what it is built of, how well it does."""

import nengo
import numpy as np

from nengo_lmu.networks import FEED_FORWARD, GivenState, Stack
from nengo_lmu.theory.states import last_state

NAME = "psmnist"
N_CLASSES = 10
PERMUTATION = 0
"""Seed of the order of the pixels, that of the paper."""


def build(parameters, *, memory=GivenState, seed=None, **settings):
    """The network: a memory, a hidden layer of ReLU, ten outputs.

    Parameters
    ----------
    parameters : dict
        Those of a `Trained` model.
    memory : callable, optional
        As for `LMU`.
    seed : int, optional
    **settings
        Further arguments of the memory.
    """
    layer = {
        "n_hidden": parameters["n_hidden"],
        "theta": parameters["n_pixels"] * parameters["pixel"],
        "order": parameters["order"],
        "hidden_type": nengo.RectifiedLinear(),
        "input_to_hidden": False,
        "bias": True,
        **FEED_FORWARD,
    }
    return Stack(
        1, [layer], N_CLASSES, dt=parameters["dt"], seed=seed, memory=memory, **settings
    )


def sequences(digits, parameters):
    """What goes into the memory, (n, n_pixels): pixels in order, less their mean."""
    pixels = digits.permuted(parameters["permutation"]).pixels
    return (pixels / np.float32(255)) - np.float32(parameters["offset"])


def states(digits, parameters):
    """States of the ideal memory when it has seen all of each digit, (n, order)."""
    dt = parameters["pixel"]
    theta = parameters["n_pixels"] * dt
    u = sequences(digits, parameters)
    return last_state(u, parameters["order"], theta, dt, np.float32)


def accuracy(trained, digits):
    """Accuracy of the network that was trained, without spikes, in percent."""
    weights = trained.weights
    x = states(digits, trained.parameters)
    hidden = np.maximum(x @ weights["0.W_m"].T + weights["0.b"], 0)
    outputs = hidden @ weights["readout"].T + weights["readout_bias"][:, 0]
    return 100 * float(np.mean(outputs.argmax(axis=1) == digits.labels))
