"""The network of the detector of wide beats."""

import nengo
import numpy as np

from nengo_lmu.experiments.beats.data import STEP, filtered
from nengo_lmu.experiments.relu_reader import build_reader

N_EACH = 100
"""Neurons for each dimension of the memory."""

RATE = 200.0
"""Rate in Hz of a neuron at the end of its range."""


def build(parameters, **settings):
    """Build the network: a memory of the signal, a hidden layer of ReLU, one output."""
    return build_reader(parameters, parameters["theta"], dt=STEP, **settings)


def in_spikes(parameters, chip=False):
    """Arguments of a spiking memory, laid out for the part that is trained on.

    Its neurons are rectified and alike, so that they take turns; on the chip they
    differ as in any memory.
    """
    alike = {"max_rates": np.full(N_EACH, RATE), "intercepts": np.zeros(N_EACH)}
    return {
        "n_neurons": N_EACH * parameters["order"],
        "neuron_type": nengo.SpikingRectifiedLinear(),
        "sample": filtered()[: round(parameters["spans"][0] / STEP)],
        "seed": 0,
        **({} if chip else alike),
    }
