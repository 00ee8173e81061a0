"""Nengo's basic operators: time, reset, copy and increments by products."""

import numpy as np
from nengo.builder.operator import (
    BsrDotInc,
    Copy,
    DotInc,
    ElementwiseInc,
    Reset,
    SparseDotInc,
    TimeUpdate,
)

from nengo_lmu.simulator.compiled import REORDER, Uncompiled, counterpart, kernel
from nengo_lmu.simulator.kernels.events import dot_events

#: Weights are transposed for a faster kernel if they have at most this many elements.
_MAX_TRANSPOSED = 2**25

#: Constant weights of at least this many elements, with more rows than columns, are not
#: multiplied again with a value that has not changed: comparing it takes no time then.
_LARGE = 2**14


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
    """y[i] += x[j]; repeated places accumulate.

    Row: n, n places in y, n places in x.
    """
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
        raise Uncompiled  # Nengo raises an error when it makes its step
    plan.row(
        add_indexed if op.inc else copy_indexed, dst.size, *dst.ravel(), *src.ravel()
    )


@kernel(fastmath={"contract"})
def elementwise(m, a):
    """y += w * x. Row: shape (2), then start and strides (2) of y, w and x."""
    sy, sw, sx = a[4], a[7], a[10]
    for i in range(a[0]):
        y = a[2] + i * a[3]
        w = a[5] + i * a[6]
        x = a[8] + i * a[9]
        for j in range(a[1]):
            m[y + j * sy] += m[w + j * sw] * m[x + j * sx]


@kernel(fastmath=REORDER)
def dot_rows(m, a):
    """y += W x, each row of W contiguous.

    Row: shape of W (2), W, its stride between rows, x and its stride, y and its
    stride.
    """
    n = a[1]
    sx = a[5]
    for i in range(a[0]):
        w = a[2] + i * a[3]
        total = 0.0 * m[w]
        if sx == 1:
            x = a[4]
            for j in range(n):
                total += m[w + j] * m[x + j]
        else:
            x = a[4]
            for j in range(n):
                total += m[w + j] * m[x + j * sx]
        m[a[6] + i * a[7]] += total


@kernel(fastmath={"contract"})
def dot_columns(m, a):
    """y += W x, one column of W after the other.

    Row: shape of W (2), W, its strides (2), x and its stride, y and its stride.
    """
    sw, sy = a[3], a[8]
    y = a[7]
    for j in range(a[1]):
        x = m[a[5] + j * a[6]]
        w = a[2] + j * a[4]
        if sw == 1 and sy == 1:
            for i in range(a[0]):
                m[y + i] += m[w + i] * x
        else:
            for i in range(a[0]):
                m[y + i * sy] += m[w + i * sw] * x


@kernel(fastmath={"contract"})
def dot_held(m, a):
    """y += W x, where W x is computed again only if x has changed.

    Row: shape of W (2), W, its stride between columns, x and its stride, y and its
    stride, work space for the last x and W x.
    """
    n, x, sx, y, sy, last, product = a[0], a[4], a[5], a[6], a[7], a[8], a[9]
    same = 0
    while same < a[1] and m[x + same * sx] == m[last + same]:
        same += 1
    if same < a[1]:
        for i in range(n):
            m[product + i] = 0.0
        for j in range(a[1]):
            value = m[x + j * sx]
            m[last + j] = value
            w = a[2] + j * a[3]
            for i in range(n):
                m[product + i] += m[w + i] * value
    for i in range(n):
        m[y + i * sy] += m[product + i]


@kernel
def encode(m, a):
    """y = b + W x, one column of W after the other.

    Row: shape of W (2), W, its strides (2), x and its stride, y, b.
    """
    sw = a[3]
    y, b, w = a[7], a[8], a[2]
    x = m[a[5]]
    if sw == 1:
        for i in range(a[0]):
            m[y + i] = m[b + i] + m[w + i] * x
    else:
        for i in range(a[0]):
            m[y + i] = m[b + i] + m[w + i * sw] * x
    for j in range(1, a[1]):
        x = m[a[5] + j * a[6]]
        w = a[2] + j * a[4]
        if sw == 1:
            for i in range(a[0]):
                m[y + i] += m[w + i] * x
        else:
            for i in range(a[0]):
                m[y + i] += m[w + i * sw] * x


