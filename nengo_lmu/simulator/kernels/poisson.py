"""Poisson neurons, simulated by their events.

This is for a population whose input is encoded from a represented value x and whose
rates depend on x only. The sum of independent Poisson processes is one Poisson
process (superposition), and a process of a higher rate becomes one of a lower rate
when each event is kept with the ratio of the rates (thinning; Lewis and Shedler,
1979).

Neurons with similar rates form groups of equal size. In a range of x, the highest
rate in a group is a bound of all its rates. One step then consists of four draws: the
number of candidates, whose mean is the sum of the bounds; the group of each
candidate, from an alias table (Walker, 1977; Vose, 1991); a neuron of the group, all
equally likely; and whether it is kept, with the probability rate / bound. Most
candidates are below the lowest rate of their group and are kept without evaluating
the neuron's own rate. The spike counts of the neurons are independent and Poisson
with exact rates, including more than one spike in a step. Random memory accesses
are limited to the decoders of the spikes, as the tables are small.

A one-dimensional x is divided into cells; the table of a cell is computed when x
first enters it. In more dimensions there is one table for a ball around the origin,
which grows when x leaves it. If the expected number of candidates exceeds half the
number of neurons, the counts are drawn neuron by neuron instead.
"""

import math

import numpy as np
from nengo.neurons import PoissonSpiking

from nengo_lmu.simulator.compiled import device, kernel
from nengo_lmu.simulator.kernels import poisson_row as row
from nengo_lmu.simulator.kernels.events import add_columns
from nengo_lmu.simulator.kernels.poisson_tables import (
    LOWER_32_BITS,
    RATES,
    current,
    length,
    make_table,
    rate,
)
from nengo_lmu.simulator.kernels.random import (
    load_generator,
    poisson,
    random_bits,
    rare_poisson,
    store_generator,
)

#: Number of cells of a line that have a table at the same time (a power of two), and
#: the width that they cover together, and the radius of the ball, both in radii of
#: the ensemble.
_SLOTS = 64
_LINE = 8 / 3
_BALL = 1.25

#: Largest logarithm to base 2 of the number of groups.
_MOST_GROUPS = 9

#: Number of values at which the rates of a group are compared.
_N_POINTS = 7

#: Number of candidates, beyond the number of neurons, for which there is space.
_MORE = 64

#: Largest number of neurons that a memory of this many bytes an element can index.
_MAX_NEURONS = {4: 2**24, 8: 2**31}

#: Label of a table that has not been computed.
_NO_LABEL = -(2**62)

_U1, _U32 = np.uint64(1), np.uint64(32)
_FROM_32_BITS = 2.0**-32


@device
def _draw(m, a, table, sums, state):
    """Draw the spikes from the candidates of a table.

    Returns the number of spikes in the event list, and the new state of the generator.
    """
    n, d, x, kind = a[row.N_NEURONS], a[row.N_DIMENSIONS], a[row.X], a[row.KIND]
    neurons, c, events = a[row.NEURONS], a[row.CONSTANTS], a[row.EVENTS]
    log_groups, space = a[row.LOG_GROUPS], a[row.UNDECIDED]
    spike, tau_ref = m[c + row.SPIKE], m[c + row.TAU_REF]
    tau_rc, amplitude = m[c + row.TAU_RC], m[c + row.AMPLITUDE]
    mean, p_zero = np.float64(m[sums + row.MEAN]), np.float64(m[sums + row.P_ZERO])
    bounds = sums + row.BOUNDS
    candidates, state = poisson(mean, p_zero, state)
    # There is space for this many; a mean of n / 2 never gives more.
    candidates = min(candidates, n + _MORE)
    shift = np.uint64(63 - log_groups)
    count = 0
    undecided = 0
    # Without branches, so that accesses to random places overlap.
    for _ in range(candidates):
        bits, state = random_bits(state)
        column = np.int64((bits >> _U1) >> shift)
        word = a[table + 2 * column]
        squeezes = a[table + 2 * column + 1]
        own = (np.int64(bits) & LOWER_32_BITS) < (word & LOWER_32_BITS)
        group = column if own else word >> 32
        squeeze = squeezes >> 32 if own else squeezes & LOWER_32_BITS
        first = (group * n) >> log_groups
        size = (((group + 1) * n) >> log_groups) - first
        bits, state = random_bits(state)
        i = first + ((np.int64(bits >> _U32) * size) >> 32)
        u = np.int64(bits) & LOWER_32_BITS
        m[events + 1 + 2 * count] = i
        m[events + 2 + 2 * count] = spike
        a[space + undecided] = (i << 32) | u
        kept = np.int64(u < squeeze)
        count += kept
        undecided += 1 - kept
    for k in range(undecided):
        candidate = a[space + k]
        i = candidate >> 32
        group = (((i + 1) << log_groups) - 1) // n
        bound = np.float64(m[bounds + group]) * _FROM_32_BITS
        own_rate = rate(
            kind, current(m, neurons + i * (d + 1), x, d), tau_ref, tau_rc, amplitude
        )
        if (candidate & LOWER_32_BITS) * bound < own_rate:
            m[events + 1 + 2 * count] = i
            m[events + 2 + 2 * count] = spike
            count += 1
    return count, state


