"""A memory and one trained layer of ReLU that reads its state.

Tasks of one layer train this network. The memory depends on
nothing that is trained, so its ideal states are computed beforehand.
"""

import nengo
import numpy as np

from nengo_lmu.networks import FEED_FORWARD, GivenState, Stack


def build_reader(
    parameters, theta, n_outputs=1, memory=GivenState, n_channels=1, **settings
):
    """Build the network.

    Parameters
    ----------
    parameters : dict
        Those of a `Trained` model, with ``order`` and ``n_hidden``.
    theta : float
        Window in seconds.
    n_outputs : int, optional
    memory : callable, optional
        See `LMU`.
    n_channels : int, optional
        Number of inputs, each with its own memory.
    **settings
        Further arguments of `Stack` and of the memory.

    Returns
    -------
    Stack
    """
    layer = {
        "n_hidden": parameters["n_hidden"],
        "theta": theta,
        "order": parameters["order"],
        "hidden_type": nengo.RectifiedLinear(),
        "n_channels": n_channels,
        "input_to_hidden": False,
        "bias": True,
        **FEED_FORWARD,
    }
    return Stack(n_channels, [layer], n_outputs, memory=memory, **settings)


def fit_reader(network, learning, validation, scale=1.0, **settings):
    """Train the layer on given states of the memory.

    Parameters
    ----------
    network : Stack
        Result of `build_reader`.
    learning, validation : pair of array
        States (n, order) and targets. The validation may be None.
    scale : float or (order,) array, optional
        Divides the states during training, so that all dimensions have the same size
        for the optimizer; the weights W_m are divided by it afterwards.
    **settings
        Further arguments of `nengo_lmu.training.train`.

    Returns
    -------
    trained : Trained
    history : list of dict
    """
    from nengo_lmu.training import train

    state = network.layers[0].memory.state
    x, y = learning
    if validation is not None:
        x_held_back, y_held_back = validation
        validation = {state: x_held_back / scale}, y_held_back
    trained, history = train(
        network, {state: x / scale}, y, validation=validation, **settings
    )
    trained.weights["0.W_m"] = trained.weights["0.W_m"] / scale
    return trained, history


def rate_outputs(trained, states):
    """Evaluate the trained layer without spikes: (..., order) to (..., n_outputs)."""
    weights = trained.weights
    hidden = np.maximum(states @ weights["0.W_m"].T + weights["0.b"], 0)
    return hidden @ weights["readout"].T + weights["readout_bias"][:, 0]


def cosine(highest, epochs):
    """A learning rate that falls along a cosine, after an epoch at a fifth."""

    def rate(epoch):
        if epoch == 0:
            return highest / 5
        return highest * (0.01 + 0.99 * (1 + np.cos(np.pi * epoch / epochs)) / 2)

    return rate
