"""Neurons that draw random numbers: stochastic and Poisson spiking.

A population of Poisson neurons whose input is encoded from a represented value x,
and whose rates depend on nothing else, is simulated by its events. The sum of
independent Poisson processes is one Poisson process (superposition), and a process
of a higher rate becomes one of a lower rate when each event is kept with the ratio
of the rates (thinning; Lewis and Shedler, 1979). So, with a bound on each neuron's
rate that holds in a range of x, one step is: draw the number of candidates from the
sum of the bounds, draw the neuron of each from a table (alias method; Walker, 1977;
Vose, 1991), and keep it with the probability rate / bound. The counts of the
neurons are independent and Poisson with their exact rates, more than one spike in a
step included.

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

#: Neurons up to which so many cells of a line have a table (a power of two).
_SLOTS = ((2_000, 64), (50_000, 32), (math.inf, 16))

#: Width that the cells with a table cover together, and radius of the ball, in radii
#: of the ensemble.
_LINE = 8 / 3
_BALL = 1.25

#: Neurons whose number is exact in a memory of this many bytes an element.
_MAX_NEURONS = {4: 2**24, 8: 2**31}

#: How the rate of a neuron follows from its current, and its constants.
RATES = {
    types.LIFRate: (0, lambda x: (x.tau_ref, x.tau_rc, x.amplitude)),
    types.RectifiedLinear: (1, lambda x: (0, 0, x.amplitude)),
    types.Sigmoid: (2, lambda x: (0, 0, 1 / x.tau_ref)),
}

_U11, _U17, _U19, _U23, _U41, _U45 = (np.uint64(k) for k in (11, 17, 19, 23, 41, 45))
_TO_UNIT = 2.0**-53

#: 1 / 1, 1 / 2, ...; a Poisson number of mean 10 is never larger than their number.
_INVERSE = 1.0 / np.arange(1, 200)

_TO_32_BITS = 2.0**32
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
def _uniform(state):
    """A number in [0, 1) of 53 random bits, and the generator after it.

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
    return np.int64(bits >> _U11) * _TO_UNIT, (s0, s1, s2, s3)


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
def _fill_table(m, a, table, n, bounds, space, total, squeezes):
    """Alias table of the bounds, two integers a column.

    The first has the other neuron and the share of the column that is its own, the
    second the squeezes of its own and of the other neuron, each 32 bits.
    """
    small = 0
    large = 0
    for i in range(n):
        share = np.float64(m[bounds + i]) * n / total
        m[bounds + i] = share
        a[table + 2 * i] = (i << 32) | _LOWER_32_BITS
        if share < 1.0:
            m[space + small] = i
            small += 1
        else:
            large += 1
            m[space + n - large] = i
    while small > 0 and large > 0:
        small -= 1
        i = np.int64(m[space + small])
        other = np.int64(m[space + n - large])
        share = np.int64(m[bounds + i] * _TO_32_BITS)
        a[table + 2 * i] = (other << 32) | min(share, _LOWER_32_BITS)
        rest = m[bounds + other] - (1.0 - m[bounds + i])
        m[bounds + other] = rest
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
    """Bounds of the rates in a range of x, their sum and their alias table."""
    n, d, encoders, bias, c = a[0], a[1], a[3], a[4], a[5]
    kind, ball = a[6], a[10]
    tau_ref, tau_rc, amplitude = m[c + 4], m[c + 5], m[c + 6]
    bounds = a[7] + 1
    space = bounds + n
    squeezes = space + n
    total = 0.0
    for i in range(n):
        length = _length(m, encoders + i * d, d) * width
        current = np.float64(m[bias + i])
        if d == 1:
            current += m[encoders + i] * centre
        bound = _rate(kind, current + length, tau_ref, tau_rc, amplitude)
        m[bounds + i] = bound
        total += bound
        m[squeezes + i] = 0.0
        if d > 1:
            m[ball + i] = bound
        elif bound > 0.0:
            low = _rate(kind, current - length, tau_ref, tau_rc, amplitude)
            m[squeezes + i] = np.floor(low / bound * _LOWER_32_BITS)
    if total > 0.0:
        _fill_table(m, a, table, n, bounds, space, total, squeezes)
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
def _current(m, a, i):
    """Current of neuron i."""
    d = a[1]
    encoders = a[3] + i * d
    current = np.float64(m[a[4] + i])
    for k in range(d):
        current += np.float64(m[encoders + k]) * np.float64(m[a[2] + k])
    return current


