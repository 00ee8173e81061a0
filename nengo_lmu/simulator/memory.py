"""The flat memory: every signal, constant and working space in one array."""

import numpy as np

from nengo_lmu.simulator.compiled import Uncompiled

#: Arrays start at multiples of this many elements: a line of the processor's cache.
_ALIGN = 8


class Memory:
    """Hands out places in one flat array, then allocates it.

    Parameters
    ----------
    dtype : numpy.dtype
        Type of the elements. Signals of another type have no place in it.
    """

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype)
        self.size = 0
        self._signals = {}
        self._contents = []

    def reserve(self, n):
        """Offset of ``n`` new elements, zero at first."""
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
        """Give the bases of signals their places.

        First those that are cleared in each step, then others that change.

        Parameters
        ----------
        signals : list of Signal
        cleared : list of Signal
            Bases among them, in this order.

        Returns
        -------
        int
            The number of elements that hold signals that change.
        """
        bases = [
            sig
            for sig in dict.fromkeys([*cleared, *(sig.base for sig in signals)])
            if not sig.sparse and sig.dtype == self.dtype
        ]
        changing = 0
        for sig in sorted(bases, key=lambda sig: sig.readonly):
            self._signals[sig] = self.place(sig.initial_value)
            if not sig.readonly:
                changing = self.size
        return changing

    def offset(self, sig):
        """Offset of the first element of a signal or view."""
        if sig.sparse or sig.base not in self._signals:
            raise Uncompiled
        return self._signals[sig.base] + sig.elemoffset

    def allocate(self):
        """The array, filled with the initial values and the constants."""
        memory = np.zeros(self.size, dtype=self.dtype)
        for offset, values in self._contents:
            memory[offset : offset + values.size] = values
        return memory

    def views(self, memory):
        """Each base signal with its part of the allocated array."""
        for sig, offset in self._signals.items():
            view = memory[offset : offset + sig.size].reshape(sig.shape)
            view.setflags(write=not sig.readonly)
            yield sig, view


def available_bytes():
    """Memory that the machine can still give, or None where it does not say."""
    try:
        with open("/proc/meminfo") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return 1024 * int(line.split()[1])
    except OSError:
        pass
    return None
