"""Spikes, synaptic operations and energy of a network on the chip, before it runs."""

import numpy as np

from nengo_lmu.design.tuning import N_STD
from nengo_lmu.evaluation.energy import DEVICES
from nengo_lmu.loihi import compatibility
from nengo_lmu.loihi.chain import comparators
from nengo_lmu.loihi.weight_table import SynapseRows, arrivals

nengo_loihi = compatibility.load()


def expected_activity(model, network, memories, inference):
    """Spikes, synaptic operations and joules a second, from the tuning curves.

    An ensemble has its rates for its evaluation points, one of a memory those for the
    values that are expected there. A neuron that decodes on the chip, or brings a value
    to it, has its mean rate over values from -1 to 1.

    Parameters
    ----------
    model : nengo_loihi.builder.Model
    network : nengo.Network
    memories : list of ChipMemory
    inference : float
        Seconds of one inference.

    Returns
    -------
    dict
    """
    return activity(model, _rates(model, network, memories), inference)


def measured_activity(simulator, inference):
    """The same, from the spikes that a run has had; those of the input not counted.

    Parameters
    ----------
    simulator : nengo_lmu.loihi.Simulator
        After a run on the compiled emulator.
    inference : float
        Seconds of one inference.

    Returns
    -------
    rates : dict of {nengo_loihi.block.LoihiBlock: (n,) array}
        Spikes a second of its compartments.
    totals : dict
        As of `expected_activity`.
    """
    emulator = simulator.sims["emulator"]
    rates = {
        block: emulator.compartment.spike_count[emulator.block_info.slices[block]]
        / simulator.time
        for block in simulator.model.blocks
    }
    silent = dict.fromkeys(simulator.model.inputs, 0.0)
    return rates, activity(simulator.model, rates | silent, inference)


def activity(model, rates, inference):
    """Totals of a second from the rates of each block and each input, as a dict."""
    size = {s: block.n_neurons for block in model.blocks for s in block.synapses}
    spikes = synops = hops = 0.0
    for source in [*model.blocks, *model.inputs]:
        rate = np.broadcast_to(rates[source], source.n_neurons)
        spikes += rate.sum()
        for axon in source.axons:
            arriving = arrivals(axon, source.n_neurons)
            rows = SynapseRows(axon.target, 0, size[axon.target])
            reached, *_ = rows.entries(arriving)
            synops += rate[reached].sum()
            hops += rate[arriving.sources].sum()
    device = DEVICES["loihi"]
    updates = sum(block.n_neurons for block in model.blocks) / model.dt
    watts = synops * device.synop + updates * device.update + hops * device.hop
    return {
        "spikes_per_second": float(spikes),
        "synops_per_second": float(synops),
        "joules_per_second": float(watts),
        "joules_per_inference": float(watts * inference),
    }


def _rates(model, network, memories):
    """Mean spikes a second of the compartments of each block and each input."""
    rates = dict.fromkeys(model.blocks, 0.0)
    forms = {
        e: memory.design.form for memory in memories for e in memory.loop_ensembles
    }
    for ensemble in network.all_ensembles:
        if model.split.on_chip(ensemble):
            mean = _mean_rates(model, ensemble, forms.get(ensemble))
            for block in _blocks(model.objs[ensemble]["out"]):
                rates[block] = mean[list(model.block_comp_map[block])]
    decoding = _mean_decode_rate(model.decode_neurons, model.dt)
    for built in list(model.objs.values()):
        for block in _blocks(built.get("decoded", [])):
            # those of a probe only add up and never spike
            rates[block] = decoding if block.axons else 0.0
    bringing = _mean_decode_rate(model.node_neurons, model.dt)
    rates.update(dict.fromkeys(model.inputs, bringing))
    return rates


def _mean_rates(model, ensemble, form):
    """Of an ensemble that has a part in a memory of this form, or in none."""
    built = model.params[ensemble]
    x = built.eval_points / ensemble.radius
    if ensemble.neuron_type == comparators(model.dt):
        # Its evaluation points are expected values.
        current = built.gain * (x @ built.encoders.T) + built.bias
        return np.mean(current > 1, axis=0) / model.dt
    if form == "dense":
        rng = np.random.RandomState(0)
        x = rng.normal(scale=1 / N_STD, size=(500, ensemble.dimensions))
    kind = ensemble.neuron_type
    rates = nengo_loihi.neurons.loihi_rates(
        kind, x @ built.encoders.T, built.gain, built.bias, model.dt
    )
    return rates.mean(axis=0) / getattr(kind, "amplitude", 1)


def _mean_decode_rate(neurons, dt):
    x = np.linspace(-1, 1, 101)[:, None]
    rates = nengo_loihi.neurons.loihi_rates(
        neurons.neuron_type,
        x * np.ones(len(neurons.gain)),
        neurons.gain,
        neurons.bias,
        dt,
    )
    return float(rates.mean())


def _blocks(obj):
    """The blocks of a built object, one or several since it was split."""
    return obj if isinstance(obj, list) else [obj]
