"""Rates of Poisson neurons, and the alias tables from which candidates are drawn."""

import math

import numpy as np
from nengo import neurons as types

from nengo_lmu.simulator.compiled import device
from nengo_lmu.simulator.kernels import poisson_row as row

_TO_32_BITS = 2.0**32
LOWER_32_BITS = 2**32 - 1

#: Kind of rate neuron in the kernels, and a function that returns its constants.
RATES = {
    types.LIFRate: (0, lambda x: (x.tau_ref, x.tau_rc, x.amplitude)),
    types.RectifiedLinear: (1, lambda x: (0, 0, x.amplitude)),
    types.Sigmoid: (2, lambda x: (0, 0, 1 / x.tau_ref)),
}


@device
def rate(kind, current, tau_ref, tau_rc, amplitude):
    """Rate of a neuron of this kind (see `RATES`) at a current."""
    if kind == 0:
        j = current - 1.0
        if j <= 0.0:
            return 0.0 * j
        return amplitude / (tau_ref + tau_rc * math.log1p(1.0 / j))
    if kind == 1:
        return amplitude * max(current, 0.0)
    return amplitude / (1.0 + math.exp(-current))


@device
def length(m, x, d):
    """Euclidean length of the vector of size d at x."""
    total = 0.0
    for k in range(d):
        total += np.float64(m[x + k]) * np.float64(m[x + k])
    return math.sqrt(total)


@device
def current(m, parameters, x, d):
    """Current of the neuron with these parameters at the value x."""
    total = np.float64(m[parameters + d])
    for k in range(d):
        total += np.float64(m[parameters + k]) * np.float64(m[x + k])
    return total


@device
def _fill_table(m, a, table, n, shares, space, squeezes):
    """Fill the alias table of n groups, two integers a column.

    The first integer contains the other group of the column and the share of the
    column that belongs to its own group; the second contains the squeezes of both
    groups. Each has 32 bits. The shares, whose mean is 1, are overwritten.
    """
    small = 0
    large = 0
    for i in range(n):
        a[table + 2 * i] = (i << 32) | LOWER_32_BITS
        if m[shares + i] < 1.0:
            m[space + small] = i
            small += 1
        else:
            large += 1
            m[space + n - large] = i
    while small > 0 and large > 0:
        small -= 1
        i = np.int64(m[space + small])
        other = np.int64(m[space + n - large])
        share = np.int64(m[shares + i] * _TO_32_BITS)
        a[table + 2 * i] = (other << 32) | min(share, LOWER_32_BITS)
        rest = m[shares + other] - (1.0 - m[shares + i])
        m[shares + other] = rest
        if rest < 1.0:
            large -= 1
            m[space + small] = other
            small += 1
    for i in range(n):
        own = np.int64(m[squeezes + i])
        other = np.int64(m[squeezes + (a[table + 2 * i] >> 32)])
        a[table + 2 * i + 1] = (own << 32) | other


@device
def _range_of_currents(m, a, first, last, centre, width):
    """Lowest and highest current of some neurons while x is in a range."""
    d = a[row.N_DIMENSIONS]
    top, bottom = -math.inf, math.inf
    for i in range(first, last):
        parameters = a[row.NEURONS] + i * (d + 1)
        middle = np.float64(m[parameters + d])
        if d == 1:
            gain = np.float64(m[parameters])
            middle += gain * centre
            reach = abs(gain) * width
        else:
            reach = length(m, parameters, d) * width
        top = max(top, middle + reach)
        bottom = min(bottom, middle - reach)
    return bottom, top


@device
def make_table(m, a, table, sums, centre, width):
    """Compute the table of a range of x: sums, bounds of the rates, alias table."""
    n, kind, c = a[row.N_NEURONS], a[row.KIND], a[row.CONSTANTS]
    tau_ref, tau_rc = m[c + row.TAU_REF], m[c + row.TAU_RC]
    amplitude = m[c + row.AMPLITUDE]
    log_groups = a[row.LOG_GROUPS]
    n_groups = 1 << log_groups
    bounds = sums + row.BOUNDS
    shares = a[row.GROUP_SPACE]
    space = shares + n_groups
    squeezes = space + n_groups
    total = 0.0
    last = 0
    for group in range(n_groups):
        first, last = last, ((group + 1) * n) >> log_groups
        bound = 0.0
        low = 0.0
        if last > first:
            bottom, top = _range_of_currents(m, a, first, last, centre, width)
            bound = rate(kind, top, tau_ref, tau_rc, amplitude)
            low = rate(kind, bottom, tau_ref, tau_rc, amplitude)
        m[bounds + group] = bound
        m[shares + group] = bound * (last - first)
        m[squeezes + group] = (
            np.floor(low / bound * LOWER_32_BITS) if bound > 0.0 else 0.0
        )
        total += bound * (last - first)
    if total > 0.0:
        for group in range(n_groups):
            m[shares + group] *= n_groups / total
        _fill_table(m, a, table, n_groups, shares, space, squeezes)
    mean = total * m[c + row.DT]
    m[sums + row.MEAN] = mean
    m[sums + row.P_ZERO] = math.exp(-mean)
