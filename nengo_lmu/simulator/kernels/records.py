"""Blocks of steps: input that is known ahead, and what the probes record."""

import numpy as np

from nengo_lmu.simulator.compiled import kernel


@kernel
def play(m, a):
    """y = the next values of a block.

    Row: position in the block, n, y and its stride, the block, whether y is
    incremented.
    """
    n, y, sy = a[1], a[2], a[3]
    values = a[4] + a[0] * n
    if a[5]:
        for i in range(n):
            m[y + i * sy] += m[values + i]
    else:
        for i in range(n):
            m[y + i * sy] = m[values + i]
    a[0] += 1


@kernel
def record(m, a):
    """The next values of a block = x, where the step is one to be recorded.

    Row: position in the block, shape (2), x, strides (2), the block, period in
    steps, time and dt.
    """
    period = np.float64(m[a[7]])
    if period != 1.0:
        step = np.floor(np.float64(m[a[8]]) / np.float64(m[a[9]]) + 0.5)
        period = 1.0 if step % period < 1.0 else 0.0
    if period == 1.0:
        n, s = a[2], a[5]
        values = a[6] + a[0] * a[1] * n
        for i in range(a[1]):
            x = a[3] + i * a[4]
            for j in range(n):
                m[values + i * n + j] = m[x + j * s]
        a[0] += 1
