"""Access to the trained weights of a network, by name.

A network that can be trained has an attribute ``weights``, a dict of connections (their
transforms are trained), ensembles (their biases) and memories (their windows).
"""

import nengo
import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu.networks.lmu import windows


def layers(network):
    """Layers of a network with hidden units, by name; an `LMU` is layer "0"."""
    found = getattr(network, "layers", [network])
    return {str(k): layer for k, layer in enumerate(found)}


def get_weights(network):
    """Return the weights of a network.

    Parameters
    ----------
    network : nengo.Network
        A network with ``weights``: an `LMU`, a `Stack`, or your own.

    Returns
    -------
    dict of {str: array}
        Copies of the weights. A window in seconds is given by its logarithm, (1,).
    """
    return {name: np.array(_get(of)) for name, of in network.weights.items()}


def set_weights(network, weights):
    """Set all weights of a network, in place.

    Parameters
    ----------
    network : nengo.Network
        A network with ``weights``.
    weights : dict of {str: array}
        An array of the same shape for each weight. Trained windows may be included if
        the network was built with the same windows.

    Raises
    ------
    ValidationError
        If names, shapes or windows differ. The network is then not changed.
    """
    fixed = weights.keys() - network.weights.keys()
    of_layers = _fixed_windows(network)
    for name in sorted(fixed & of_layers.keys()):
        theta = float(np.exp(weights[name][0]))
        if not np.isclose(of_layers[name].theta, theta, rtol=1e-5):
            raise ValidationError(
                f"{name} was trained: build the network with {theta:.6g} s, not "
                f"{of_layers[name].theta:.6g} s",
                "theta",
            )
    missing = sorted(network.weights.keys() - weights.keys())
    unknown = sorted(fixed - of_layers.keys())
    if missing or unknown:
        which = f"{missing[0]!r} is missing" if missing else f"{unknown[0]!r} is new"
        raise ValidationError(f"must be those of this network: {which}", "weights")
    for name, of in network.weights.items():
        expected, given = np.shape(_get(of)), np.shape(weights[name])
        if expected != given:
            raise ValidationError(
                f"must be those of this network: {name!r} has the shape {expected}, "
                f"got {given}",
                "weights",
            )
    for name, of in network.weights.items():
        _set(of, np.array(weights[name], dtype=float))


def _fixed_windows(network):
    """Memories whose windows are not trained, by the names of their windows."""
    many = hasattr(network, "layers")
    return {
        f"{layer_name}.{name}" if many else name: memory
        for layer_name, layer in layers(network).items()
        for name, memory in windows(layer.memory).items()
        if not memory.trainable_theta
    }


def _get(of):
    if isinstance(of, nengo.Ensemble):
        return of.bias
    if isinstance(of, nengo.Connection):
        return of.transform.init
    return [np.log(of.theta)]


def _set(of, value):
    if isinstance(of, nengo.Ensemble):
        of.bias = value
    elif isinstance(of, nengo.Connection):
        of.transform = value
    else:
        of.set_theta(np.exp(value[0]))
