"""Layers in files of Keras 2 and 3; neither Keras nor keras-lmu is needed.

A file is a zip archive with the description of the model and its weights (``.keras``),
HDF5 with both (``.h5``), or HDF5 with weights only (``.weights.h5``, or ``.h5`` of
Keras 2).
"""

import io
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu.extras import import_extra
from nengo_lmu.files import fail

LAYERS = "LMU", "LMUFeedforward", "LMUCell"
"""Classes of keras-lmu; a cell is within an RNN of Keras."""

LARGEST = 2**31
"""Bytes of a part of an archive that are unpacked at most."""


@dataclass(frozen=True)
class KerasLayer:
    """A layer of keras-lmu.

    Attributes
    ----------
    name : str
    config : dict
        Its arguments.
    weights : dict of {str: array}
        "kernel", "bias", "theta_inv" and "recurrent_kernel" of the memory, as far as
        there are any, and with "hidden/" before the name those of the hidden cell.
    """

    name: str
    config: dict
    weights: dict


def read_layers(path, config=None):
    """All layers of keras-lmu in a file.

    Parameters
    ----------
    path : path_like
    config : dict, optional
        Arguments of the layer, where the file has weights only.

    Returns
    -------
    list of KerasLayer

    Raises
    ------
    ValidationError
        If it is no file of Keras, cut off, or without such a layer.
    OSError
        If there is no file.
    """
    path = Path(path)
    data = path.read_bytes()
    try:
        if zipfile.is_zipfile(io.BytesIO(data)):
            model, data = _unpack(data)
        else:
            model = None
        with import_extra("h5py", "keras").File(io.BytesIO(data), "r") as file:
            if model is None and "model_config" in file.attrs:
                model = json.loads(file.attrs["model_config"])
            return _layers(path, file, model, config)
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, ValidationError):
            raise
        fail(path, "a whole file of a Keras model", "another file or cut off")


def _unpack(data):
    """Description and weights of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = []
        for name in ("config.json", "model.weights.h5"):
            if archive.getinfo(name).file_size > LARGEST:
                raise ValueError(name)
            parts.append(archive.read(name))
    return json.loads(parts[0]), parts[1]


def _layers(path, file, model, config):
    if model is None and config is None:
        raise ValidationError(
            f"{path} has weights only: give the arguments of its layer as config, such "
            "as {'memory_d': 1, 'order': 6, 'theta': 100, ...}",
            "config",
        )
    if model is None:
        kind = config.get("class_name", "LMU")
        described = [(config.get("name"), kind, config)]
    else:
        described = list(_described(model["config"]))
    found, count = [], {}
    for name, kind, settings in described:
        cell = settings.get("cell", {})
        inner = _class_of(cell) if kind == "RNN" else kind
        position = count.get(kind, 0)
        count[kind] = position + 1
        if inner not in LAYERS:
            continue
        settings = cell["config"] if kind == "RNN" else settings
        arrays = _arrays(_group(file, name, kind, position), settings)
        found.append(KerasLayer(name or "lmu", settings, arrays))
    if not found:
        kinds = ", ".join(dict.fromkeys(kind for _, kind, _ in described))
        fail(path, "a file with an LMU or LMUFeedforward", f"one of {kinds or 'none'}")
    return found


def _described(config):
    """Name, class and arguments of each layer of a model."""
    layers = config["layers"] if isinstance(config, dict) else config
    for layer in layers:
        yield layer["config"].get("name"), _class_of(layer), layer["config"]


def _class_of(layer):
    return layer.get("class_name", "").rpartition(">")[2]


def _group(file, name, kind, position):
    """The group with the weights of a layer: by its name, or by its class in turn."""
    top = file["model_weights"] if "model_weights" in file else file
    if name in top:
        return top[name]
    snake = re.sub(r"(?<=.)(?=[A-Z][a-z])", "_", kind).lower()
    if "layers" in top:
        return top["layers"][f"{snake}_{position}" if position else snake]
    named = [key for key in top if re.fullmatch(rf"{snake}(_\d+)?", key)]
    return top[named[position]]


def _arrays(group, config):
    """Weights of a layer by the names that they have in `KerasLayer`."""
    found = {}
    group.visititems(
        lambda path, item: (
            found.update({path: item[()]}) if hasattr(item, "dtype") else None
        )
    )
    cell = config["hidden_cell"] or {"config": {}}
    inside = {"hidden_cell", cell["config"].get("name")}
    weights = {}
    for hidden in (False, True):
        own = {
            path: array
            for path, array in found.items()
            if hidden == bool(inside & set(path.split("/")[:-1]))
        }
        names = _hidden_weights(cell) if hidden else _memory_weights(config)
        for path in sorted(own):
            name = path.rpartition("/")[2].partition(":")[0]
            if name.isdigit():  # Keras 3 numbers them in the order of their making
                name = names[int(name)]
            weights["hidden/" * hidden + name] = np.asarray(own[path], dtype=float)
    return weights


def _memory_weights(config):
    """Weights of a memory in the order in which the layer makes them."""
    wanted = {
        "kernel": config.get("kernel_initializer", True) is not None,
        "bias": config.get("use_bias", False),
        "theta_inv": config.get("trainable_theta", False),
        "recurrent_kernel": config.get("memory_to_memory", False),
    }
    return [name for name, there in wanted.items() if there]


def _hidden_weights(cell):
    """Weights of a hidden cell in the order in which it makes them."""
    recurrent = ["recurrent_kernel"] if "RNN" in _class_of(cell) else []
    return ["kernel", *recurrent, "bias"]
