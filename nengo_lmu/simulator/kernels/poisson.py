"""Neurons that draw random numbers: stochastic and Poisson spiking.

A population of Poisson neurons whose input is encoded from a represented value x,
and whose rates depend on nothing else, is simulated by its events. The sum of
independent Poisson processes is one Poisson process (superposition), and a process
of a higher rate becomes one of a lower rate when each event is kept with the ratio
of the rates (thinning; Lewis and Shedler, 1979).

Neurons with much the same rates are put into groups of one size. In a range of x, the
highest rate in a group bounds all its rates. One step is then: draw the number of
candidates from the sum of the bounds, draw the group of each from a table (alias
method; Walker, 1977; Vose, 1991) and a neuron of the group evenly, and keep it with
the probability rate / bound. Most candidates are below the lowest rate of the group,
and stay without a look at their own. The counts of the neurons are independent and
Poisson with their exact rates, more than one spike in a step included. What is read at
random places is the decoders of the spikes; the tables are small.

The line of a one-dimensional x is cut into cells; the table of a cell is made when x
first enters it. In more dimensions there is one table for a ball around the origin,
which grows when x leaves it. Where candidates would be more than half the neurons,
the counts are drawn neuron by neuron instead.
"""

import math

import numpy as np
from nengo import neurons as types

from nengo_lmu.simulator.compiled import Uncompiled, device, kernel
from nengo_lmu.simulator.kernels.neurons import neuron

#: Cells of a line that have a table at a time (a power of two), and the width that
#: they cover together; radius of the ball. Both in radii of the ensemble.
_SLOTS = 64
_LINE = 8 / 3
_BALL = 1.25

#: Logarithm to the base 2 of the number of groups, at most.
_MOST_GROUPS = 9

#: Values at which the rates of a group are alike.
_N_POINTS = 7

#: Candidates that there is room for, beyond the number of neurons.
_MORE = 64

#: Neurons whose number is exact in a memory of this many bytes an element.
_MAX_NEURONS = {4: 2**24, 8: 2**31}

#: How the rate of a neuron follows from its current, and its constants.
RATES = {
    types.LIFRate: (0, lambda x: (x.tau_ref, x.tau_rc, x.amplitude)),
    types.RectifiedLinear: (1, lambda x: (0, 0, x.amplitude)),
    types.Sigmoid: (2, lambda x: (0, 0, 1 / x.tau_ref)),
}

_U11, _U17, _U19, _U23, _U41, _U45 = (np.uint64(k) for k in (11, 17, 19, 23, 41, 45))
_U1, _U32 = np.uint64(1), np.uint64(32)
_TO_UNIT = 2.0**-53

#: 1 / 1, 1 / 2, ...; a Poisson number of mean 10 is never larger than their number.
_INVERSE = 1.0 / np.arange(1, 200)

_TO_32_BITS = 2.0**32
_FROM_32_BITS = 2.0**-32
_LOWER_32_BITS = 2**32 - 1


@device
def _load(a, g):
    """The generator whose four words are at ``a[g]``."""
    return (
        np.uint64(a[g]),
        np.uint64(a[g + 1]),
        np.uint64(a[g + 2]),
        np.uint64(a[g + 3]),
    )


@device
def _store(a, g, state):
    a[g] = np.int64(state[0])
    a[g + 1] = np.int64(state[1])
    a[g + 2] = np.int64(state[2])
    a[g + 3] = np.int64(state[3])


@device
def _bits(state):
    """64 random bits, and the generator after them.

    xoshiro256++ (Blackman and Vigna, 2021).
    """
    s0, s1, s2, s3 = state
    total = s0 + s3
    bits = ((total << _U23) | (total >> _U41)) + s0
    shifted = s1 << _U17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = (s3 << _U45) | (s3 >> _U19)
    return bits, (s0, s1, s2, s3)


@device
def _uniform(state):
    """A number in [0, 1) of 53 random bits, and the generator after it."""
    bits, state = _bits(state)
    return np.int64(bits >> _U11) * _TO_UNIT, state


