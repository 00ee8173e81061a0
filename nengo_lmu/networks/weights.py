"""Reading and setting what is trained in a network, by name.

A network that can be trained has an attribute ``weights``: a dict of connections, whose
transforms are trained, and of ensembles, whose biases are.
"""

import nengo
import numpy as np
from nengo.exceptions import ValidationError


def get_weights(network):
    """The weights of a network.

    Parameters
    ----------
    network : nengo.Network
        With ``weights``: an `LMU`, a `Stack`, or one of your own.

    Returns
    -------
    dict of {str: array}
    """
    return {name: np.array(_get(of)) for name, of in network.weights.items()}


def set_weights(network, weights):
    """Set all weights of a network, in place.

    Parameters
    ----------
    network : nengo.Network
        With ``weights``.
    weights : dict of {str: array}
        One for each of the network's, of the same shape.

    Raises
    ------
    ValidationError
        If names or shapes differ; the network is then as it was.
    """
    missing = sorted(network.weights.keys() - weights.keys())
    unknown = sorted(weights.keys() - network.weights.keys())
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


def _get(of):
    return of.bias if isinstance(of, nengo.Ensemble) else of.transform.init


def _set(of, value):
    if isinstance(of, nengo.Ensemble):
        of.bias = value
    else:
        of.transform = value
