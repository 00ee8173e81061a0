"""Time, reset and copy: the operators that only move numbers."""

import numpy as np
from nengo.builder.operator import Copy, Reset, TimeUpdate
from nengo.builder.probe import SimProbe

from nengo_lmu.simulator.compiled import Uncompiled, counterpart, kernel


@kernel
def time(m, a):
    """step += 1; time = step * dt. Row: step, time, dt."""
    a[0] += 1
    m[a[1]] = a[0] * m[a[2]]


@kernel
def fill(m, a):
    """y = value. Row: shape (2), y, strides (2), value."""
    value = m[a[5]]
    n, s = a[1], a[4]
    for i in range(a[0]):
        y = a[2] + i * a[3]
        if s == 1:
            for j in range(n):
                m[y + j] = value
        else:
            for j in range(n):
                m[y + j * s] = value


@kernel
def copy(m, a):
    """y = x. Row: shape (2), y, strides (2), x, strides (2)."""
    sy, sx = a[4], a[7]
    for i in range(a[0]):
        y = a[2] + i * a[3]
        x = a[5] + i * a[6]
        for j in range(a[1]):
            m[y + j * sy] = m[x + j * sx]


@kernel
def add(m, a):
    """y += x. Row: shape (2), y, strides (2), x, strides (2)."""
    n, sy, sx = a[1], a[4], a[7]
    for i in range(a[0]):
        y = a[2] + i * a[3]
        x = a[5] + i * a[6]
        for j in range(n):
            m[y + j * sy] += m[x + j * sx]


@kernel
def copy_indexed(m, a):
    """y[i] = x[j]. Row: n, n places in y, n places in x."""
    n = a[0]
    for k in range(n):
        m[a[1 + k]] = m[a[1 + n + k]]


@kernel
def add_indexed(m, a):
    """y[i] += x[j], repeated places add up. Row: n, n places in y, n places in x."""
    n = a[0]
    for k in range(n):
        m[a[1 + k]] += m[a[1 + n + k]]


@counterpart(TimeUpdate)
def plan_time(plan, op):
    plan.step_row = plan.row(time, 0, plan.at(op.time), plan.constants(plan.dt))


@counterpart(Reset)
def plan_reset(plan, op):
    shape, (offset, *strides) = plan.grid(op.dst.shape, op.dst)
    plan.row(fill, *shape, offset, *strides, plan.constants(op.value))


@counterpart(SimProbe)
def plan_probe(plan, op):
    """A `SimProbe` only marks a signal as read."""


@counterpart(Copy)
def plan_copy(plan, op):
    if op.src_slice is None and op.dst_slice is None and op.dst.ndim <= 2:
        shape, dst, src = plan.grid(op.dst.shape, op.dst, op.src)
        plan.row(add if op.inc else copy, *shape, *dst, *src)
        return
    dst = plan.places(op.dst)
    src = plan.places(op.src)
    if op.dst_slice is not None:
        dst = dst[op.dst_slice]
    if op.src_slice is not None:
        src = src[op.src_slice]
    src = np.broadcast_to(src, dst.shape)
    if not op.inc and len(np.unique(dst)) < dst.size:
        raise Uncompiled  # Nengo refuses this when it makes its step
    plan.row(
        add_indexed if op.inc else copy_indexed, dst.size, *dst.ravel(), *src.ravel()
    )
