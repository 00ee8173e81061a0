"""What the probes record, row after row."""

import numpy as np

from nengo_lmu.loihi.kernels import History
from nengo_lmu.loihi.weight_table import NotFlat

#: The quantities that can be recorded, and how nengo-loihi holds them.
DTYPES = {"current": np.int32, "voltage": np.int32, "spiked": np.bool_}


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
        self.key = key
        self._rows = np.zeros((0, columns.size), dtype=DTYPES[key])
        # most probes record neighbours, which are faster to copy by a slice
        neighbours = columns.size > 0 and np.all(np.diff(columns) == 1)
        self._select = slice(columns[0], columns[-1] + 1) if neighbours else columns
        self._n_rows = 0

    def __len__(self):
        return self._n_rows

    def __array__(self, dtype=None, copy=None):
        rows = self._rows[: self._n_rows]
        return rows.astype(dtype or rows.dtype, copy=bool(copy))

    def clear(self):
        self._n_rows = 0

    def extend(self, history):
        """Append the rows of ``history``, a `nengo_lmu.loihi.kernels.History`."""
        new_rows = getattr(history, self.key)
        n_rows = self._n_rows + len(new_rows)
        if n_rows > len(self._rows):
            grown = np.empty_like(
                self._rows,
                shape=(max(n_rows, 2 * len(self._rows)), self._rows.shape[1]),
            )
            grown[: self._n_rows] = self._rows[: self._n_rows]
            self._rows = grown
        self._rows[self._n_rows : n_rows] = new_rows[:, self._select]
        self._n_rows = n_rows


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


def new_history(steps, n_compartments, probed):
    """Room for the quantities in ``probed`` of so many steps and compartments."""
    return History(
        *(
            np.empty((steps if key in probed else 0, n_compartments), DTYPES[key])
            for key in History._fields
        )
    )
