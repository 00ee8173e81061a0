"""Synapses that learn: their spikes are delivered compiled, the rule is NumPy's.

nengo-loihi updates the weights one input axon at a time. Here the weights of a
synapse are the rows of one array, and nengo-loihi's own rule is given that
array as if it were one row: the same operations on the same numbers, the random
ones drawn in the same order.
"""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from nengo_lmu.loihi.kernels import compiled
from nengo_lmu.loihi.weight_table import (
    NotFlat,
    arrivals,
    concatenate,
    groups,
    last_of_each_target,
)

UNUSED = -1  #: target of a weight that reaches no compartment


class Plastic(NamedTuple):
    """A synapse that learns, as the kernel sees it."""

    first_axon: np.ndarray  #: (n_sources + 1,) int64, into ``axons``
    axons: np.ndarray  #: (n_arrivals,) int64, input axons, source after source
    targets: np.ndarray  #: (n_axons, n_weights) int64 compartments, or `UNUSED`
    weights: np.ndarray  #: (n_axons, n_weights) int32, changed by learning
    n_spikes: np.ndarray  #: (n_axons,) int64, spikes since the last trace update


@compiled
def deliver_plastic_source(source, plastic, q):
    for k in range(plastic.first_axon[source], plastic.first_axon[source + 1]):
        axon = plastic.axons[k]
        plastic.n_spikes[axon] += 1
        for i in range(plastic.targets.shape[1]):
            target = plastic.targets[axon, i]
            if target != UNUSED:
                q[target] += plastic.weights[axon, i]


@compiled
def deliver_plastic(input_sources, spiked, plastic, q):
    """Add the weights of all spikes that arrive to ``q`` and count the spikes."""
    for source in input_sources:
        deliver_plastic_source(source, plastic, q)
    for source in range(spiked.size):
        if spiked[source]:
            deliver_plastic_source(source, plastic, q)


class Learning:
    """All synapses of an emulator that learn.

    From here on ``synapse.weights`` are views of the rows that learn, so that
    they follow the learning as they do in nengo-loihi.

    Parameters
    ----------
    emulator : nengo_loihi.emulator.EmulatorInterface
    """

    def __init__(self, emulator):
        self.state = emulator.synapses
        self.plastic = {s: stack(s, emulator) for s in self.state.traces}

        rule = self.state._weight_update
        stacked = {
            synapse: SimpleNamespace(
                weights=[plastic.weights],
                synapse_cfg=synapse.synapse_cfg,
                _lr_int=synapse._lr_int,
                _lr_exp=synapse._lr_exp,
            )
            for synapse, plastic in self.plastic.items()
        }

        def update_stacked(synapse, delta_ws, rng=None):
            rule(stacked[synapse], [delta_ws], rng=rng)

        self.state._weight_update = update_stacked

    def __bool__(self):
        return len(self.plastic) > 0

    def step(self, t, rng, input_sources, spiked, q):
        """Deliver the spikes of step ``t``, then learn if it is time to."""
        for synapse, plastic in self.plastic.items():
            deliver_plastic(input_sources, spiked, plastic, q)
            if t % synapse.train_epoch == 0:
                if np.any(plastic.n_spikes > 1):
                    self.state.error("Synaptic trace spikes lost")
                self.state.trace_spikes[synapse].update(
                    np.flatnonzero(plastic.n_spikes)
                )
                plastic.n_spikes[:] = 0
        self.state.update_traces(t, rng)
        self.state.update_weights(t, rng)


def stack(synapse, emulator):
    """Gather the weights of ``synapse`` in one array and follow its axons.

    Returns
    -------
    Plastic
    """
    n_weights = 2 * emulator.synapses.pes_errors[synapse].size
    if (
        synapse.axon_to_weight_map is not None
        or synapse.axon_compartment_bases is not None
        or len(synapse.weights) != synapse.n_axons
        or any(w.shape != (1, n_weights) for w in synapse.weights)
    ):
        raise NotFlat(f"{synapse} learns with shared or incomplete weights")

    block = emulator.synapses.slices[synapse]
    targets = np.concatenate(synapse.indices).astype(np.int64)
    if np.any(targets < 0) or np.any(targets >= block.stop - block.start):
        raise NotFlat(f"{synapse} targets compartments that are not in its block")
    row = np.repeat(np.arange(synapse.n_axons), n_weights)
    kept = last_of_each_target(row, targets.ravel()).reshape(targets.shape)
    targets = np.where(kept, block.start + targets, UNUSED)

    weights = np.concatenate(synapse.weights)
    synapse.weights[:] = np.split(weights, synapse.n_axons)

    sources, axons = [], []
    for group in groups(emulator):
        for axon in group.axons:
            if axon.target is synapse:
                arriving = arrivals(axon, group.size)
                if np.any(arriving.atoms != 0):
                    raise NotFlat(f"{synapse} learns, but is sent atoms")
                sources.append(group.first + arriving.sources)
                axons.append(arriving.axons)
    sources, axons = concatenate(sources), concatenate(axons)
    order = np.argsort(sources, kind="stable")
    n_sources = group.first + group.size
    return Plastic(
        first_axon=np.searchsorted(sources[order], np.arange(n_sources + 1)),
        axons=axons[order],
        targets=targets,
        weights=weights,
        n_spikes=np.zeros(synapse.n_axons, dtype=np.int64),
    )
