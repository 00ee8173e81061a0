"""Event lists: the spikes of a population in one step, and products with them.

An event list is an array in the flat memory: the number of spikes, then the index of
the neuron and the size of each spike. Products with weights read the columns of the
neurons that spike only.
"""

import numpy as np

from nengo_lmu.simulator.compiled import device, kernel


@device
def add_columns(m, n, weights, s_row, s_column, y, sy, events):
    """y += W x, where x contains the spikes of an event list; W has n rows."""
    n_events = np.int64(m[events])
    if n == 1:
        total = m[y]
        for k in range(n_events):
            column = np.int64(m[events + 1 + 2 * k])
            total += m[weights + column * s_column] * m[events + 2 + 2 * k]
        m[y] = total
    else:
        for k in range(n_events):
            column = weights + np.int64(m[events + 1 + 2 * k]) * s_column
            size = m[events + 2 + 2 * k]
            for i in range(n):
                m[y + i * sy] += m[column + i * s_row] * size


@kernel
def dot_events(m, a):
    """y += W x, where x contains the spikes of an event list.

    Row: rows of W, W, its strides (2), y and its stride, the event list.
    """
    add_columns(m, a[0], a[1], a[2], a[3], a[4], a[5], a[6])