@device
def _poisson(mean, none, state):
    """A Poisson number. ``none`` is exp(-mean), the probability of zero.

    Small means by inversion, others by transformed rejection (Hoermann, 1993).
    """
    if mean < 10.0:
        u, state = _uniform(state)
        k = 0
        term = none
        total = none
        while u > total and k < len(_INVERSE):
            term *= mean * _INVERSE[k]
            total += term
            k += 1
        return k, state
    root = math.sqrt(mean)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    limit = 0.9277 - 3.6224 / (b - 2.0)
    log_mean = math.log(mean)
    while True:
        u, state = _uniform(state)
        v, state = _uniform(state)
        u -= 0.5
        distance = 0.5 - abs(u)
        if distance <= 0.0:
            continue
        k = math.floor((2.0 * a / distance + b) * u + mean + 0.43)
        if distance >= 0.07 and v <= limit:
            return k, state
        if k < 0 or (distance < 0.013 and v > distance) or v <= 0.0:
            continue
        left = math.log(v * inverse / (a / (distance * distance) + b))
        if left <= k * log_mean - mean - math.lgamma(k + 1.0):
            return k, state


@device
def _poisson_rare(mean, state):
    """A Poisson number whose exp(-mean) is not known yet."""
    if mean < 1.0:
        peek, after = _uniform(state)
        if peek <= 1.0 - mean:  # exp(-mean) is larger
            return 0, after
        return _poisson(mean, math.exp(-mean), state)
    return _poisson(mean, math.exp(-mean), state)


@kernel
def stochastic_spiking(m, a):
    """nengo.StochasticSpiking. Row: n, rate, output, dt and spike, signed, generator.

    ``signed`` says that rates may be negative.
    """
    J, output = a[1], a[2]
    dt, spike = m[a[3]], m[a[3] + 1]
    state = _load(a, 5)
    for i in range(a[0]):
        mean = dt * m[J + i]
        size = spike
        if a[4] and mean < 0.0:
            mean, size = -mean, -spike
        u, state = _uniform(state)
        whole = np.floor(mean)
        m[output + i] = size * (whole + (1.0 if u < mean - whole else 0.0))
    _store(a, 5, state)


@kernel
def poisson_spiking(m, a):
    """nengo.PoissonSpiking, neuron by neuron. Row: as `stochastic_spiking`."""
    J, output = a[1], a[2]
    dt, spike = m[a[3]], m[a[3] + 1]
    state = _load(a, 5)
    for i in range(a[0]):
        mean = dt * m[J + i]
        size = spike
        if a[4] and mean < 0.0:
            mean, size = -mean, -spike
        if mean >= 0.0:
            k, state = _poisson_rare(mean, state)
            m[output + i] = size * k
        else:
            m[output + i] = np.nan
    _store(a, 5, state)


def _plan_spiking(kernel):
    def plan_spiking(plan, op, common):
        row = plan.row(
            kernel,
            *common,
            plan.constants(plan.dt, op.neurons.amplitude / plan.dt),
            op.neurons.negative,
            *[0] * 4,
        )
        plan.generator(row + 5, op.state_extra["rng"])

    return plan_spiking


neuron(types.StochasticSpiking)(_plan_spiking(stochastic_spiking))
neuron(types.PoissonSpiking)(_plan_spiking(poisson_spiking))


@device
def _rate(kind, current, tau_ref, tau_rc, amplitude):
    """Rate of a neuron of this kind (see RATES)."""
    if kind == 0:
        j = current - 1.0
        if j <= 0.0:
            return 0.0 * j
        return amplitude / (tau_ref + tau_rc * math.log1p(1.0 / j))
    if kind == 1:
        return amplitude * max(current, 0.0)
    return amplitude / (1.0 + math.exp(-current))


