"""Processes: linear filters (synapses), and input that is computed ahead."""

import numpy as np
from nengo.builder.processes import SimProcess
from nengo.synapses import Alpha, LinearFilter, Lowpass

from nengo_lmu.simulator.compiled import Uncompiled, counterpart, kernel


@kernel
def play(m, a):
    """y = the next values of a block that has been computed ahead.

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
def scale(m, a):
    """y = d u, for a filter without state.

    Row: n, u and its stride, y, whether y is incremented, d.
    """
    d = m[a[5]]
    u, su, y = a[1], a[2], a[3]
    if a[4]:
        for i in range(a[0]):
            m[y + i] += d * m[u + i * su]
    else:
        for i in range(a[0]):
            m[y + i] = d * m[u + i * su]


@kernel
def lowpass(m, a):
    """x = p x + q u; y = x, for a filter with one state.

    Row: n, u and its stride, y, whether y is incremented, x, p and q.
    """
    u, su, y, x = a[1], a[2], a[3], a[5]
    p = m[a[6]]
    q = m[a[6] + 1]
    if a[4]:
        for i in range(a[0]):
            m[x + i] = m[x + i] * p + q * m[u + i * su]
            m[y + i] += m[x + i]
    else:
        for i in range(a[0]):
            state = m[x + i] * p + q * m[u + i * su]
            m[x + i] = state
            m[y + i] = state


@kernel
def linear(m, a):
    """x = A x + B u; y = C x + D u, for a filter with several states.

    As in Nengo, the output is computed after the update of the states if D is zero,
    before it otherwise. Row: n, u and its stride, y, whether y is incremented, x,
    number of states, A, B, C and D one after the other, whether D is not zero, work
    space for the states of one element.
    """
    n, u, su, y, x, order = a[0], a[1], a[2], a[3], a[5], a[6]
    matrix = a[7]
    column = matrix + order * order
    readout = column + order
    has_d, space = a[8], a[9]
    d = m[readout + order]
    for i in range(n):
        value = m[u + i * su]
        before = d * value
        after = 0.0 * value
        for k in range(order):
            before += m[readout + k] * m[x + k * n + i]
            state = m[column + k] * value
            for j in range(order):
                state += m[matrix + k * order + j] * m[x + j * n + i]
            m[space + k] = state
            after += m[readout + k] * state
        for k in range(order):
            m[x + k * n + i] = m[space + k]
        output = before if has_d else after
        m[y + i] = m[y + i] + output if a[4] else output


@counterpart(SimProcess)
def plan_filter(plan, op):
    if type(op.process) not in (LinearFilter, Lowpass, Alpha) or op.input is None:
        raise Uncompiled
    shape = op.input.shape
    state = op.state["X"]
    step = op.process.make_step(
        shape, shape, plan.dt, rng=None, state={"X": np.zeros(state.shape)}
    )
    common = (
        op.input.size,
        *plan.line(op.input),
        plan.at(op.output),
        op.mode == "inc",
    )
    if isinstance(step, LinearFilter.NoX):
        plan.row(scale, *common, plan.constants(step.d))
    elif isinstance(step, LinearFilter.OneX):
        plan.row(lowpass, *common, plan.at(state), plan.constants(step.a, step.b))
    elif type(step) in (LinearFilter.NoD, LinearFilter.General):
        order = len(step.A)
        matrices = (step.A, step.B, step.C, step.D)
        plan.row(
            linear,
            *common,
            plan.at(state),
            order,
            plan.array(np.concatenate([np.ravel(x) for x in matrices])),
            type(step) is LinearFilter.General,
            plan.work(order),
        )
    else:
        raise Uncompiled
