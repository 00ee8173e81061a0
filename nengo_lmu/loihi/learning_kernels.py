"""Synapses that learn, and the random numbers of the chip, compiled.

The operations of nengo-loihi's rule on the same numbers; the random ones are those of
NumPy's `RandomState`, drawn in the same order.
"""

import numpy as np

from nengo_lmu.loihi.fields import (
    floats_at,
    int32s_at,
    int64s_at,
    plastic_at,
    uint32s_at,
)
from nengo_lmu.simulator.compiled import device

UNUSED = -1  #: target of a weight that reaches no compartment
TRACE_LIMIT = 127
ERROR_LIMIT = 127

#: What nengo-loihi warns of, by the bit of the chip's ``warnings``. The first
#: is an error in its strict mode.
LOST, TRACE, WEIGHT, HIGH, LOW = 1, 2, 4, 8, 16

_WORDS, _MIDDLE = 624, 397


@device
def refill(key):
    """The next 624 words of a Mersenne twister."""
    for i in range(_WORDS):
        upper = np.uint64(key[i]) & np.uint64(0x80000000)
        lower = np.uint64(key[(i + 1) % _WORDS]) & np.uint64(0x7FFFFFFF)
        y = upper | lower
        new = np.uint64(key[(i + _MIDDLE) % _WORDS]) ^ (y >> np.uint64(1))
        if y & np.uint64(1):
            new ^= np.uint64(0x9908B0DF)
        key[i] = np.uint32(new)


@device
def word(f):
    """The next 32 random bits, as uint64."""
    key = uint32s_at(f.generator, _WORDS)
    if f.generator_place >= _WORDS:
        refill(key)
        f.generator_place = 0
    y = np.uint64(key[f.generator_place])
    f.generator_place += 1
    y ^= y >> np.uint64(11)
    y ^= (y << np.uint64(7)) & np.uint64(0x9D2C5680)
    y ^= (y << np.uint64(15)) & np.uint64(0xEFC60000)
    return y ^ (y >> np.uint64(18))


@device
def uniform(f):
    """As ``RandomState.rand``."""
    a = np.float64(word(f) >> np.uint64(5))
    b = np.float64(word(f) >> np.uint64(6))
    return (a * 67108864.0 + b) / 9007199254740992.0


@device
def integer(f):
    """As ``RandomState.randint(-127, 128, dtype=int32)``."""
    value = word(f) & np.uint64(255)
    while value > np.uint64(254):
        value = word(f) & np.uint64(255)
    return np.int32(value) - np.int32(127)


@device
def rounded(x, f):
    """The magnitude of ``x``, rounded up with the probability of its fraction."""
    magnitude = np.abs(x)
    whole = np.floor(magnitude)
    up = np.int32(1 if magnitude - whole > uniform(f) else 0)
    return np.int32(np.int32(whole) + up)


@device
def signed(magnitude, x):
    if x > 0:
        return magnitude
    return np.int32(-magnitude) if x < 0 else np.int32(0)


@device
def shifted(x, bits):
    """``x`` shifted to the left, or to the right where ``bits`` is negative."""
    if bits < 0:
        return np.int32(x >> np.int32(-bits))
    return np.int32(x << np.int32(bits))


@device
def deliver_plastic(source, f, q):
    """Add the weights of one spike to ``q`` and count it, for synapses that learn."""
    for k in range(f.n_plastic):
        p = plastic_at(f.plastic, k)
        first = int64s_at(p.first_axon, f.n_sources + 1)
        axons = int64s_at(p.axons, p.n_arrivals)
        n = p.n_weights
        targets = int64s_at(p.targets, p.n_axons * n)
        weights = int32s_at(p.weights, p.n_axons * n)
        n_spikes = int64s_at(p.n_spikes, p.n_axons)
        for i in range(first[source], first[source + 1]):
            axon = axons[i]
            n_spikes[axon] += 1
            for j in range(axon * n, (axon + 1) * n):
                if targets[j] != UNUSED:
                    q[targets[j]] += weights[j]


@device
def update_traces(f, p):
    n_axons = p.n_axons
    n_spikes = int64s_at(p.n_spikes, n_axons)
    traces = int32s_at(p.traces, n_axons)
    for i in range(n_axons):
        trace = p.decay * traces[i]
        if n_spikes[i] > 0:
            trace += p.increment
        if n_spikes[i] > 1:
            f.warnings |= LOST
        n_spikes[i] = 0
        y = rounded(trace, f)
        if y > TRACE_LIMIT:
            f.warnings |= TRACE
            y = np.int32(TRACE_LIMIT)
        traces[i] = signed(y, trace)


@device
def update_weights(f, p):
    n_axons, n = p.n_axons, p.n_weights
    traces = int32s_at(p.traces, n_axons)
    errors = int32s_at(p.errors, n // 2)
    weights = int32s_at(p.weights, n_axons * n)
    rate, limit = np.int32(p.rate), np.int32(p.limit)
    for i in range(n_axons):
        for j in range(n):
            k = i * n + j
            error = errors[j - n // 2] if j >= n // 2 else np.int32(-errors[j])
            change = np.int32(np.int32(traces[i] * error) * rate)
            change = shifted(change, p.rate_shift)
            moved = np.int32(shifted(weights[k], p.weight_shift) + change)
            x = moved * p.factor
            y = rounded(x, f)
            if y > limit:
                f.warnings |= WEIGHT
                y = limit
            weights[k] = shifted(signed(y, x), p.back_shift)


@device
def learn(f):
    """Traces and weights of all synapses that learn, where it is time to."""
    t = f.step
    for k in range(f.n_plastic):
        p = plastic_at(f.plastic, k)
        if t % p.train_epoch == 0:
            update_traces(f, p)
    for k in range(f.n_plastic):
        p = plastic_at(f.plastic, k)
        if t % p.learn_epoch == 0:
            update_weights(f, p)


@device
def clear_errors(f):
    for k in range(f.n_plastic):
        p = plastic_at(f.plastic, k)
        int32s_at(p.errors, p.n_weights // 2)[:] = 0


@device
def set_error(f, k, element, error):
    """Set an element of a synapse's error to the chip's integer for ``error``."""
    p = plastic_at(f.plastic, k)
    error = np.rint(f.error_scale * error)
    if error > ERROR_LIMIT:
        f.warnings |= HIGH
        error = float(ERROR_LIMIT)
    if error < -ERROR_LIMIT:
        f.warnings |= LOW
        error = -float(ERROR_LIMIT)
    int32s_at(p.errors, p.n_weights // 2)[element] = np.int32(error)


@device
def draw_noise(f, noise):
    """Noise of one step, for every compartment whether it hears it or not."""
    n = f.n
    offset = int32s_at(f.noise_offset, n)
    factor = floats_at(f.noise_factor, n)
    for i in range(n):
        drawn = np.int32(integer(f) + offset[i])
        if f.has_noise:
            noise[i] = np.int32(drawn * factor[i])
