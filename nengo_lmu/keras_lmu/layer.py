"""A layer of keras-lmu as our `LMU`."""

from os import PathLike
from typing import Any

import nengo
import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu import checks
from nengo_lmu.keras_lmu.files import read_layers
from nengo_lmu.networks.lmu import LMU
from nengo_lmu.networks.weights import set_weights

ACTIVATIONS = {
    "tanh": lambda: nengo.Tanh(tau_ref=1),
    "relu": nengo.RectifiedLinear,
    "sigmoid": lambda: nengo.Sigmoid(tau_ref=1),
}
"""Nonlinearities of hidden cells as neuron types."""

CELLS = "SimpleRNNCell", "Dense"


def from_keras_lmu(
    file: str | PathLike[str],
    *,
    layer: str | None = None,
    config: dict[str, Any] | None = None,
    dt: float = 0.001,
    **settings: Any,
) -> LMU:
    """Make an `LMU` of a layer that was trained with keras-lmu.

    It computes what the layer computes: `LMU.hidden` outputs at a time step what the
    layer outputs for the input of the step before. At its first step a network has no
    input, so it begins as the layer does with a zero before the sequence.
    `nengo_lmu.networks.to_spiking` exchanges its rate units for spiking ones.
    keras-lmu is not imported and need not be installed.

    Parameters
    ----------
    file : path_like
        A Keras model with a layer ``LMU``, ``LMUFeedforward`` or ``RNN(LMUCell)``:
        ``.keras`` or ``.h5``, or with its weights only ``.weights.h5`` or ``.h5``.
    layer : str, optional
        Name of the layer, if the model has several.
    config : dict, optional
        For a file of weights only, the arguments of the layer (``layer.get_config()``).
    dt : float, optional
        Time step of the simulation in seconds. The layer counts its window in steps:
        one of 100 steps becomes 0.1 s long by default.
    **settings
        Further arguments of `LMU`, such as ``n_neurons`` for a memory in neurons.

    Returns
    -------
    LMU

    Raises
    ------
    ValidationError
        If the file is another one or cut off, or the layer has what an `LMU` does not:
        another hidden cell than SimpleRNNCell and Dense, another activation than tanh,
        relu and sigmoid, another discretizer than "zoh", a bias of the memory.
    OSError
        If there is no file.
    MissingExtraError
        If h5py is not installed.

    Examples
    --------
    >>> layer = nengo_lmu.from_keras_lmu("trained.keras")  # doctest: +SKIP
    >>> layer.hidden.size_out  # doctest: +SKIP
    10
    """
    dt = checks.dt(dt)
    if config is not None and not isinstance(config, dict):
        checks.fail("config", "the arguments of a layer as a dict", config)
    found = {each.name: each for each in read_layers(file, config)}
    if layer is None and len(found) > 1:
        checks.fail("layer", f"given: one of {', '.join(found)}", layer)
    if layer is not None and layer not in found:
        checks.fail("layer", f"one of {', '.join(found)}", layer)
    source = found[layer] if layer is not None else next(iter(found.values()))
    try:
        arguments, weights = _arguments(source), _weights(source)
    except KeyError as missing:
        raise ValidationError(
            f"{file} has a layer {source.name!r} without {missing}", "file"
        ) from None
    arguments |= {"theta": arguments["theta"] * dt, "dt": dt, **settings}
    made = LMU(**arguments)
    set_weights(made, weights)
    return made


def _arguments(source):
    """Arguments of the `LMU`, the window in steps."""
    config, weights = source.config, source.weights
    cell = _checked_cell(source)
    if config.get("discretizer", "zoh") != "zoh":
        _refuse(source, "discretizer 'zoh'", f"{config['discretizer']!r}")
    if np.any(weights.get("bias", 0.0)):
        _refuse(source, "a memory without bias", "one with (use_bias=True)")
    n_hidden = weights["hidden/kernel"].shape[1]
    memory_d, order = int(config["memory_d"]), int(config["order"])
    encoded = "kernel" in weights
    to_memory = bool(config.get("hidden_to_memory", False))
    if to_memory and not encoded:
        _refuse(source, "a kernel with hidden_to_memory", "none")
    to_hidden = bool(config.get("input_to_hidden", False))
    size_in = memory_d
    if encoded:
        size_in = len(weights["kernel"]) - n_hidden * to_memory
    expected = memory_d * order + size_in * to_hidden
    if len(weights["hidden/kernel"]) != expected:
        _refuse(
            source,
            f"a hidden cell of {expected} inputs, as its arguments say",
            f"one of {len(weights['hidden/kernel'])}",
        )
    theta = config["theta"]
    if "theta_inv" in weights:
        theta = 1 / float(weights["theta_inv"])
    return {
        "size_in": size_in,
        "n_hidden": n_hidden,
        "order": order,
        "theta": theta,
        "n_channels": memory_d,
        "hidden_type": ACTIVATIONS[cell["config"]["activation"]](),
        "input_to_memory": encoded,
        "input_to_hidden": to_hidden,
        "hidden_to_hidden": "hidden/recurrent_kernel" in weights,
        "hidden_to_memory": to_memory,
        "memory_to_memory": "recurrent_kernel" in weights,
        "bias": "hidden/bias" in weights,
        "label": source.name,
    }


def _checked_cell(source):
    """Description of the hidden cell."""
    cell = source.config["hidden_cell"]
    if cell is None:
        _refuse(source, "a hidden cell (a memory alone is an IdealMemory)", "none")
    kind = cell["class_name"].rpartition(">")[2]
    if kind not in CELLS:
        _refuse(source, f"a hidden cell {' or '.join(CELLS)}", kind)
    activation = cell["config"].get("activation")
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        allowed = f"a hidden cell with {', '.join(ACTIVATIONS)}"
        _refuse(source, allowed, f"activation {activation!r}")
    return cell


def _weights(source):
    """Weights of the `LMU`, by its names for them."""
    weights = source.weights
    hidden = weights["hidden/kernel"].T
    size = int(source.config["memory_d"]) * int(source.config["order"])
    found = {"W_m": hidden[:, :size]}
    if hidden.shape[1] > size:
        found["W_x"] = hidden[:, size:]
    if "hidden/recurrent_kernel" in weights:
        found["W_h"] = weights["hidden/recurrent_kernel"].T
    if "hidden/bias" in weights:
        found["b"] = weights["hidden/bias"]
    if "kernel" in weights:
        n_hidden = len(hidden) * bool(source.config.get("hidden_to_memory", False))
        encoders = weights["kernel"].T
        size_in = encoders.shape[1] - n_hidden
        found["e_x"] = encoders[:, :size_in]
        if n_hidden:
            found["e_h"] = encoders[:, size_in:]
    if "recurrent_kernel" in weights:
        found["e_m"] = weights["recurrent_kernel"].T
    return found


def _refuse(source, allowed, given):
    raise ValidationError(
        f"layer {source.name!r} of keras-lmu must have {allowed} to become an LMU, has "
        f"{given}",
        "file",
    )
