"""Axons and synapses of a built model as one table of weights.

nengo-loihi follows each spike through an axon (which maps compartments to
input axons, and names an atom) to a synapse (which maps input axons to rows of
weights, and rows to compartments from a base on). All of that is fixed when
the model is built, and integer addition has no order: what remains of it is
one row of weights for each compartment and each input neuron.
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse

from nengo_lmu.loihi.kernels import Table

#: Absent targets up to this many in a row are stored as zeros: adding a few
#: zeros is cheaper than starting another run.
MAX_GAP = 8


class NotFlat(Exception):
    """The model does something that a table of weights cannot say exactly."""


class Arrivals(NamedTuple):
    """Which input axon of a synapse the spikes of some sources arrive at."""

    sources: np.ndarray  #: (n,) int64, compartment or neuron within its group
    axons: np.ndarray  #: (n,) int64, input axon of the synapse
    atoms: np.ndarray  #: (n,) int64, atom of the input axon


def arrivals(axon, n_sources):
    """Follow ``axon`` from each of its sources to its synapse.

    Parameters
    ----------
    axon : nengo_loihi.block.Axon
    n_sources : int
        Number of compartments of the block, or neurons of the input, that own
        the axon.

    Returns
    -------
    Arrivals
        Without the sources that do not use the axon.
    """
    sources = np.arange(n_sources)
    for mapping in (axon.compartment_map, axon.compartment_atoms):
        if mapping is not None and len(mapping) < n_sources:
            raise NotFlat(f"{axon} maps {len(mapping)} of {n_sources} compartments")
    axons = np.asarray(axon.map_axon(sources), dtype=np.int64)
    atoms = np.asarray(axon.map_atoms(sources), dtype=np.int64)
    used = axons >= 0
    if np.any(axons >= axon.target.n_axons) or np.any(atoms[used] < 0):
        raise NotFlat(f"{axon} leaves the range of {axon.target}")
    return Arrivals(sources[used], axons[used], atoms[used])


class SynapseRows:
    """The rows of a synapse, one for each set of weights and each atom.

    Parameters
    ----------
    synapse : nengo_loihi.block.Synapse
    first_compartment, n_compartments : int
        Where the block of the synapse stands among all compartments.
    """

    def __init__(self, synapse, first_compartment, n_compartments):
        self.synapse = synapse
        self.first_compartment = first_compartment
        self.n_compartments = n_compartments
        self.n_atoms = np.array([len(w) for w in synapse.weights])

        width = [w.shape[1] for w in synapse.weights]
        row = np.repeat(np.arange(self.n_atoms.sum()), np.repeat(width, self.n_atoms))
        targets = concatenate([i.ravel() for i in synapse.indices])
        weights = concatenate([w.ravel() for w in synapse.weights])
        kept = last_of_each_target(row, targets)

        self.first_row = np.concatenate([[0], np.cumsum(self.n_atoms)])
        self.begin = np.searchsorted(row[kept], np.arange(self.first_row[-1] + 1))
        self.targets = targets[kept]
        self.weights = weights[kept]

    def entries(self, arriving):
        """The table entries of the sources in ``arriving``.

        Returns
        -------
        sources, targets, weights : (n_entries,) int64 ndarrays
        """
        synapse = self.synapse
        base = np.zeros(len(arriving.axons), dtype=np.int64)
        if synapse.axon_compartment_bases is not None:
            bases = np.asarray(synapse.axon_compartment_bases, dtype=np.int64)
            base = bases[arriving.axons]
        used = base >= 0
        sources, axons, atoms = (x[used] for x in arriving)

        row = axons
        if synapse.axon_to_weight_map is not None:
            row = np.array([synapse.axon_to_weight_map[a] for a in axons], dtype=int)
        if np.any(row < 0) or np.any(row >= self.n_atoms.size):
            raise NotFlat(f"{synapse} names weights that it does not have")
        if np.any(atoms >= self.n_atoms[row]):
            raise NotFlat(f"{synapse} is sent an atom that it does not have")
        row = self.first_row[row] + atoms

        sizes = self.begin[row + 1] - self.begin[row]
        entry = np.arange(sizes.sum()) + np.repeat(
            self.begin[row] - (np.cumsum(sizes) - sizes), sizes
        )
        targets = self.targets[entry] + np.repeat(base[used], sizes)
        if np.any(targets < 0) or np.any(targets >= self.n_compartments):
            raise NotFlat(f"{synapse} targets compartments that are not in its block")
        return (
            np.repeat(sources, sizes),
            self.first_compartment + targets,
            self.weights[entry],
        )


def last_of_each_target(row, targets):
    """Mark all weights but those that are followed by one to the same target.

    nengo-loihi adds the weights of a spike with ``q[indices] += weights``, and
    there NumPy keeps the last addition for each index.

    Parameters
    ----------
    row, targets : (n,) int64 ndarray
        The row of each weight, and the compartment that it reaches.

    Returns
    -------
    (n,) bool ndarray
    """
    order = np.lexsort((targets, row))  # keeps the order of equals
    same = (np.diff(row[order]) == 0) & (np.diff(targets[order]) == 0)
    last = np.ones(row.size, dtype=bool)
    last[order[:-1]] = ~same
    return last


def integers(values):
    """A list of integers as an array, of int64 even if there are none."""
    return np.array(values, dtype=np.int64)


def concatenate(arrays):
    """Concatenate arrays of integers, of which there may be none."""
    return np.concatenate([np.zeros(0, dtype=np.int64), *arrays])


def cut(entries, n_sources, n_targets):
    """Sum what each source adds to each target, and cut the sums into runs.

    Parameters
    ----------
    entries : list of (sources, targets, weights)
        What each axon adds.
    n_sources, n_targets : int

    Returns
    -------
    nengo_lmu.loihi.kernels.Table
    """
    sources, targets, weights = (
        concatenate([entry[k] for entry in entries]) for k in range(3)
    )
    shape = (n_sources, n_targets)
    matrix = scipy.sparse.coo_matrix((weights, (sources, targets)), shape=shape).tocsr()
    columns = matrix.indices.astype(np.int64)
    weights = matrix.data.astype(np.int32)  # wraps as adding them in int32 does
    if np.array_equal(weights, weights.astype(np.int16)):
        weights = weights.astype(np.int16)

    step = np.diff(columns, prepend=-1)
    new_run = (step < 1) | (step > 1 + MAX_GAP)
    row_begin = matrix.indptr[:-1][np.diff(matrix.indptr) > 0]
    new_run[row_begin] = True

    # with the gaps filled, a weight stands after all steps within the runs
    position = np.cumsum(np.where(new_run, 1, step)) - 1
    filled = np.zeros(position[-1] + 1 if position.size else 0, dtype=weights.dtype)
    filled[position] = weights

    run_begin = np.flatnonzero(new_run)
    return Table(
        first_run=np.searchsorted(run_begin, matrix.indptr),
        run_target=columns[run_begin],
        run_weight=np.append(position[run_begin], filled.size),
        weights=filled,
    )


def join(tables):
    """Put the sources of several tables after one another."""
    return Table(
        first_run=chain([table.first_run for table in tables]),
        run_target=concatenate([table.run_target for table in tables]),
        run_weight=chain([table.run_weight for table in tables]),
        weights=np.concatenate([table.weights for table in tables]),
    )


def chain(ends):
    """Continue lists of ends, each of which counts from 0, by one another."""
    before = np.cumsum([0] + [end[-1] for end in ends])
    return concatenate(
        [[0], *(end[1:] + n for end, n in zip(ends, before, strict=False))]
    )


class Group(NamedTuple):
    """A block or an input, as a range of sources of spikes."""

    owner: object  #: nengo_loihi.block.LoihiBlock or nengo_loihi.inputs.SpikeInput
    first: int  #: its first source
    size: int  #: its number of compartments or neurons
    axons: list  #: of nengo_loihi.block.Axon


def groups(emulator):
    """Number all sources: the blocks' compartments, then the inputs' neurons.

    Parameters
    ----------
    emulator : nengo_loihi.emulator.EmulatorInterface

    Returns
    -------
    list of Group
    """
    axons = {block: [] for block in emulator.block_info.blocks}
    for axon, block in emulator.axons.block_map.items():
        axons[block].append(axon)
    sizes = [(block, block.n_neurons, axons[block]) for block in axons]
    sizes += [(spikes, spikes.n_neurons, spikes.axons) for spikes in emulator.inputs]

    numbered = []
    first = 0
    for owner, size, axons_of_owner in sizes:
        numbered.append(Group(owner, first, size, axons_of_owner))
        first += size
    return numbered


def flatten(emulator):
    """Build the table of all weights that do not learn.

    Parameters
    ----------
    emulator : nengo_loihi.emulator.EmulatorInterface
        A new emulator, for the blocks, inputs, axons and synapses of its model.

    Returns
    -------
    nengo_lmu.loihi.kernels.Table
        With the sources of :func:`groups`.
    """
    rows = {
        synapse: SynapseRows(synapse, block.start, block.stop - block.start)
        for synapse, block in emulator.synapses.items()
        if not synapse.learning
    }
    parts = []
    for group in groups(emulator):
        entries = []
        for axon in group.axons:
            if axon.target not in emulator.synapses.slices:
                raise NotFlat(f"{axon} has a target that is not in the model")
            if not axon.target.learning:
                entries.append(rows[axon.target].entries(arrivals(axon, group.size)))
        parts.append(cut(entries, group.size, emulator.block_info.n_compartments))
    return join(parts)