@kernel
def poisson_events(m, a):
    """Encoding, rates and Poisson spikes of a population, by events.

    Row: n, d, x, encoders, bias, constants, kind of rate, event list, output or -1,
    number of tables, bounds in the ball, sums, generator (4), label of each table,
    then the tables. An event list is its length, then neuron and size of each spike.
    A squeeze is the lowest rate in the cell over the bound, for candidates that need
    no look at the rate. The sums are, for each table, the mean number of candidates
    and its exp(-mean); then the radius of the ball.
    """
    n, d, c, kind, events, output, slots = a[0], a[1], a[5], a[6], a[7], a[8], a[9]
    dt, spike, extent, per_extent = m[c], m[c + 1], m[c + 2], m[c + 3]
    tau_ref, tau_rc, amplitude = m[c + 4], m[c + 5], m[c + 6]
    if output >= 0:
        for k in range(np.int64(m[events])):
            m[output + np.int64(m[events + 1 + 2 * k])] = 0.0

    # The range of x: its cell, or the ball
    slot = 0
    label = 0
    centre = 0.0
    width = 0.5 * extent
    if d == 1:
        place = np.floor(np.float64(m[a[2]]) * per_extent)
        inside = abs(place) < 1e9
        if inside:
            label = np.int64(place)
            slot = label & (slots - 1)
            centre = (place + 0.5) * extent
    else:
        norm = _length(m, a[2], d)
        inside = norm < 1e9 * extent
        width = max(extent, m[a[11] + 2])
        if inside and norm > width:
            width = 1.25 * norm
            m[a[11] + 2] = width
            a[16] = -1
    sums = a[11] + 2 * slot
    table = 16 + slots + 2 * slot * n
    if inside and a[16 + slot] != label:
        _make_table(m, a, table, sums, centre, width)
        a[16 + slot] = label

    state = _load(a, 12)
    mean = np.float64(m[sums])
    count = 0
    if not inside or mean > 0.5 * n:
        for i in range(n):
            rate = _rate(kind, _current(m, a, i), tau_ref, tau_rc, amplitude)
            size = math.nan
            if rate >= 0.0:
                spikes, state = _poisson_rare(dt * rate, state)
                size = spike * spikes
            if size != 0.0:
                m[events + 1 + 2 * count] = i
                m[events + 2 + 2 * count] = size
                count += 1
    elif mean > 0.0:
        candidates, state = _poisson(mean, np.float64(m[sums + 1]), state)
        # The list has room for 2 n + 64; of a mean of n / 2 there never are more.
        candidates = min(candidates, 2 * n + 64)
        # Without a branch, so that what is read at random places is read at once; a
        # candidate below its squeeze gets a negative sign.
        for k in range(candidates):
            u, state = _uniform(state)
            u *= n
            i = np.int64(u)
            word = a[table + 2 * i]
            other = word >> 32
            own = np.int64((u - i) * _TO_32_BITS < word & _LOWER_32_BITS)
            squeeze = (a[table + 2 * i + 1] >> (32 * own)) & _LOWER_32_BITS
            u, state = _uniform(state)
            m[events + 1 + 2 * k] = other + (i - other) * own
            m[events + 2 + 2 * k] = math.copysign(u, u * _TO_32_BITS - squeeze)
        for k in range(candidates):
            i = np.int64(m[events + 1 + 2 * k])
            u = np.float64(m[events + 2 + 2 * k])
            if u >= 0.0:
                if d > 1:
                    bound = np.float64(m[a[10] + i])
                else:
                    gain = np.float64(m[a[3] + i])
                    top = np.float64(m[a[4] + i]) + gain * centre + abs(gain) * width
                    bound = _rate(kind, top, tau_ref, tau_rc, amplitude)
                rate = _rate(kind, _current(m, a, i), tau_ref, tau_rc, amplitude)
                if u * bound >= rate:
                    continue
            m[events + 1 + 2 * count] = i
            m[events + 2 + 2 * count] = spike
            count += 1
    m[events] = count
    if output >= 0:
        for k in range(count):
            m[output + np.int64(m[events + 1 + 2 * k])] += m[events + 2 + 2 * k]
    _store(a, 12, state)


def plan_events(plan, population):
    """Plan a population by its events, or raise `Uncompiled` where that is not exact.

    Parameters
    ----------
    plan : Plan
        Gets the row, and in ``events`` the place of the event list.
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
    n, d = encoding.A.shape
    kind, constants = RATES[type(rates.neurons)]
    slots = next(slots for limit, slots in _SLOTS if n <= limit) if d == 1 else 1
    extent = population.radius * (_LINE / slots if d == 1 else _BALL)
    events = plan.work(1 + 2 * (2 * n + 64))
    row = plan.row(
        poisson_events,
        n,
        d,
        plan.at(encoding.X),
        plan.at(encoding.A),
        plan.at(population.bias),
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
        slots,
        plan.work(n if d > 1 else 0),
        plan.work(2 * slots + 1),
        *[0] * 4,
        *[-(2**62)] * slots,
        work=2 * slots * n,
    )
    plan.generator(row + 12, spikes.state_extra["rng"])
    plan.events[spikes.output] = events
