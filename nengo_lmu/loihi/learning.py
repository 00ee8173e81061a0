"""Synapses that learn, as the kernels see them.

nengo-loihi updates the weights one input axon at a time. Here the weights of a synapse
are the rows of one array; `learning_kernels` has the rule.
"""

import warnings

import numpy as np

from nengo_lmu.loihi import compatibility
from nengo_lmu.loihi.fields import PLASTIC, address
from nengo_lmu.loihi.learning_kernels import (
    ERROR_LIMIT,
    HIGH,
    LOST,
    LOW,
    TRACE,
    UNUSED,
    WEIGHT,
)
from nengo_lmu.loihi.weight_table import (
    NotFlat,
    arrivals,
    concatenate,
    groups,
    last_of_each_target,
)

discretize = compatibility.load().builder.discretize


class Learning:
    """All synapses of an emulator that learn.

    From here on ``synapse.weights`` are views of the rows that learn, so that
    they follow the learning as they do in nengo-loihi.

    Parameters
    ----------
    emulator : nengo_loihi.emulator.EmulatorInterface

    Attributes
    ----------
    synapses : list of nengo_loihi.block.Synapse
    records : (n_synapses,) ndarray
        Of `nengo_lmu.loihi.fields.PLASTIC`.
    """

    def __init__(self, emulator):
        self.state = emulator.synapses
        self.synapses = list(self.state.traces)
        self.records = np.zeros(len(self.synapses), dtype=PLASTIC)
        self._arrays = []
        for record, synapse in zip(self.records, self.synapses, strict=True):
            arrays = stack(synapse, emulator)
            arrays["traces"] = self.state.traces[synapse]
            arrays["errors"] = self.state.pes_errors[synapse]
            for name, array in arrays.items():
                record[name] = address(array)
            self._arrays.append(arrays)
            record["n_axons"], record["n_weights"] = arrays["weights"].shape
            record["n_arrivals"] = arrays["axons"].size
            for name, value in constants(synapse).items():
                record[name] = value

    def __bool__(self):
        return len(self.synapses) > 0

    def warn(self, bits):
        """Say what nengo-loihi says, once for a block of steps."""
        largest = ERROR_LIMIT / self.state.pes_error_scale
        advice = "Consider changing `Model.pes_error_scale`."
        messages = {
            TRACE: "Clipping synapse trace",
            WEIGHT: "Clipping learning weights",
            HIGH: f"Received PES error greater than chip max ({largest:0.2e}). "
            + advice,
            LOW: f"Received PES error less than chip min ({-largest:0.2e}). " + advice,
        }
        for bit, message in messages.items():
            if bits & bit:
                warnings.warn(message, stacklevel=2)
        if bits & LOST:
            self.state.error("Synaptic trace spikes lost")


def constants(synapse):
    """The numbers of a synapse's rule, as nengo-loihi computes them."""
    shift_bits = synapse.synapse_cfg.shift_bits
    weight_exponent = synapse.synapse_cfg.real_weight_exp
    overflow = discretize.learn_overflow_bits(n_factors=2)
    return {
        "train_epoch": synapse.train_epoch,
        "learn_epoch": synapse.learn_epoch,
        "rate": synapse._lr_int,
        "rate_shift": discretize.LEARN_FRAC + synapse._lr_exp - overflow,
        "weight_shift": discretize.LEARN_FRAC - weight_exponent,
        "back_shift": weight_exponent + shift_bits,
        "limit": 2 ** (8 - shift_bits) - 1,
        "decay": np.exp(-synapse.train_epoch / synapse.tracing_tau),
        "increment": synapse.tracing_mag,
        "factor": 2.0 ** (-discretize.LEARN_FRAC - shift_bits),
    }


def stack(synapse, emulator):
    """Gather the weights of ``synapse`` in one array and follow its axons.

    Returns
    -------
    dict of ndarray
        ``first_axon`` (n_sources + 1,), for each source its first in ``axons``
        (n_arrivals,), the input axons; ``targets`` (n_axons, n_weights), compartments
        or `UNUSED`; ``weights`` (n_axons, n_weights) int32, changed by learning;
        ``n_spikes`` (n_axons,), spikes since the last update of the traces.
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
    return {
        "first_axon": np.searchsorted(sources[order], np.arange(n_sources + 1)),
        "axons": axons[order],
        "targets": targets,
        "weights": weights,
        "n_spikes": np.zeros(synapse.n_axons, dtype=np.int64),
    }
