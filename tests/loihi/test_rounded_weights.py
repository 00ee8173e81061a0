"""What nengo-loihi makes of weights that were rounded for the chip: the same."""

import re
import warnings

import nengo
import numpy as np
import pytest

from nengo_lmu import SpikingMemory
from nengo_lmu.loihi import Simulator, chip_design, lay_out


def _wanted(network, ensemble, loop):
    """All weights into a loop's neurons in steps, (n_targets, n_sources)."""
    weights, neurons = [], ensemble.neurons
    for connection in network.all_connections:
        if connection.post != neurons:
            continue
        into = connection.transform.init * loop.tuning.gain[:, None]
        if connection.pre == neurons:
            weights.append(into / 0.001)
        else:
            # A spike input for each sign.
            weights.extend([into, -into])
            unit = np.max(into[:, -1]) / 127.5
    return np.clip(np.hstack(weights) / unit, -127, 127)


def _on_chip(block):
    """Weights of each input axon, (n_axons, n_compartments), in the chip's units.

    Axons of a block that was cut share what is equal in it.
    """
    rows = []
    for synapse in block.synapses:
        for axon in range(synapse.n_axons):
            shared = synapse.axon_weight_idx(axon)
            row = np.zeros(block.n_neurons, dtype=int)
            first = synapse.axon_compartment_base(axon)
            row[first + synapse.indices[shared][0]] = synapse.weights[shared][0]
            rows.append(row)
    return np.array(rows)


def _in_order(rows):
    """Rows that are not zero, in an order that says nothing of their sources."""
    rows = rows[np.any(rows, axis=1)]
    return rows[np.lexsort(rows.T)]


@pytest.mark.parametrize("n_loops, n_cores", [(2, 2), (1, 3)])
def test_weights_are_as_rounded(n_loops, n_cores):
    """In a block that nengo-loihi cuts into parts too, each with a scale of its own."""
    with nengo.Network(seed=0) as network:
        memory = SpikingMemory(480, 3, 0.1, freq=3, rms=1, seed=0)
    network = lay_out(network, {memory: chip_design(memory.design, n_loops=n_loops)})
    (memory,) = network.networks
    ensembles = memory.loop_ensembles
    loops = {
        str(ensemble): (ensemble, loop)
        for ensemble, loop in zip(ensembles, memory.design.loops, strict=True)
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        simulator = Simulator(network, progress_bar=None)
    with simulator:
        blocks = [b for b in simulator.model.blocks if "Ensemble" in b.label]
    assert len(blocks) == n_cores
    for block in blocks:
        name, part = re.fullmatch(r"(<.*?>)(?:\[(\d+:\d+):1\])?", block.label).groups()
        wanted = _wanted(network, *loops[name])
        if part:
            wanted = wanted[slice(*map(int, part.split(":")))]
        steps = np.round(wanted).astype(int)
        assert np.allclose(wanted, steps, atol=1e-3)
        found = _on_chip(block)
        scale = np.max(np.abs(found)) // np.max(np.abs(steps))
        assert scale in (64, 128)
        np.testing.assert_array_equal(_in_order(found), _in_order(scale * steps.T))
