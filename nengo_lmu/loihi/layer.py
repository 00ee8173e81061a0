"""Trained spiking layers on Loihi: their currents arrive as lines of spikes."""

import nengo
import numpy as np

from nengo_lmu.loihi.spike_encoder import SigmaDeltaEncoder
from nengo_lmu.networks.lmu import LMU


def has_encoded_input(network):
    """Whether a network is a layer in spikes, made by `nengo_lmu.networks.to_spiking`.

    Its weights stay on the host, as they were trained.
    """
    return isinstance(network, LMU) and network.peak_currents is not None


def encode_layer(layer, laid_out):
    """Exchange the connections of the units, in the twin of a layer for the chip.

    Parameters
    ----------
    layer : LMU
    laid_out : nengo.Network
        With all objects of the layer.
    """
    for connection in (layer.to_units, layer.from_units):
        laid_out.connections.remove(connection)
    units, peaks = layer.ensemble, layer.peak_currents
    n = units.n_neurons
    with laid_out:
        lines = nengo.Node(
            SigmaDeltaEncoder(peaks), size_in=n, size_out=n + 1, label="spikes"
        )
        nengo.Connection(layer.to_units.pre, lines, synapse=None)
        nengo.Connection(
            lines[:n], units.neurons, transform=np.diag(peaks), synapse=None
        )
        # What nengo-loihi brings back from the chip it multiplies with a matrix only.
        output = layer.from_units.transform.init * np.ones(n)
        nengo.Connection(
            units.neurons,
            layer.hidden,
            transform=np.diag(output),
            synapse=layer.from_units.synapse,
        )