@kernel(fastmath=REORDER)
def dot_blocks(m, a):
    """y += W x for W in block sparse row format.

    Row: number of block rows, rows and columns of a block, W, x, y, the index of the
    first block of each block row, the block column of each block.
    """
    n, rows, columns = a[0], a[1], a[2]
    pointers = 6
    indices = pointers + n + 1
    for k in range(n):
        for p in range(a[pointers + k], a[pointers + k + 1]):
            x = a[4] + a[indices + p] * columns
            for i in range(rows):
                w = a[3] + (p * rows + i) * columns
                total = 0.0 * m[w]
                for j in range(columns):
                    total += m[w + j] * m[x + j]
                m[a[5] + k * rows + i] += total


def columns(plan, sig):
    """Place and strides of weights; constant weights are stored by columns."""
    if (
        sig.ndim == 2
        and min(sig.shape) > 1
        and sig.size <= _MAX_TRANSPOSED
        and plan.is_constant(sig)
    ):
        return plan.array(sig.initial_value.T), 1, sig.shape[0]
    return plan.matrix(sig)


@counterpart(ElementwiseInc)
def plan_elementwise(plan, op):
    shape, *places = plan.grid(op.Y.shape, op.Y, op.A, op.X)
    plan.row(elementwise, *shape, *places[0], *places[1], *places[2])


@counterpart(DotInc)
def plan_dot(plan, op):
    if op.A.ndim == 0 or op.X.ndim == 0:
        plan_elementwise(plan, op)
        return
    y, sy = plan.line(op.Y)
    if op.X in plan.events:
        n_rows = op.A.shape[0] if op.A.ndim == 2 else 1
        weights, s_row, s_column = columns(plan, op.A)
        for events in plan.events[op.X]:
            plan.row(dot_events, n_rows, weights, s_row, s_column, y, sy, events)
        return
    plan_product(plan, op.A, op.X, y, sy)


def plan_product(plan, A, X, y, sy):
    """Plan y += A X, for a matrix (or one row) and a vector.

    Parameters
    ----------
    plan : Plan
    A, X : Signal
    y, sy : int
        Place and stride of the result.
    """
    x, sx = plan.line(X)
    weights, s_row, s_column = plan.matrix(A)
    n_rows = A.shape[0] if A.ndim == 2 else 1
    n_columns = A.shape[-1]
    by_columns = n_columns < n_rows
    if by_columns:
        weights, s_row, s_column = columns(plan, A)
    if by_columns and s_row == 1 and A.size >= _LARGE and plan.is_constant(A):
        kept = plan.work(n_columns), plan.work(n_rows)
        plan.row(dot_held, n_rows, n_columns, weights, s_column, x, sx, y, sy, *kept)
    elif by_columns or s_column != 1:
        plan.row(dot_columns, n_rows, n_columns, weights, s_row, s_column, x, sx, y, sy)
    else:
        plan.row(dot_rows, n_rows, n_columns, weights, s_row, x, sx, y, sy)


@counterpart(BsrDotInc)
def plan_blocks(plan, op):
    _, rows, columns = op.A.shape
    plan.row(
        dot_blocks,
        len(op.indptr) - 1,
        rows,
        columns,
        plan.at(op.A),
        plan.at(op.X),
        plan.at(op.Y),
        *op.indptr,
        *op.indices,
    )


@counterpart(SparseDotInc)
def plan_sparse(plan, op):
    if not op.A.readonly:
        raise Uncompiled
    weights = op.A.initial_value
    weights = getattr(weights, "allocate", lambda: weights)()
    if not hasattr(weights, "tocsr"):
        raise Uncompiled
    weights = weights.tocsr()
    plan.row(
        dot_blocks,
        weights.shape[0],
        1,
        1,
        plan.array(weights.data),
        plan.at(op.X),
        plan.at(op.Y),
        *weights.indptr,
        *weights.indices,
    )
