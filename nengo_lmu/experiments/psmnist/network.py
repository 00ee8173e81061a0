"""The networks of psMNIST: a memory with the layer that reads it, a spiking memory."""

import nengo
import numpy as np
from nengo.params import NumberParam

from nengo_lmu.design.state_statistics import ExpectedState
from nengo_lmu.design.synapses import effective_tau
from nengo_lmu.experiments.psmnist.data import held
from nengo_lmu.experiments.relu_reader import build_reader
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.networks.to_spiking import to_spiking
from nengo_lmu.theory.realizations import Realization, noise_gain

NAME = "psmnist"
N_CLASSES = 10
RATE = 200.0
"""Rate in Hz of a neuron at the end of its range, in memory and hidden layer."""

N_EACH = 40
"""Neurons for each dimension of the memory: with them, the state has about the noise
that the network is trained with."""

SYNAPSE = 0.5
"""Time constant of what the outputs of the whole network read, in seconds."""

LARGEST_RADIUS = 4.0
"""Largest range of a balanced dimension, as a multiple of the median one."""

NEURONS = {
    "regular": nengo.SpikingRectifiedLinear,
    "balanced": nengo.SpikingRectifiedLinear,
    "poisson": lambda: nengo.PoissonSpiking(nengo.RectifiedLinear()),
}


def build(parameters, seed=None):
    """Build the network: a memory, a hidden layer of ReLU, ten outputs."""
    theta = parameters["n_pixels"] * parameters["pixel"]
    return build_reader(parameters, theta, N_CLASSES, dt=parameters["dt"], seed=seed)


class SampleAndHold(nengo.Process):
    """Outputs its input of the last of evenly spaced times.

    Parameters
    ----------
    period : float
        Seconds between these times.
    size : int
    """

    period = NumberParam("period", low=0, low_open=True)

    def __init__(self, period, size):
        super().__init__(default_size_in=size, default_size_out=size)
        self.period = period

    def make_state(self, shape_in, shape_out, dt, dtype=None):
        return {"held": np.zeros(shape_out, dtype)}

    def make_step(self, shape_in, shape_out, dt, rng, state):
        held, n_steps = state["held"], round(self.period / dt)

        def step(t, x):
            if round(t / dt) % n_steps == 0:
                held[...] = x
            return held

        return step


def spiking_network(trained, sample, **settings):
    """Memory and hidden layer in neurons, as one network.

    A node holds the state at the end of a digit in front of the hidden layer, while the
    memory sees the next one.

    Parameters
    ----------
    trained : Trained
    sample : (n, n_pixels) array
        Digits that the memory is laid out for.
    **settings
        Further arguments of `spiking_memory`.

    Returns
    -------
    nengo.Network
        With attributes ``memory`` and ``reader``.
    """
    parameters = trained.parameters
    window = parameters["n_pixels"] * parameters["pixel"]
    with nengo.Network(seed=0) as network:
        network.memory = spiking_memory(parameters, sample, **settings)
        network.reader = build(parameters)
        to_spiking(network.reader, trained, rate=RATE, synapse=SYNAPSE)
        hold = nengo.Node(SampleAndHold(window, parameters["order"]), label="hold")
        nengo.Connection(network.memory.state, hold, synapse=None)
        state = network.reader.layers[0].memory.state
        nengo.Connection(hold, state, synapse=None)
    return network


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
    neuron : {"regular", "balanced", "poisson"}, optional
        "balanced" are regular neurons, too, with more spikes where they count.
    """
    theta = parameters["n_pixels"] * parameters["pixel"]
    u = held(u, parameters)
    settings = {
        # Best for white input at any order, so that it need not be searched for.
        "synapse": 0.68 * theta,
        "max_rates": np.full(n_each, RATE),
        "intercepts": np.zeros(n_each),
    }
    if neuron == "balanced":
        settings["max_rates"] = settings["max_rates"] / 2
        settings["realization"] = "balanced"
        settings["radii"] = balanced_radii(u, parameters, settings["synapse"])
    return SpikingMemory(
        n_each * parameters["order"],
        parameters["order"],
        theta,
        neuron_type=NEURONS[neuron](),
        sample=u,
        dt=parameters["dt"],
        seed=0,
        label="memory",
        **settings,
    )


def balanced_radii(u, parameters, synapse):
    """Ranges of balanced coordinates that cost as many spikes as equal ones, (order,).

    In these coordinates, variance and gain for noise of dimension i are both s_i. The
    error of neurons that take turns grows with the square of the weight of a spike,
    w_i. For a given sum of the rates, sqrt(s_i) / w_i, the sum of s_i w_i^2 is least if
    w_i is proportional to s_i^(-1/6): a range of s_i^(-2/3) standard deviations.
    """
    order, dt = parameters["order"], parameters["dt"]
    theta = parameters["n_pixels"] * parameters["pixel"]
    expected = ExpectedState.from_sample(order, theta, u, dt).design
    gain = noise_gain(order, theta, effective_tau(nengo.Lowpass(synapse), dt))
    realization = Realization.balanced(expected, gain)
    s = np.diag(realization.covariance(expected))
    radii = s ** (-2 / 3)
    radii = np.minimum(radii, LARGEST_RADIUS * np.median(radii))
    return radii * np.mean(1 / radii)
