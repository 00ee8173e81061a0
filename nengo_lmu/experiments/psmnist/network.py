"""The networks of psMNIST: a memory with the layer that reads it, a spiking memory."""

import nengo
import numpy as np

from nengo_lmu.experiments.psmnist.data import held
from nengo_lmu.experiments.relu_reader import build_reader
from nengo_lmu.networks import SpikingMemory

NAME = "psmnist"
N_CLASSES = 10
RATE = 200.0
"""Rate in Hz of a neuron at the end of its range, in memory and hidden layer."""

N_EACH = 40
"""Neurons for each dimension of the memory: with them, the state has about the noise
that the network is trained with."""

NEURONS = {
    "regular": nengo.SpikingRectifiedLinear,
    "poisson": lambda: nengo.PoissonSpiking(nengo.RectifiedLinear()),
}


def build(parameters, seed=None):
    """Build the network: a memory, a hidden layer of ReLU, ten outputs."""
    theta = parameters["n_pixels"] * parameters["pixel"]
    return build_reader(parameters, theta, N_CLASSES, dt=parameters["dt"], seed=seed)


def spiking_memory(parameters, u, n_each=N_EACH, neuron="regular"):
    """The memory in neurons: half of each dimension's for x > 0, half for x < 0.

    Their responses are straight lines, so that decoders are exact, and those of one
    sign are alike, so that they take turns.

    Parameters
    ----------
    parameters : dict
        Those of a `Trained` model.
    u : (n, n_pixels) array
        Digits to lay it out for.
    n_each : int, optional
        Neurons for each dimension.
    neuron : {"regular", "poisson"}, optional
    """
    theta = parameters["n_pixels"] * parameters["pixel"]
    return SpikingMemory(
        n_each * parameters["order"],
        parameters["order"],
        theta,
        neuron_type=NEURONS[neuron](),
        sample=held(u, parameters),
        dt=parameters["dt"],
        seed=0,
        label="memory",
        # Best for white input at any order, so that it need not be searched for.
        synapse=0.68 * theta,
        max_rates=np.full(n_each, RATE),
        intercepts=np.zeros(n_each),
    )