@device
def _draw_each(m, a, state):
    """Draw the spikes neuron by neuron; returns the same as `_draw`."""
    n, d, x, kind = a[row.N_NEURONS], a[row.N_DIMENSIONS], a[row.X], a[row.KIND]
    neurons, c, events = a[row.NEURONS], a[row.CONSTANTS], a[row.EVENTS]
    dt, spike = m[c + row.DT], m[c + row.SPIKE]
    tau_ref, tau_rc = m[c + row.TAU_REF], m[c + row.TAU_RC]
    amplitude = m[c + row.AMPLITUDE]
    count = 0
    for i in range(n):
        own_rate = rate(
            kind, current(m, neurons + i * (d + 1), x, d), tau_ref, tau_rc, amplitude
        )
        size = math.nan
        if own_rate >= 0.0:
            spikes, state = rare_poisson(dt * own_rate, state)
            size = spike * spikes
        if size != 0.0:
            m[events + 1 + 2 * count] = i
            m[events + 2 + 2 * count] = size
            count += 1
    return count, state


@device
def _find_range(m, a):
    """Range of x: whether it has a table, the table's number, label, centre, width."""
    d, x, c, labels = a[row.N_DIMENSIONS], a[row.X], a[row.CONSTANTS], a[row.LABELS]
    extent = m[c + row.EXTENT]
    slot = 0
    label = 0
    centre = 0.0
    width = 0.5 * extent
    if d == 1:
        cell = np.floor(np.float64(m[x]) * m[c + row.PER_EXTENT])
        inside = abs(cell) < 1e9
        if inside:
            label = np.int64(cell)
            slot = label & (a[row.N_TABLES] - 1)
            centre = (cell + 0.5) * extent
    else:
        norm = length(m, x, d)
        inside = norm < 1e9 * extent
        width = max(extent, m[a[row.RADIUS]])
        if inside and norm > width:
            width = 1.25 * norm
            m[a[row.RADIUS]] = width
            a[labels] = -1
    return inside, slot, label, centre, width


@kernel
def poisson_events(m, a):
    """Encoding, rates, Poisson spikes and decoding of a population, by events.

    The row is described in `poisson_row`. Neurons, and the columns of the decoders,
    are in the order of the groups. The event list has this order, too, until it is
    translated to Nengo's order after decoding. A squeeze is the lowest rate of a
    group divided by its bound.
    """
    n, events, output = a[row.N_NEURONS], a[row.EVENTS], a[row.OUTPUT]
    n_groups = 1 << a[row.LOG_GROUPS]
    order, labels = a[row.ORDER], a[row.LABELS]
    if output >= 0:
        for k in range(np.int64(m[events])):
            m[output + np.int64(m[events + 1 + 2 * k])] = 0.0

    inside, slot, label, centre, width = _find_range(m, a)
    sums = a[row.SUMS] + slot * (row.BOUNDS + n_groups)
    table = a[row.TABLES] + 2 * slot * n_groups
    if inside and a[labels + slot] != label:
        make_table(m, a, table, sums, centre, width)
        a[labels + slot] = label

    state = load_generator(a, row.GENERATOR)
    mean = np.float64(m[sums + row.MEAN])
    count = 0
    if not inside or mean > 0.5 * n:
        count, state = _draw_each(m, a, state)
    elif mean > 0.0:
        count, state = _draw(m, a, table, sums, state)
    store_generator(a, row.GENERATOR, state)
    m[events] = count
    for k in range(a[row.N_DECODERS]):
        p = row.DECODERS + row.DECODER_SIZE * k
        n_rows = a[p + row.DECODER_ROWS]
        weights = a[p + row.DECODER_WEIGHTS]
        y, stride = a[p + row.DECODER_Y], a[p + row.DECODER_STRIDE]
        add_columns(m, n_rows, weights, 1, n_rows, y, stride, events)
    if order > 0:
        for k in range(count):
            i = np.int64(m[events + 1 + 2 * k])
            m[events + 1 + 2 * k] = m[order + i]
            if output >= 0:
                m[output + np.int64(m[order + i])] += m[events + 2 + 2 * k]


