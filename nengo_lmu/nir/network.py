"""A trained network as a graph of NIR: a memory, and hidden units that read it.

A neuron of NIR has one synapse. Hidden neurons get that of the memory, so that their
currents are the trained functions of its state. Their rates differ from those of the
trained units, and the read-out is decoded again from the rates that they have: the
principle of the Neural Engineering Framework.
"""

from dataclasses import dataclass

import numpy as np

from nengo_lmu import checks
from nengo_lmu.design.decoders import NoiseAware, spike_variance
from nengo_lmu.design.window_statistics import WindowStatistics
from nengo_lmu.networks import SpikingMemory, Stack

EDGE = 0.01
"""Part of its range of activity at which a unit is said to begin: the threshold of the
neuron that takes its place. At 0, one of a smooth function has none."""

RARE = 99.9
"""Percentile of a unit's current at which its neuron has the unit's rate."""


@dataclass(frozen=True, eq=False)
class Hidden:
    """Hidden neurons and a read-out, from expected states of the memory.

    Parameters
    ----------
    encode : (n, size) array
        From the state, in Legendre coordinates, to the currents of LIF neurons.
    bias : (n,) array
    decode : (n, size_out) array
        From rates in Hz to outputs.
    constant : (size_out,) array
        Added to the outputs.
    tau : float
        Time constant of the lowpass that outputs are to be read with, in seconds.
    error : float
        RMS of what the read-out differs on expected states from the trained one, over
        that of the trained one around its mean.
    """

    encode: np.ndarray
    bias: np.ndarray
    decode: np.ndarray
    constant: np.ndarray
    tau: float
    error: float

    @property
    def notice(self):
        """What the units become, and what that costs."""
        return (
            f"the hidden units ({len(self.bias)} LIF neurons take their place, the "
            f"read-out differs by {self.error:.2g} of its RMS)"
        )

    @classmethod
    def of(cls, network, design):
        """Those of a network, for neurons of a reader.

        Parameters
        ----------
        network : LMU or Stack
            See `memory_of`.
        design : NIRDesign
            Of its memory.
        """
        layer, readout, constant = _parts(network)
        units, weights = layer.ensemble, layer.weights["W_m"].transform.init
        states = WindowStatistics.of_design(design).states
        rates = units.neuron_type.rates(states @ weights.T, units.gain, units.bias)
        encode, offset = units.gain[:, None] * weights, units.bias
        # A unit of negative activity, too, becomes two neurons.
        encode, offset = np.vstack([encode, -encode]), np.append(offset, -offset)
        sides = np.maximum(np.hstack([rates, -rates]), 0) / units.neuron_type.amplitude
        low, high, most, some = _ranges(states @ encode.T + offset, sides)
        encode, offset, low, high, most = (
            each[some] for each in (encode, offset, low, high, most)
        )
        model, ones = design.choices.neuron_type, np.ones(len(low))
        gain, bias = model.gain_bias(most, 0 * ones)
        scale = gain / (high - low)
        encode, bias = scale[:, None] * encode, bias + scale * (offset - low)
        tau = layer.from_units.synapse.tau
        wanted = rates * layer.from_units.transform.init @ readout.T
        activities = model.rates(states @ encode.T, ones, bias)
        decode, _ = NoiseAware(tau, spike_variance(model))(activities, wanted)
        missed = np.sqrt(np.mean((activities @ decode - wanted) ** 2))
        error = float(missed / np.sqrt(np.mean(np.var(wanted, axis=0))))
        return cls(encode, bias, decode, constant, tau, error)


def memory_of(network):
    """The memory of a network that can be exported.

    Raises
    ------
    ValidationError
        If it has several layers, other paths than from the memory to the hidden units,
        a memory that does not spike, or units without spikes.
    """
    layers = getattr(network, "layers", [network])
    if len(layers) != 1:
        checks.fail("network", "of one layer, for NIR", f"{len(layers)} layers")
    (layer,) = layers
    others = sorted(layer.weights.keys() - {"W_m", "b"})
    if others:
        allowed = "a network of the weights W_m and b only, for NIR"
        checks.fail("network", allowed, ", ".join(others))
    if not isinstance(layer.memory, SpikingMemory):
        allowed = "a network with a SpikingMemory (n_neurons)"
        checks.fail("memory", allowed, layer.memory)
    if not layer.ensemble.neuron_type.spiking:
        allowed = "a network of spiking units: call to_spiking"
        checks.fail("network", allowed, layer.ensemble.neuron_type)
    return layer.memory


def read_hidden(graph, wiring, read, hidden):
    """Add hidden neurons that read a memory, and their read-out.

    Parameters
    ----------
    graph : Graph
    wiring : Wiring
        Of the memory.
    read : list of str
        What `dense_memory` or `factored_memory` returned.
    hidden : Hidden
    """
    w, bias = wiring, wiring.unit * hidden.bias
    encode = w.unit * hidden.encode @ w.inverse
    sources = ["hidden_encode"]
    if read == ["neurons"]:
        graph.linear("hidden_drive", encode @ w.drive, "input", bias=bias)
        graph.linear("hidden_encode", encode @ w.recurrent @ w.decode, *read)
        sources.append("hidden_drive")
    else:
        graph.linear("hidden_encode", encode, "drive", *read, bias=bias)
    graph.neurons("hidden", len(bias), w.tau_syn, w.tau_mem, *sources)
    weight = hidden.decode.T / graph.dt
    graph.linear("readout", weight, "hidden", bias=hidden.constant)


def _parts(network):
    """The layer, the weights of its read-out, and its constant."""
    if isinstance(network, Stack):
        read, constant = network.weights["readout"], network.weights["readout_bias"]
        return network.layers[0], read.transform.init, constant.transform.init[:, 0]
    size = network.hidden.size_in
    return network, np.eye(size), np.zeros(size)


def _ranges(currents, rates):
    """Where the currents of units begin and what they rarely exceed, their rates there,
    and whether they are ever active."""
    largest = rates.max(axis=0)
    low = np.where(rates > EDGE * largest, currents, np.inf).min(axis=0)
    high = np.percentile(currents, RARE, axis=0)
    most = np.percentile(rates, RARE, axis=0)
    return low, high, most, (high > low) & (most > 0)