@device
def _fill_table(m, a, table, n, shares, space, squeezes):
    """Alias table of n groups, two integers a column.

    The first has the other group and the share of the column that is its own, the
    second the squeezes of its own and of the other group, each 32 bits. The shares,
    of mean 1, change.
    """
    small = 0
    large = 0
    for i in range(n):
        a[table + 2 * i] = (i << 32) | _LOWER_32_BITS
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
        a[table + 2 * i] = (other << 32) | min(share, _LOWER_32_BITS)
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
def _make_table(m, a, table, sums, centre, width):
    """Bounds of the groups' rates in a range of x, their sum and their alias table."""
    n, d, neurons, c, kind, log_groups = a[0], a[1], a[3], a[4], a[5], a[8]
    tau_ref, tau_rc, amplitude = m[c + 4], m[c + 5], m[c + 6]
    n_groups = 1 << log_groups
    bounds = sums + 2
    shares = a[16]
    space = shares + n_groups
    squeezes = space + n_groups
    total = 0.0
    last = 0
    for group in range(n_groups):
        first, last = last, ((group + 1) * n) >> log_groups
        top, bottom = -math.inf, math.inf
        for i in range(first, last):
            parameters = neurons + i * (d + 1)
            middle = np.float64(m[parameters + d])
            if d == 1:
                gain = np.float64(m[parameters])
                middle += gain * centre
                reach = abs(gain) * width
            else:
                reach = _length(m, parameters, d) * width
            top = max(top, middle + reach)
            bottom = min(bottom, middle - reach)
        bound = 0.0
        low = 0.0
        if last > first:
            bound = _rate(kind, top, tau_ref, tau_rc, amplitude)
            low = _rate(kind, bottom, tau_ref, tau_rc, amplitude)
        m[bounds + group] = bound
        m[shares + group] = bound * (last - first)
        m[squeezes + group] = (
            np.floor(low / bound * _LOWER_32_BITS) if bound > 0.0 else 0.0
        )
        total += bound * (last - first)
    if total > 0.0:
        for group in range(n_groups):
            m[shares + group] *= n_groups / total
        _fill_table(m, a, table, n_groups, shares, space, squeezes)
    mean = total * m[c]
    m[sums] = mean
    m[sums + 1] = math.exp(-mean)


@device
def _length(m, x, d):
    """Euclidean length of the vector of size d at x."""
    total = 0.0
    for k in range(d):
        total += np.float64(m[x + k]) * np.float64(m[x + k])
    return math.sqrt(total)


@device
def _current(m, parameters, x, d):
    """Current of the neuron with these parameters."""
    current = np.float64(m[parameters + d])
    for k in range(d):
        current += np.float64(m[parameters + k]) * np.float64(m[x + k])
    return current


@device
def _gather(m, n, weights, s_row, s_column, y, sy, events):
    """y += W x where x is zero but for the spikes of an event list; W has n rows."""
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
def gather(m, a):
    """Decoders that may change. Row: rows of W, W, its strides (2), y and its stride,
    the event list."""
    _gather(m, a[0], a[1], a[2], a[3], a[4], a[5], a[6])