def _group_neurons(features, log_groups):
    """Order of n neurons in which the neurons of each group are similar.

    Group k of 2^log_groups starts at place (k n) >> log_groups. The neurons are
    halved repeatedly, each time by the feature in which they differ most.

    Parameters
    ----------
    features : (n_features, n) array
    log_groups : int

    Returns
    -------
    (n,) array of int
    """
    n = features.shape[1]
    order = np.arange(n)
    for level in range(log_groups):
        for group in range(1 << level):
            first, middle, last = (
                ((2 * group + k) * n) >> (level + 1) for k in range(3)
            )
            if first == middle or middle == last:
                continue
            part = order[first:last]
            values = features[:, part]
            widest = np.argmax(np.ptp(values, axis=1))
            halves = np.argpartition(values[widest], middle - first)
            order[first:last] = part[halves]
    return order


def by_events(plan, population):
    """Whether a population can be simulated exactly by events."""
    encoders = population.encoding.A
    return (
        len(population.neurons) == 2
        and type(population.neurons[1].neurons) is PoissonSpiking
        and type(population.neurons[0].neurons) in RATES
        and plan.is_constant(encoders)
        and plan.is_constant(population.bias)
        and encoders.ndim == 2
        and len(encoders.initial_value) <= _MAX_NEURONS[plan.dtype.itemsize]
    )


def _order_neurons(plan, population, block, log_groups):
    """Order of some neurons of a population, by groups of similar rates."""
    encoders = population.encoding.A.initial_value[block]
    bias = population.bias.initial_value[block]
    radius = population.radius
    if encoders.shape[1] == 1:
        points = np.linspace(-radius, radius, _N_POINTS)[:, None]
        currents = points * encoders[:, 0] + bias
    else:
        currents = (_BALL * radius * np.linalg.norm(encoders, axis=1) + bias)[None]
    rates = np.zeros_like(currents)
    population.neurons[0].neurons.step(plan.dt, currents, rates)
    return _group_neurons(rates, log_groups)


def plan_events(plan, population, block, targets):
    """Plan some neurons of a population by their events.

    Parameters
    ----------
    plan : Plan
        The row is added to it; so is the place of the event list, to ``events``, if
        anything else than the row needs it.
    population : SimPopulation
        A population for which `by_events` is true.
    block : slice
        The neurons.
    targets : list of (int, int)
        Place and stride of the result of each decoding.
    """
    n = block.stop - block.start
    log_groups = min(_MOST_GROUPS, (n - 1).bit_length())
    order = _order_neurons(plan, population, block, log_groups) + block.start
    head = _plan_neurons(plan, population, order, log_groups)
    decoders = [
        integer
        for op, target in zip(population.decoding, targets, strict=True)
        for integer in (
            len(op.A.initial_value),
            plan.array(op.A.initial_value.T[order]),
            *target,
        )
    ]
    slots = head[row.N_TABLES]
    size_of_tables = 2 * slots << log_groups
    head[row.N_DECODERS] = len(population.decoding)
    head[row.LABELS] = row.DECODERS + len(decoders)
    head[row.TABLES] = head[row.LABELS] + slots
    head[row.UNDECIDED] = head[row.TABLES] + size_of_tables
    start = plan.row(
        poisson_events,
        *(head.get(k, 0) for k in range(row.DECODERS)),
        *decoders,
        *[_NO_LABEL] * slots,
        work=size_of_tables + n + _MORE,
    )
    spikes = population.neurons[1]
    plan.generator(start + row.GENERATOR, spikes.state_extra["rng"])
    plan.skipped |= {population.encoding.Y, population.neurons[0].output}
    if not population.dense:
        plan.skipped.add(spikes.output)
    if population.named:
        plan.events.setdefault(spikes.output, []).append(head[row.EVENTS])


def _plan_neurons(plan, population, order, log_groups):
    """The integers of a row that describe the neurons, and their arrays."""
    rates, spikes = population.neurons
    encoders = population.encoding.A.initial_value
    bias = population.bias.initial_value
    n, d = len(order), encoders.shape[1]
    n_groups = 1 << log_groups
    slots = _SLOTS if d == 1 else 1
    extent = population.radius * (_LINE / slots if d == 1 else _BALL)
    kind, constants = RATES[type(rates.neurons)]
    return {
        row.N_NEURONS: n,
        row.N_DIMENSIONS: d,
        row.X: plan.at(population.encoding.X),
        row.NEURONS: plan.array(np.column_stack([encoders, bias])[order]),
        row.CONSTANTS: plan.constants(
            plan.dt,
            spikes.neurons.amplitude / plan.dt,
            extent,
            1 / extent,
            *constants(rates.neurons),
        ),
        row.KIND: kind,
        row.EVENTS: plan.work(1 + 2 * (n + _MORE)),
        row.OUTPUT: plan.at(spikes.output) if population.dense else -1,
        row.LOG_GROUPS: log_groups,
        row.N_TABLES: slots,
        row.SUMS: plan.work(slots * (row.BOUNDS + n_groups)),
        row.GROUP_SPACE: plan.work(3 * n_groups),
        row.RADIUS: plan.work(1),
        row.ORDER: plan.array(order) if population.named else 0,
    }
