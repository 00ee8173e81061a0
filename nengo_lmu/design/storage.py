"""Designs as files: JSON for what they are made of, arrays beside it, no pickle."""

from dataclasses import fields, is_dataclass
from inspect import signature

import nengo
import numpy as np
from nengo.exceptions import ValidationError

FORMAT = 2
"""Version of the file. Readers refuse all others."""

_MODULES = {
    "neurons": nengo.neurons,
    "synapses": nengo.synapses,
    "solvers": nengo.solvers,
    "dists": nengo.dists,
}


def encode(value, arrays):
    """A value as JSON holds it; arrays go into a dict, under names of their own.

    Parameters
    ----------
    value : object
        Numbers, text, arrays, slices, tuples, dataclasses, and neuron types, synapses,
        solvers and distributions of nengo, of the kinds that nengo itself defines.
    arrays : dict of {str: array}
        Gets the arrays.

    Raises
    ------
    ValidationError
        For anything else, such as a function.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        name = f"array{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if isinstance(value, slice):
        return {"slice": [value.start, value.stop, value.step]}
    if isinstance(value, (tuple, list)):
        return {"tuple": [encode(item, arrays) for item in value]}
    if isinstance(value, dict):
        return {"dict": {key: encode(item, arrays) for key, item in value.items()}}
    if is_dataclass(value):
        content = {f.name: getattr(value, f.name) for f in fields(value)}
        kind = type(value).__name__
        return {"dataclass": kind, "fields": encode(content, arrays)["dict"]}
    for module, defined in _MODULES.items():
        if getattr(defined, type(value).__name__, None) is type(value):
            names = [
                name
                for name, parameter in signature(type(value)).parameters.items()
                if parameter.kind is not parameter.VAR_KEYWORD and hasattr(value, name)
            ]
            content = {name: getattr(value, name) for name in names}
            kind = f"{module}.{type(value).__name__}"
            return {"nengo": kind, "arguments": encode(content, arrays)["dict"]}
    raise ValidationError(
        f"cannot be saved with {value!r} in it; allowed: what nengo and nengo-lmu "
        "define",
        "design",
    )


def decode(value, arrays, classes):
    """The value that `encode` was given.

    Parameters
    ----------
    value : object
    arrays : dict of {str: array}
    classes : dict of {str: type}
        Dataclasses that may occur, by name.
    """

    def content(part):
        return {key: decode(item, arrays, classes) for key, item in part.items()}

    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    if "slice" in value:
        return slice(*value["slice"])
    if "tuple" in value:
        return tuple(decode(item, arrays, classes) for item in value["tuple"])
    if "dict" in value:
        return content(value["dict"])
    if "dataclass" in value:
        return classes[value["dataclass"]](**content(value["fields"]))
    module, _, kind = value["nengo"].partition(".")
    return getattr(_MODULES[module], kind)(**content(value["arguments"]))