@device
def _draw(m, a, events, table, bounds, mean, none, state):
    """Spikes of candidates, by the tables of a range of x.

    Returns the number of spikes in the event list, and the generator after them.
    """
    n, d, x, neurons, c, kind = a[0], a[1], a[2], a[3], a[4], a[5]
    log_groups, doubts = a[8], a[10]
    spike, tau_ref, tau_rc, amplitude = m[c + 1], m[c + 4], m[c + 5], m[c + 6]
    candidates, state = _poisson(mean, none, state)
    # There is room for so many; of a mean of n / 2 there never are more.
    candidates = min(candidates, n + _MORE)
    shift = np.uint64(63 - log_groups)
    count = 0
    undecided = 0
    # Without a branch, so that what is read at random places is read at once.
    for _ in range(candidates):
        bits, state = _bits(state)
        column = np.int64((bits >> _U1) >> shift)
        word = a[table + 2 * column]
        squeezes = a[table + 2 * column + 1]
        own = (np.int64(bits) & _LOWER_32_BITS) < (word & _LOWER_32_BITS)
        group = column if own else word >> 32
        squeeze = squeezes >> 32 if own else squeezes & _LOWER_32_BITS
        first = (group * n) >> log_groups
        size = (((group + 1) * n) >> log_groups) - first
        bits, state = _bits(state)
        i = first + ((np.int64(bits >> _U32) * size) >> 32)
        u = np.int64(bits) & _LOWER_32_BITS
        m[events + 1 + 2 * count] = i
        m[events + 2 + 2 * count] = spike
        a[doubts + undecided] = (i << 32) | u
        kept = np.int64(u < squeeze)
        count += kept
        undecided += 1 - kept
    for k in range(undecided):
        doubt = a[doubts + k]
        i = doubt >> 32
        group = (((i + 1) << log_groups) - 1) // n
        bound = np.float64(m[bounds + group]) * _FROM_32_BITS
        current = _current(m, neurons + i * (d + 1), x, d)
        if (doubt & _LOWER_32_BITS) * bound < _rate(
            kind, current, tau_ref, tau_rc, amplitude
        ):
            m[events + 1 + 2 * count] = i
            m[events + 2 + 2 * count] = spike
            count += 1
    return count, state


@device
def _draw_each(m, a, events, state):
    """The same neuron by neuron, where there are many spikes."""
    n, d, x, neurons, c, kind = a[0], a[1], a[2], a[3], a[4], a[5]
    dt, spike, tau_ref, tau_rc, amplitude = (
        m[c],
        m[c + 1],
        m[c + 4],
        m[c + 5],
        m[c + 6],
    )
    count = 0
    for i in range(n):
        current = _current(m, neurons + i * (d + 1), x, d)
        rate = _rate(kind, current, tau_ref, tau_rc, amplitude)
        size = math.nan
        if rate >= 0.0:
            spikes, state = _poisson_rare(dt * rate, state)
            size = spike * spikes
        if size != 0.0:
            m[events + 1 + 2 * count] = i
            m[events + 2 + 2 * count] = size
            count += 1
    return count, state


@kernel
def poisson_events(m, a):
    """Encoding, rates, Poisson spikes and decoding of a population, by events.

    Row: n, d, x, neurons, constants, kind of rate, event list, output or -1, logarithm
    of the number of groups, number of tables, space for candidates, for each table its
    sums and bounds, generator (4), space for groups, radius of the ball, number of
    decoders, order or 0, places in the row: of the label of each table, of the tables;
    then for each of the decoders its rows, weights, y and its stride.

    Neurons are numbered by their groups: each stands there with its encoder and its
    bias, and so do the columns of the decoders. An event list is its length, then
    neuron and size of each spike; with an order, the number is then the one it has in
    Nengo. A squeeze is the lowest rate of a group over its bound. The sums of a table
    are the mean number of candidates and its exp(-mean).
    """
    n, d, x, c, events, output, slots = a[0], a[1], a[2], a[4], a[6], a[7], a[9]
    n_groups = 1 << a[8]
    order, labels, tables = a[19], a[20], a[21]
    extent, per_extent = m[c + 2], m[c + 3]
    if output >= 0:
        for k in range(np.int64(m[events])):
            m[output + np.int64(m[events + 1 + 2 * k])] = 0.0

    # The range of x: its cell, or the ball
    slot = 0
    label = 0
    centre = 0.0
    width = 0.5 * extent
    if d == 1:
        place = np.floor(np.float64(m[x]) * per_extent)
        inside = abs(place) < 1e9
        if inside:
            label = np.int64(place)
            slot = label & (slots - 1)
            centre = (place + 0.5) * extent
    else:
        norm = _length(m, x, d)
        inside = norm < 1e9 * extent
        width = max(extent, m[a[17]])
        if inside and norm > width:
            width = 1.25 * norm
            m[a[17]] = width
            a[labels] = -1
    sums = a[11] + slot * (2 + n_groups)
    table = tables + 2 * slot * n_groups
    if inside and a[labels + slot] != label:
        _make_table(m, a, table, sums, centre, width)
        a[labels + slot] = label

    state = _load(a, 12)
    mean = np.float64(m[sums])
    count = 0
    if not inside or mean > 0.5 * n:
        count, state = _draw_each(m, a, events, state)
    elif mean > 0.0:
        none = np.float64(m[sums + 1])
        count, state = _draw(m, a, events, table, sums + 2, mean, none, state)
    _store(a, 12, state)
    m[events] = count
    for k in range(a[18]):
        p = 22 + 4 * k
        _gather(m, a[p], a[p + 1], 1, a[p], a[p + 2], a[p + 3], events)
    if order > 0:
        for k in range(count):
            i = np.int64(m[events + 1 + 2 * k])
            m[events + 1 + 2 * k] = m[order + i]
            if output >= 0:
                m[output + np.int64(m[order + i])] += m[events + 2 + 2 * k]


