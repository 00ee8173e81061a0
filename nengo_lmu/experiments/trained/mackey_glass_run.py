"""The trained network of the Mackey-Glass task in spikes, on any backend.

A sample is held for `HOLD` seconds, and the output is read at its end. The spikes of
the hidden layer are read through a lowpass, which lags; the network is trained to be as
far ahead of its time.
"""

import warnings

import nengo
import numpy as np

from nengo_lmu import backends
from nengo_lmu.experiments.trained.psmnist_run import spike_counter
from nengo_lmu.networks import FEED_FORWARD, GivenState, IdealMemory, Stack
from nengo_lmu.networks.to_spiking import freeze
from nengo_lmu.networks.weights import set_weights

DT = 0.001
"""Step of the simulation, in seconds."""

HOLD = 0.1
"""Seconds that a sample is held."""

SYNAPSE = 0.05
"""Time constant of what the output reads, in seconds."""

LAG = SYNAPSE + DT / 2
"""Seconds by which the output lags: the synapse, and a step of the memory, less half a
step that a lowpass in steps is ahead of its time constant."""

RATE = 400.0
"""Rate in Hz of a hidden neuron at the activity it rarely exceeds."""

PAUSE = 2
"""Windows without input after each series, in which the memory forgets it."""


def build(parameters, *, memory=GivenState, **settings):
    """The network: a memory, a hidden layer of ReLU, one output.

    Parameters
    ----------
    parameters : dict
        Those of a `Trained` model.
    memory : callable, optional
        As for `LMU`.
    **settings
        Further arguments of `Stack` and of the memory.
    """
    layer = {
        "n_hidden": parameters["n_hidden"],
        "theta": parameters["window"] * HOLD,
        "order": parameters["order"],
        "hidden_type": nengo.RectifiedLinear(),
        "input_to_hidden": False,
        "bias": True,
        **FEED_FORWARD,
    }
    return Stack(1, [layer], 1, dt=DT, memory=memory, **settings)


def stream(u, parameters):
    """Series (n, n_samples) one after the other, each followed by a pause: (n_steps,).

    Each sample is held.
    """
    rest = np.zeros((len(u), PAUSE * parameters["window"]))
    return np.repeat(np.hstack([u, rest]).ravel(), round(HOLD / DT))


def spiking(parameters, sample, on_chip=False):
    """The network with a memory in neurons, laid out for series (n, n_samples)."""
    return build(
        parameters,
        n_neurons=parameters["n_neurons"],
        neuron_type=nengo.RegularSpiking(nengo.LIFRate()),
        sample=stream(sample, parameters),
        on_chip=on_chip,
        seed=0,
    )


def run(trained, u, *, memory, backend, sample=None):
    """Outputs of the network at the end of each sample.

    Parameters
    ----------
    trained : Trained
    u : (n, n_samples) array
        Series, which follow one another.
    memory : {"rates", "ideal", "spiking"}
        What spikes: nothing, the hidden layer, or the memory too.
    backend : str
        See `nengo_lmu.backends`.
    sample : (n, n_samples) array, optional
        Series that a spiking memory is laid out for.

    Returns
    -------
    outputs : (n, n_samples) array
    spikes : dict of {str: float}
        In a sample, of "memory" and "hidden".
    """
    parameters = trained.parameters
    chip = backends.find(backend).chip
    if memory == "spiking":
        network = spiking(parameters, sample, chip)
    else:
        network = build(parameters, memory=IdealMemory, seed=0)
    layer = network.layers[0]
    if memory == "rates":
        set_weights(network, trained.weights)
        layer.from_units.synapse = nengo.Lowpass(SYNAPSE)
    else:
        freeze(network, trained, rate=RATE, synapse=SYNAPSE, on_chip=chip)
    values = stream(u, parameters)
    populations = {
        "memory": [],
        "hidden": [] if memory == "rates" else [layer.ensemble],
    }
    if memory == "spiking":
        populations["memory"] = [p.ensemble for p in layer.memory.populations]
    with nengo.Network(seed=0) as model:
        model.add(network)
        source = nengo.Node(nengo.processes.PresentInput(values[:, None], DT))
        nengo.Connection(source, network.input, synapse=None)
        output = nengo.Probe(network.output, sample_every=HOLD)
        counts = {
            name: nengo.Probe(
                spike_counter([e.neurons for e in ensembles], DT), sample_every=HOLD
            )
            for name, ensembles in populations.items()
        }
    with warnings.catch_warnings():
        # nengo-loihi says what it rounds; the error says what that does.
        warnings.simplefilter("ignore")
        simulator = backends.get(backend)(model, DT, seed=0, progress_bar=None)
    with simulator:
        simulator.run_steps(len(values))
        outputs = np.array(simulator.data[output]).reshape(len(u), -1)
        n_held = outputs.size
        spikes = {k: simulator.data[p][-1, 0] / n_held for k, p in counts.items()}
    return outputs[:, : u.shape[1]], spikes
