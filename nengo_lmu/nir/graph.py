"""A design as a graph of NIR.

The graph is one for a time step: a spike is 1 in a step, and the synapse and the
membrane are given the time constants whose forward Euler step, which the readers take,
is the exact step of Nengo. Gains that some readers use and others ignore (``w_in`` and
``r``) are those for which both kinds compute the same.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag

from nengo_lmu.extras import import_extra

BAND = 2
"""Populations on each side that one of a ladder is connected to. The others would add
less than rounding: NRMSE 0.0169 with 2, 0.0168 with all, 0.0197 with 1 (order 12)."""


@dataclass(frozen=True, eq=False)
class Wiring:
    """All channels of a design as matrices, in the units of NIR.

    Parameters
    ----------
    encode : (n, dimensions) array
        From the coordinates x to the input of the neurons.
    bias : (n,) array
    decode : (dimensions, n) array
        From spikes, 1 in a step, to x.
    recurrent : (dimensions, dimensions) array
    drive : (dimensions, n_channels) array
    inverse : (dimensions, dimensions) array
        From x to Legendre coordinates.
    tau_syn, tau_mem : float
        In seconds.
    sizes : list of int
        Neurons of each population.
    unit : float
        Current of a neuron of NIR, in units of NIR, for a current of 1 in Nengo.
    """

    encode: np.ndarray
    bias: np.ndarray
    decode: np.ndarray
    recurrent: np.ndarray
    drive: np.ndarray
    inverse: np.ndarray
    tau_syn: float
    tau_mem: float
    sizes: list
    unit: float

    @classmethod
    def of(cls, design):
        """That of a `NIRDesign`."""
        dt, loops = design.dt, design.loops
        keep = 1 - np.exp(-dt / design.synapse.tau)
        charge = 1 - np.exp(-dt / design.neuron_type.tau_rc)
        # Readers add what arrives to the current, and the current to the voltage.
        unit = keep * charge
        encode = (loop.tuning.gain[:, None] * loop.tuning.encoders for loop in loops)
        return cls(
            encode=unit * block_diag(*encode),
            bias=unit * np.concatenate([loop.tuning.bias for loop in loops]),
            decode=block_diag(*(loop.decoders.T for loop in loops)) / dt,
            recurrent=block_diag(*(loop.recurrent for loop in loops)),
            drive=block_diag(*(loop.drive for loop in loops)),
            inverse=block_diag(*(loop.realization.inverse for loop in loops)),
            tau_syn=dt / keep,
            tau_mem=dt / charge,
            sizes=[population.n_neurons for population in design.populations],
            unit=unit,
        )


class Graph:
    """Nodes and edges, collected; arrays become float32.

    Parameters
    ----------
    dt : float
        Time step in seconds.
    """

    def __init__(self, dt):
        self.nir = import_extra("nir", "nir")
        self.dt, self.nodes, self.edges = dt, {}, []

    def add(self, name, node, *sources):
        """Add a node, and an edge from each of its sources."""
        self.nodes[name] = node
        self.edges += [(source, name) for source in sources]

    def input(self, size):
        self.add("input", self.nir.Input({"input": np.array([size])}))

    def output(self, size, source):
        self.add("output", self.nir.Output({"output": np.array([size])}), source)

    def linear(self, name, weight, *sources, bias=None):
        """A matrix, with a bias or without."""
        weight = _single(weight)
        if bias is None:
            node = self.nir.Linear(weight)
        else:
            node = self.nir.Affine(weight, _single(bias))
        self.add(name, node, *sources)

    def neurons(self, name, n, tau_syn, tau_mem, *sources):
        """LIF neurons with a synapse."""
        one = np.ones(n, dtype=np.float32)
        node = self.nir.CubaLIF(
            tau_syn=one * _single(tau_syn),
            tau_mem=one * _single(tau_mem),
            r=one * _single(tau_mem / self.dt),
            w_in=one * _single(tau_syn / self.dt),
            v_leak=0 * one,
            v_threshold=one,
            v_reset=0 * one,
        )
        self.add(name, node, *sources)

    def graph(self, metadata):
        """All of it, with what NIR has no place for."""
        return self.nir.NIRGraph(self.nodes, self.edges, metadata=metadata)


def dense_memory(graph, wiring):
    """Neurons with one matrix of recurrent weights, (n, n).

    Returns
    -------
    list of str
        The node that outputs the spikes.
    """
    w = wiring
    graph.linear("drive", w.encode @ w.drive, "input", bias=w.bias)
    graph.neurons("neurons", len(w.bias), w.tau_syn, w.tau_mem, "drive", "recurrent")
    graph.linear("recurrent", w.encode @ w.recurrent @ w.decode, "neurons")
    return ["neurons"]


def factored_memory(graph, wiring, chain=False):
    """Neurons with decoders and encoders, each as a node.

    Parameters
    ----------
    graph : Graph
    wiring : Wiring
    chain : bool, optional
        Whether each population has nodes of its own, and hears its neighbors only.

    Returns
    -------
    list of str
        The nodes that output what the spikes of a step add to the input of the synapse,
        in the coordinates x. What the input adds is the output of ``"drive"``.
    """
    w = wiring
    graph.linear("drive", w.drive, "input")
    ends = np.cumsum(w.sizes if chain else [len(w.bias)])
    decoders = [f"decode_{k}" if chain else "decode" for k in range(len(ends))]
    for k, end in enumerate(ends):
        at = slice(ends[k - 1] if k else 0, end)
        own = slice(k, k + 1) if chain else slice(None)
        suffix = f"_{k}" if chain else ""
        heard = decoders[max(0, k - BAND) : k + BAND + 1] if chain else decoders
        encode, neurons = f"encode{suffix}", f"neurons{suffix}"
        graph.linear(encode, w.encode[at], "drive", *heard, bias=w.bias[at])
        graph.neurons(neurons, len(w.bias[at]), w.tau_syn, w.tau_mem, encode)
        weight = w.recurrent[:, own] @ w.decode[own, at]
        graph.linear(decoders[k], weight, neurons)
    return decoders


def read_state(graph, wiring, read):
    """Add the node that outputs what spikes add to the state.

    Parameters
    ----------
    graph : Graph
    wiring : Wiring
    read : list of str
        What `dense_memory` or `factored_memory` returned.
    """
    weight = wiring.inverse
    if read == ["neurons"]:
        weight = weight @ wiring.recurrent @ wiring.decode
    graph.linear("read", weight, *read)


def neighbors(wiring):
    """Whether a dimension (row) hears another (column) in a chain."""
    size = range(len(wiring.recurrent))
    return np.abs(np.subtract.outer(size, size)) <= BAND


def _single(value):
    return np.ascontiguousarray(value, dtype=np.float32)
