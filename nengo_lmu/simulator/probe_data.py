"""What the probes have recorded, and Nengo's mapping over it."""

import numpy as np
from nengo.simulator import SimulationData


class ProbeBlocks:
    """The recorded values of a probe, in blocks of steps."""

    def __init__(self):
        self._blocks = []
        self._length = 0

    def append_block(self, values):
        """Append the values of several steps, an array ``(n_steps, *shape)``."""
        self._blocks.append(values)
        self._length += len(values)

    def extend(self, values):
        """Append the values of several steps, as to a list."""
        if len(values):
            self.append_block(np.array(list(values)))

    def __len__(self):
        return self._length

    def __iter__(self):
        return (value for block in self._blocks for value in block)

    def array(self):
        """All values as one array ``(n_steps, *shape)``."""
        if len(self._blocks) > 1:
            self._blocks = [np.concatenate(self._blocks)]
        return self._blocks[0].view() if self._blocks else np.array([])


class ProbeData(SimulationData):
    """Nengo's mapping from objects to their data, for probes with `ProbeBlocks`.

    Parameters
    ----------
    raw : dict
    collect : callable
        Appends to the `ProbeBlocks` what has been recorded since the last call.
    """

    def __init__(self, raw, collect):
        super().__init__(raw)
        self._collect = collect

    def __getitem__(self, key):
        value = self.raw[key]
        if not isinstance(value, ProbeBlocks):
            return super().__getitem__(key)
        self._collect()
        if key not in self._cache or len(self._cache[key]) != len(value):
            self._cache[key] = value.array()
            self._cache[key].setflags(write=False)
        return self._cache[key]
