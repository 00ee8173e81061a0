"""What the probes record of the chip, block after block of steps."""

import numpy as np
from nengo.synapses import LinearFilter

from nengo_lmu.loihi import compatibility
from nengo_lmu.loihi.kernels import QUANTITIES
from nengo_lmu.loihi.weight_table import NotFlat
from nengo_lmu.simulator.compiled import compiled
from nengo_lmu.simulator.probe_data import ProbeBlocks

nengo_loihi = compatibility.load()

#: How nengo-loihi holds the quantities that can be recorded.
DTYPES = dict(zip(QUANTITIES, (np.int32, np.int32, np.bool_), strict=True))


class History:
    """What a block of steps leaves behind.

    Parameters
    ----------
    recorded : list of (key, columns)
        The quantities that are recorded, of which compartments.

    Attributes
    ----------
    columns : dict
        Quantity -> the compartments of which it is recorded, in order.
    rows : dict
        Quantity -> its values, (n_steps, n_columns); those of a block come first.
    """

    def __init__(self, recorded):
        self.columns, self.rows = {}, {}
        for key, dtype in DTYPES.items():
            columns = [c for k, c in recorded if k == key]
            columns = np.unique(np.concatenate([np.zeros(0, np.int64), *columns]))
            self.columns[key] = columns
            self.rows[key] = np.zeros((0, columns.size), dtype)

    @property
    def width(self):
        """Number of values of a step."""
        return sum(columns.size for columns in self.columns.values())

    def make_room(self, steps):
        for key, rows in self.rows.items():
            if len(rows) < steps:
                shape = (steps, rows.shape[1])
                self.rows[key] = np.zeros(shape, rows.dtype)

    def where(self, key, columns):
        """The index of some compartments among those that are recorded."""
        places = np.searchsorted(self.columns[key], columns)
        # most probes record neighbours, which are faster to copy by a slice
        if places.size > 0 and np.all(np.diff(places) == 1):
            return slice(places[0], places[-1] + 1)
        return places


class Recording:
    """One quantity of some compartments; nengo-loihi reads it as a list of rows.

    Parameters
    ----------
    key : str
        One of `DTYPES`.
    columns : (n,) int64 ndarray
        The compartments, among all compartments.
    """

    def __init__(self, key, columns):
        self.key, self.columns = key, columns
        self._index = None
        self._rows = np.zeros((0, columns.size), dtype=DTYPES[key])
        self._n_rows = 0

    def __len__(self):
        return self._n_rows

    def __array__(self, dtype=None, copy=None):
        rows = self._rows[: self._n_rows]
        return rows.astype(dtype or rows.dtype, copy=bool(copy))

    def clear(self):
        self._n_rows = 0

    def extend(self, history, steps):
        """Append the first rows of a `History`."""
        n_rows = self._n_rows + steps
        if n_rows > len(self._rows):
            grown = np.empty_like(
                self._rows,
                shape=(max(n_rows, 2 * len(self._rows)), self._rows.shape[1]),
            )
            grown[: self._n_rows] = self._rows[: self._n_rows]
            self._rows = grown
        self._rows[self._n_rows : n_rows] = self.of(history, steps)
        self._n_rows = n_rows

    def of(self, history, steps):
        """The first rows of a `History`, perhaps as a view of it."""
        if self._index is None:
            self._index = history.where(self.key, self.columns)
        return history.rows[self.key][:steps, self._index]


def recordings(probes):
    """Make a recording for each block of each probe.

    Parameters
    ----------
    probes : dict of {nengo_loihi.probe.LoihiProbe: {LoihiBlock: slice}}
        The blocks of each probe, and where they stand among all compartments.

    Returns
    -------
    dict of {nengo_loihi.probe.LoihiProbe: list of Recording}
    """
    made = {}
    for probe, blocks in probes.items():
        if probe.key not in DTYPES:
            raise NotFlat(f"it has a probe of {probe.key!r}")
        made[probe] = []
        for compartments, part in zip(blocks.values(), probe.slice, strict=False):
            columns = np.arange(compartments.start, compartments.stop)[part]
            if columns.ndim != 1:
                raise NotFlat(f"a probe has the slice {part!r}")
            made[probe].append(Recording(probe.key, columns))
    return made


class ChipProbe:
    """A probe of the chip: its values are weighted and filtered block by block.

    Parameters
    ----------
    probe : nengo.Probe
    weighted : nengo_loihi.probe.LoihiProbe
        What nengo-loihi has made of it.
    recordings : dict
        See `recordings`.
    dt : float

    Attributes
    ----------
    values : ProbeBlocks
    """

    def __init__(self, probe, weighted, recordings, dt):
        self._weighted, self._parts = weighted, recordings[weighted]
        self._filter = _Filter(weighted, dt)
        every = probe.sample_every
        self._period = 1 if every is None else every / dt
        self.values = ProbeBlocks()

    def extend(self, history, first, steps):
        """Append the steps of a block that begins with step ``first``."""
        values = self._filter(self._weigh(history, steps))
        if self._period != 1:
            values = values[np.arange(first, first + steps) % self._period < 1]
        self.values.append_block(values)

    def _weigh(self, history, steps):
        weighted = self._weighted
        rows = [part.of(history, steps) for part in self._parts]
        weights = weighted.weights[0]
        if len(rows) > 1 or weighted.reindexing is not None:
            return weighted.weight_outputs(rows)
        if weights is None:
            return rows[0].copy()
        if weights.ndim == 0:  # NumPy's product of a matrix and a number is slow
            return np.multiply(rows[0], weights)
        return rows[0].dot(weights)


class _Filter:
    """The synapse of a probe, in the precision of nengo-loihi (its state is float32).

    Parameters
    ----------
    weighted : nengo_loihi.probe.LoihiProbe
    dt : float
    """

    def __init__(self, weighted, dt):
        self._weighted, self._dt = weighted, dt
        self._count = 0
        self._step = None
        if weighted.synapse is not None:
            shape = (weighted.output_size,)
            self._step = nengo_loihi.compat.make_process_step(
                weighted.synapse, shape, shape, dt, rng=None, dtype=np.float32
            )

    def __call__(self, values):
        step = self._step
        if step is None:
            return values
        filtered = np.zeros_like(values)
        if isinstance(step, LinearFilter.OneX):
            alone = isinstance(step, LinearFilter.OneXScalar)
            state = step.X.reshape(-1)
            _lowpass(values, step.a, np.float32(step.a), step.b, state, alone, filtered)
            step.X[...] = state.reshape(step.X.shape)
            return filtered
        for k, value in enumerate(values):
            filtered[k] = step((self._count + k) * self._dt, value)
        self._count += len(values)
        return filtered


@compiled
def _lowpass(values, a, a32, b, state, alone, filtered):
    """Nengo's filters with one state, rounded as NumPy rounds them.

    Of one element they compute in 64 bits, of several they decay in 32.
    """
    for k in range(values.shape[0]):
        for i in range(values.shape[1]):
            if alone:
                state[i] = a * np.float64(state[i]) + b * values[k, i]
            else:
                decayed = np.float64(np.float32(a32 * state[i]))
                state[i] = decayed + b * values[k, i]
            filtered[k, i] = state[i]