def _grouped(features, log_groups):
    """Order of n neurons in which those of each group are alike.

    Group k of 2^log_groups has the places from (k n) >> log_groups on. Halves of
    halves, each time by the feature in which neurons differ most.

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


def plan_events(plan, population):
    """Plan a population by its events, or raise `Uncompiled` where that is not exact.

    Parameters
    ----------
    plan : Plan
        Gets the row, and in ``events`` the place of the event list if something else
        than the row needs it.
    population : Population
        Two neuron operators: a rate and `nengo.PoissonSpiking`.
    """
    rates, spikes = population.neurons
    encoding = population.encoding
    if (
        type(spikes.neurons) is not types.PoissonSpiking
        or type(rates.neurons) not in RATES
        or not plan.is_constant(encoding.A)
        or not plan.is_constant(population.bias)
        or encoding.A.ndim != 2
        or len(encoding.A.initial_value) > _MAX_NEURONS[plan.dtype.itemsize]
    ):
        raise Uncompiled
    kind, constants = RATES[type(rates.neurons)]
    encoders, bias = encoding.A.initial_value, population.bias.initial_value
    n, d = encoders.shape
    radius = population.radius
    log_groups = min(_MOST_GROUPS, (n - 1).bit_length())
    n_groups = 1 << log_groups
    if d == 1:
        points = np.linspace(-radius, radius, _N_POINTS)[:, None]
        currents = points * encoders[:, 0] + bias
    else:
        currents = (_BALL * radius * np.linalg.norm(encoders, axis=1) + bias)[None]
    features = np.zeros_like(currents)
    rates.neurons.step(plan.dt, currents, features)
    order = _grouped(features, log_groups)
    slots = _SLOTS if d == 1 else 1
    extent = radius * (_LINE / slots if d == 1 else _BALL)
    events = plan.work(1 + 2 * (n + _MORE))
    decoders = [
        integer
        for op in population.decoding
        for integer in (
            len(op.A.initial_value),
            plan.array(op.A.initial_value.T[order]),
            *plan.line(op.Y),
        )
    ]
    labels = 22 + len(decoders)
    tables = labels + slots
    candidates = tables + 2 * slots * n_groups
    row = plan.row(
        poisson_events,
        n,
        d,
        plan.at(encoding.X),
        plan.array(np.column_stack([encoders, bias])[order]),
        plan.constants(
            plan.dt,
            spikes.neurons.amplitude / plan.dt,
            extent,
            1 / extent,
            *constants(rates.neurons),
        ),
        kind,
        events,
        plan.at(spikes.output) if population.dense else -1,
        log_groups,
        slots,
        candidates,
        plan.work(slots * (2 + n_groups)),
        *[0] * 4,
        plan.work(3 * n_groups),
        plan.work(1),
        len(population.decoding),
        plan.array(order) if population.named else 0,
        labels,
        tables,
        *decoders,
        *[-(2**62)] * slots,
        work=2 * slots * n_groups + n + _MORE,
    )
    plan.generator(row + 12, spikes.state_extra["rng"])
    if population.named:
        plan.events[spikes.output] = events
