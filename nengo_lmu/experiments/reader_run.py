"""Run a trained reader of memories in spikes, and count its work."""

from dataclasses import replace

import nengo
import numpy as np

from nengo_lmu.evaluation.energy import Work, joules, work
from nengo_lmu.evaluation.spikes import spike_counter
from nengo_lmu.experiments.memory_run import play, run_network
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.networks.to_spiking import to_spiking


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
        layer = network.layers[0]
        memories = [layer.memory, *layer.memory.all_networks]
        memories = [part for part in memories if isinstance(part, SpikingMemory)]
        populations = {"memory": memories, "hidden": [layer.ensemble.neurons]}
        counters = [spike_counter(some, dt) for some in populations.values()]
        probed = [network.output, *counters]
        probes = [nengo.Probe(node, sample_every=hold) for node in probed]
    run = run_network(model, probes, len(values), backend=backend, dt=dt)
    outputs, *totals = run.data
    each = [np.diff(total[:, 0], prepend=0) for total in totals]
    return outputs, dict(zip(populations, each, strict=True))


def reader_joules(trained, spikes, n_steps, n_loops=0, n_each=0, fan_out=None):
    """Energy of a step of the data on Loihi, in joules; see `evaluation.energy`.

    The trained weights of the hidden layer are multiplied once a step.

    Parameters
    ----------
    trained : Trained
    spikes : dict of {str: float}
        Spikes of "memory" and "hidden" in a step of the data.
    n_steps : float
        Steps of the simulation in a step of the data.
    n_loops, n_each : int, optional
        Number of loops of spiking memories, one a channel and window, and of the
        neurons of each.
    fan_out : int, optional
        Synapses that a spike of a memory crosses, where its neurons are connected to
        each other directly. By default decoders and encoders are separate.
    """
    n_hidden, size = trained.weights["0.W_m"].shape
    n_outputs = len(trained.weights["readout"])
    hidden = Work(
        spikes=spikes["hidden"],
        updates=n_hidden * n_steps,
        synops_event=n_hidden * size + spikes["hidden"] * n_outputs,
        synops_clocked=0.0,
    )
    energy = joules(hidden, "loihi")
    if n_each:
        each = spikes["memory"] / n_loops
        loop = work(n_each, trained.parameters["order"], each, n_steps)
        if fan_out is not None:
            loop = replace(loop, synops_event=each * fan_out)
        energy += n_loops * joules(loop, "loihi")
    return energy


def chain_fan_out(n_each, order):
    """Synapses that a spike of a chain crosses: to five populations, fewer at ends."""
    return n_each * min(order, 5)
