"""The trained network of psMNIST in spikes, on any backend.

First the memory: the digits follow one another without a reset, as a window forgets
what is older than itself (what is left of the digit before is 2 to 4 % of the state).
Then the hidden layer: the state at the end of each digit is held before it for a time,
in which its spikes are counted through a lowpass. Of the chip, memory and hidden layer
are on it; the host shows the pixels, reads the state, and sums up what comes out.
"""

import warnings

import nengo
import numpy as np

from nengo_lmu import backends
from nengo_lmu.evaluation.energy import Work, joules, work
from nengo_lmu.experiments.trained.psmnist_network import N_CLASSES, build
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.networks.to_spiking import freeze

RATE = 200.0
"""Rate in Hz of a neuron at the end of its range, in memory and hidden layer."""

N_EACH = 40
"""Neurons for each dimension of the memory: with them, the state has about the noise
that the network is trained with."""

N_EACH_ON_CHIP = 24

SYNAPSE_ON_CHIP = 0.05
"""Time constant of the memory's synapse on the chip, in seconds.

With 0.2 s the state of order 32 runs away there, whatever its range."""

RADII_ON_CHIP = 1.2
"""Range of the neurons on the chip, in parts of the usual one."""

N_SAMPLE = 30
"""Digits for which a memory is laid out, of the training data."""

HOLD = 0.2
"""Seconds that a state is held before the hidden layer."""

SYNAPSE = 0.05
"""Time constant of what the outputs read, in seconds."""

NEURONS = {
    "regular": nengo.SpikingRectifiedLinear,
    "poisson": lambda: nengo.PoissonSpiking(nengo.RectifiedLinear()),
}


def spiking_memory(parameters, u, n_each=None, neuron="regular", on_chip=False):
    """The memory in neurons: half of each dimension's for x > 0, half for x < 0.

    Their responses are straight lines, so that decoders are exact, and those of one
    sign are alike, so that they take turns. On the chip, which starts all neurons at
    rest, they differ as in any memory.

    Parameters
    ----------
    parameters : dict
        Those of a `Trained` model.
    u : (n, n_pixels) array
        Digits to lay it out for.
    n_each : int, optional
        Neurons for each dimension; `N_EACH`, or `N_EACH_ON_CHIP`, by default.
    neuron : {"regular", "poisson"}, optional
    on_chip : bool, optional
    """
    theta = parameters["n_pixels"] * parameters["pixel"]
    if n_each is None:
        n_each = N_EACH_ON_CHIP if on_chip else N_EACH
    if on_chip:
        settings = {
            "synapse": SYNAPSE_ON_CHIP,
            "radii": RADII_ON_CHIP,
            "on_chip": True,
        }
    else:
        settings = {
            # Best for white input at any order, so that it need not be searched for.
            "synapse": 0.68 * theta,
            "max_rates": np.full(n_each, RATE),
            "intercepts": np.zeros(n_each),
        }
    return SpikingMemory(
        n_each * parameters["order"],
        parameters["order"],
        theta,
        neuron_type=NEURONS[neuron](),
        sample=held(u, parameters),
        dt=parameters["dt"],
        seed=0,
        label="memory",
        **settings,
    )


def held(u, parameters):
    """Digits one after the other, each pixel held for its time: (n_steps,)."""
    return np.repeat(u.ravel(), round(parameters["pixel"] / parameters["dt"]))


def stream(u, parameters):
    """The input of a memory: nothing for a window, then the digits, (n_steps,).

    A step later, as the state follows by one: the last step of each window has the
    state that has seen a whole digit.
    """
    window = round(parameters["n_pixels"] * parameters["pixel"] / parameters["dt"])
    return np.concatenate([np.zeros(window - 1), held(u, parameters), np.zeros(1)])


