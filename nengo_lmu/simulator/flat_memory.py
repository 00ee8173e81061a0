"""The flat memory: all signals, constants and work space in one array."""

import numpy as np

from nengo_lmu.simulator.compiled import Uncompiled

#: Arrays start at multiples of this many elements (a cache line of float64).
_ALIGN = 8


class FlatMemory:
    """Assign offsets in one flat array, then allocate it.

    Parameters
    ----------
    dtype : numpy.dtype
        Type of the elements. Signals of another type are not stored.
    """

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype)
        self.size = 0
        self._signals = {}
        self._contents = []

    def reserve(self, n):
        """Offset of ``n`` new elements, which are zero initially."""
        offset = self.size
        self.size += -(-n // _ALIGN) * _ALIGN
        return offset

    def place(self, values):
        """Offset of a copy of an array of constants, in C order."""
        values = np.ascontiguousarray(values, dtype=self.dtype)
        offset = self.reserve(values.size)
        self._contents.append((offset, values.ravel()))
        return offset

    def place_signals(self, signals, cleared=()):
        """Assign offsets to the bases of signals.

        Signals that are cleared in each step come first, then other signals that
        change, then constant signals.

        Parameters
        ----------
        signals : list of Signal
        cleared : list of Signal
            Base signals that are cleared in each step; they keep their order.

        """
        bases = [
            sig
            for sig in dict.fromkeys([*cleared, *(sig.base for sig in signals)])
            if not sig.sparse and sig.dtype == self.dtype
        ]
        for sig in sorted(bases, key=lambda sig: sig.readonly):
            self._signals[sig] = self.place(sig.initial_value)

    def offset(self, sig):
        """Offset of the first element of a signal or a view of one."""
        if sig.sparse or sig.base not in self._signals:
            raise Uncompiled
        return self._signals[sig.base] + sig.elemoffset

    def ranges(self, signals):
        """Ranges (first, last) of elements that contain signals; adjacent ones merged.

        Parameters
        ----------
        signals : iterable of Signal
            Signals or views. Those that are not in the flat memory are ignored.

        Returns
        -------
        list of (int, int)
        """
        ranges = []
        bases = {sig.base for sig in signals} & self._signals.keys()
        for first, last in sorted(
            (self._signals[sig], self._signals[sig] + sig.size)
            for sig in bases
            if sig.size
        ):
            if ranges and first - ranges[-1][1] < _ALIGN:
                first = ranges.pop()[0]
            ranges.append((first, last))
        return ranges

    def allocate(self):
        """A new array that holds the initial values and the constants."""
        memory = np.zeros(self.size, dtype=self.dtype)
        for offset, values in self._contents:
            memory[offset : offset + values.size] = values
        return memory

    def views(self, memory):
        """Yield each base signal and its view of the allocated array."""
        for sig, offset in self._signals.items():
            view = memory[offset : offset + sig.size].reshape(sig.shape)
            view.setflags(write=not sig.readonly)
            yield sig, view
