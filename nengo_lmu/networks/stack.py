"""Layers of Legendre Memory Units in series, and a linear read-out."""

from collections.abc import Sequence
from typing import Any

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.networks.lmu import LMU
from nengo_lmu.networks.memory import seed_from_context


class Stack(nengo.Network):
    """Layers in series; the hidden state of each is the input of the next.

    Parameters
    ----------
    size_in : int
        Size of the input.
    layers : list of dict
        Arguments of the `LMU` of each layer (``n_hidden``, ``theta``, ``order``, ...),
        beginning at the input.
    size_out : int
        Size of the output: ``output = W h + b`` of the last hidden state h.
    dt : float, optional
        Time step of the simulation, in seconds.
    seed : int, optional
        Seed of the initial weights. By default it is derived from that of the enclosing
        network.
    label : str, optional
        Name of the network.
    **shared
        Further arguments of every layer, such as ``n_neurons`` for spiking memories or
        ``memory=GivenState`` for states that are computed in advance.

    Attributes
    ----------
    input, output : nengo.Node
    layers : list of LMU
    weights : dict of {str: nengo.Connection or nengo.Ensemble}
        Objects that are trained: those of layer 0 are "0.W_m" and so on, those of the
        read-out "readout" and "readout_bias".

    Notes
    -----
    ``output`` lags ``input`` by one step for each layer. The initial weights of the
    read-out are normal with variance 2 / (fan in + fan out), its biases are zero.

    Examples
    --------
    >>> layers = [{"n_hidden": 10, "theta": 0.5, "order": 6}] * 2
    >>> stack = nengo_lmu.networks.Stack(size_in=1, layers=layers, size_out=3, seed=0)
    >>> stack.layers[1].input.size_in, stack.output.size_out
    (10, 3)
    """

    def __init__(
        self,
        size_in: int,
        layers: Sequence[dict[str, Any]],
        size_out: int,
        *,
        dt: float = 0.001,
        seed: int | None = None,
        label: str | None = None,
        **shared: Any,
    ) -> None:
        seed = seed_from_context() if seed is None else seed
        super().__init__(label=label, seed=seed)
        size_in = checks.integer(size_in, attr="size_in", obj=self)
        size_out = checks.integer(size_out, attr="size_out", obj=self)
        if not layers:
            checks.fail("layers", "one layer or more", layers, self)
        rng = np.random.RandomState(seed)
        self.layers, self.weights = [], {}
        with self:
            self.input = nengo.Node(size_in=size_in, label="input")
            self.output = nengo.Node(size_in=size_out, label="output")
            below = self.input
            for k, settings in enumerate(layers):
                own = {"seed": rng.randint(2**31 - 1), "label": f"layer {k}"}
                layer = LMU(below.size_out, dt=dt, **{**own, **shared, **settings})
                nengo.Connection(below, layer.input, synapse=None)
                for name, weight in layer.weights.items():
                    self.weights[f"{k}.{name}"] = weight
                self.layers.append(layer)
                below = layer.hidden
            deviation = np.sqrt(2 / (size_out + below.size_out))
            self.weights["readout"] = nengo.Connection(
                below,
                self.output,
                transform=rng.normal(0, deviation, size=(size_out, below.size_out)),
                synapse=None,
            )
            self.weights["readout_bias"] = nengo.Connection(
                nengo.Node(1.0, label="one"),
                self.output,
                transform=np.zeros((size_out, 1)),
                synapse=None,
            )