def run_memory(parameters, u, sample, backend, seed=0, **settings):
    """States after each digit, and the spikes that it took.

    Parameters
    ----------
    parameters : dict
        Those of a `Trained` model.
    u, sample : (n, n_pixels) array
        Digits to run, from `psmnist_network.sequences`, and digits that the memory is
        laid out for.
    backend : str
        See `nengo_lmu.backends`.
    seed : int, optional
        Of the simulation.
    **settings
        Of `spiking_memory`.

    Returns
    -------
    states : (n, order) array
    spikes : (n,) array
    n_neurons : int
    """
    dt, window = parameters["dt"], parameters["n_pixels"] * parameters["pixel"]
    values = stream(u, parameters)
    on_chip = backends.find(backend).chip
    with nengo.Network() as network:
        memory = spiking_memory(parameters, sample, on_chip=on_chip, **settings)
        source = nengo.Node(nengo.processes.PresentInput(values[:, None], dt))
        nengo.Connection(source, memory.input, synapse=None)
        units = [population.neurons for population in memory.populations]
        state = nengo.Probe(memory.state, sample_every=window)
        count = nengo.Probe(spike_counter(units, dt), sample_every=window)
    data = _run(network, backend, len(values), dt, seed, (state, count))
    return data[0][1:], np.diff(data[1][:, 0]), sum(len(unit) for unit in units)


def run_hidden(trained, states, backend):
    """Outputs of the spiking hidden layer, and the spikes that they took.

    Parameters
    ----------
    trained : Trained
    states : (n, order) array
    backend : str

    Returns
    -------
    outputs : (n, 10) array
    spikes : (n,) array
    """
    dt = trained.parameters["dt"]
    n_steps = round(HOLD / dt)
    with nengo.Network() as network:
        reader = freeze(
            build(trained.parameters),
            trained,
            rate=RATE,
            synapse=SYNAPSE,
            on_chip=backends.find(backend).chip,
        )
        layer = reader.layers[0]
        source = nengo.Node(nengo.processes.PresentInput(states, HOLD))
        nengo.Connection(source, layer.memory.state, synapse=None)
        output = nengo.Probe(reader.output, sample_every=HOLD)
        count = nengo.Probe(
            spike_counter([layer.ensemble.neurons], dt), sample_every=HOLD
        )
    data = _run(network, backend, n_steps * len(states), dt, 0, (output, count))
    return data[0], np.diff(data[1][:, 0], prepend=0)


def spike_counter(units, dt):
    """A node that says how many spikes there have been so far."""
    count = nengo.Node(size_in=1, label="spikes so far")
    nengo.Connection(count, count, synapse=0)
    for neurons in units:
        each = np.full((1, neurons.size_out), dt)
        nengo.Connection(neurons, count, transform=each, synapse=None)
    return count


def _run(network, backend, n_steps, dt, seed, probes):
    with warnings.catch_warnings():
        # nengo-loihi says what it rounds; the accuracy says what that does.
        warnings.simplefilter("ignore")
        simulator = backends.get(backend)(network, dt, seed=seed, progress_bar=None)
    with simulator:
        simulator.run_steps(n_steps)
        return [np.array(simulator.data[probe]) for probe in probes]


def microjoules(parameters, n_neurons, memory_spikes, hidden_spikes):
    """Energy of a digit on Loihi by its published figures, see `measure.energy`.

    Of the memory, if it has neurons, with decoders and encoders apart; and of the
    hidden layer, whose input is multiplied with its weights once, as it is held.
    """
    order, n_hidden, dt = (parameters[name] for name in ("order", "n_hidden", "dt"))
    of_hidden = Work(
        spikes=hidden_spikes,
        updates=n_hidden * round(HOLD / dt),
        synops_event=order * n_hidden + hidden_spikes * N_CLASSES,
        synops_clocked=0.0,
    )
    energy = joules(of_hidden, "loihi")
    if n_neurons > 0:
        n_steps = round(parameters["n_pixels"] * parameters["pixel"] / dt)
        energy += joules(work(n_neurons, order, memory_spikes, n_steps), "loihi")
    return 1e6 * energy
