"""Run a trained reader of memories in spikes, and count its work."""

import nengo
import numpy as np

from nengo_lmu.evaluation.energy import Work, joules
from nengo_lmu.evaluation.spikes import spike_counter
from nengo_lmu.experiments.memory_run import play, run_network
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.networks.to_spiking import to_spiking
from nengo_lmu.networks.within import networks_of

RATE = {False: 1000.0, True: 500.0}
"""Rate in Hz of a hidden unit at the activity that it rarely exceeds, off and on a
chip. There, where a neuron drops charge at each spike, more spikes are no better."""


def evenly(n_all, n):
    """Indices of n of some items, evenly taken, (n,)."""
    return np.linspace(0, n_all - 1, n).round().astype(int)


def run_reader(make, trained, values, *, dt, hold, rate, synapse, backend):
    """Run a network on a stream of values.

    Parameters
    ----------
    make : callable
        Makes the `Stack`, see `relu_reader.build_reader`.
    trained : Trained
    values : (n_steps, size) array
        Inputs at steps of dt.
    dt, hold : float
        Seconds of a step of the simulation, and of the data.
    rate, synapse : float
        See `to_spiking`.
    backend : str

    Returns
    -------
    outputs : (n, n_outputs) array
        At the end of each step of the data.
    spikes : dict of {str: (n,) array}
        Spikes of "memory" and "hidden" in each step of the data.
    """
    with nengo.Network(seed=0) as model:
        network = make()
        to_spiking(network, trained, rate=rate, synapse=synapse)
        play(values, network.input, dt)
        populations = {
            "memory": networks_of(network, SpikingMemory),
            "hidden": [layer.ensemble.neurons for layer in network.layers],
        }
        counters = [spike_counter(some, dt) for some in populations.values()]
        probed = [network.output, *counters]
        probes = [nengo.Probe(node, sample_every=hold) for node in probed]
    run = run_network(model, probes, len(values), backend=backend, dt=dt)
    outputs, *totals = run.data
    each = [np.diff(total[:, 0], prepend=0) for total in totals]
    return outputs, dict(zip(populations, each, strict=True))


def reader_joules(trained, spikes, n_steps, loops=(), fan_out=None):
    """Energy of a step of the data on Loihi, in joules; see `evaluation.energy`.

    The weights that read memories are multiplied once a step; a spike of a hidden unit
    crosses, at most, all weights that a unit has.

    Parameters
    ----------
    trained : Trained
    spikes : dict of {str: float}
        Spikes of "memory" and "hidden" in a step of the data.
    n_steps : float
        Steps of the simulation in a step of the data.
    loops : list of (int, int), optional
        Neurons and order of each loop of spiking memories, one a channel and window.
    fan_out : int, optional
        Synapses that a spike of a memory crosses, where its neurons are connected to
        each other directly. By default decoders and encoders are separate.
    """
    weights = trained.weights
    reading = [w for name, w in weights.items() if name.endswith("W_m")]
    leaving = [w for name, w in weights.items() if name.endswith(("e_x", "W_x"))]
    n_leaving = sum(len(w) for w in [*leaving, weights["readout"]])
    n_hidden, n_memory = sum(map(len, reading)), sum(n for n, _ in loops)
    if fan_out is None:
        synops = spikes["memory"] + n_steps * sum(n + order**2 for n, order in loops)
    else:
        synops = spikes["memory"] * fan_out
    synops += sum(w.size for w in reading) + spikes["hidden"] * n_leaving
    updates = (n_hidden + n_memory) * n_steps
    all_spikes = spikes["memory"] + spikes["hidden"]
    return joules(Work(all_spikes, updates, synops, 0.0), "loihi")


def chain_fan_out(n_each):
    """Synapses that a spike of a chain crosses: to five populations, fewer at ends."""
    return 5 * n_each
