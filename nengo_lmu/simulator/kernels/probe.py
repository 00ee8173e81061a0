"""Probes: recording signals in blocks of steps."""

import numpy as np
from nengo.builder.probe import SimProbe

from nengo_lmu.simulator.compiled import counterpart, device, kernel


@device
def _append(m, a):
    """The next values of a block = x; a row begins as those of the kernels here."""
    n, s = a[2], a[5]
    values = a[6] + a[0] * a[1] * n
    for i in range(a[1]):
        x = a[3] + i * a[4]
        for j in range(n):
            m[values + i * n + j] = m[x + j * s]
    a[0] += 1


@kernel
def record(m, a):
    """The next values of a block = x, in the steps that are to be recorded.

    Row: position in the block, shape (2), x, strides (2), the block, period in
    steps, time and dt.
    """
    period = np.float64(m[a[7]])
    if period != 1.0:
        step = np.floor(np.float64(m[a[8]]) / np.float64(m[a[9]]) + 0.5)
        period = 1.0 if step % period < 1.0 else 0.0
    if period == 1.0:
        _append(m, a)


@kernel
def look(m, a):
    """The next values of a block = x, every so many steps.

    Row: position in the block, shape (2), x, strides (2), the block, period in steps,
    and how many of them are left.
    """
    a[8] -= 1
    if a[8] == 0:
        a[8] = a[7]
        _append(m, a)


@counterpart(SimProbe)
def plan_probe(plan, op):
    """Add no rows: a `SimProbe` only marks a signal as read."""
