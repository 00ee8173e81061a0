"""Random numbers in kernels: a generator, uniform and Poisson numbers."""

import math

import numpy as np

from nengo_lmu.simulator.compiled import device

_U11, _U17, _U19, _U23, _U41, _U45 = (np.uint64(k) for k in (11, 17, 19, 23, 41, 45))
_TO_UNIT = 2.0**-53

#: 1 / 1, 1 / 2, ...; a Poisson number of mean 10 never exceeds their number.
_INVERSE = 1.0 / np.arange(1, 200)


@device
def load_generator(a, g):
    """Load the generator whose four words are at ``a[g]``."""
    return (
        np.uint64(a[g]),
        np.uint64(a[g + 1]),
        np.uint64(a[g + 2]),
        np.uint64(a[g + 3]),
    )


@device
def store_generator(a, g, state):
    """Store the four words of a generator at ``a[g]``."""
    a[g] = np.int64(state[0])
    a[g + 1] = np.int64(state[1])
    a[g + 2] = np.int64(state[2])
    a[g + 3] = np.int64(state[3])


@device
def random_bits(state):
    """Draw 64 random bits; return them and the new state of the generator.

    The generator is xoshiro256++ (Blackman and Vigna, 2021).
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
def uniform(state):
    """Draw a number in [0, 1) from 53 random bits; return it and the new state."""
    bits, state = random_bits(state)
    return np.int64(bits >> _U11) * _TO_UNIT, state


@device
def poisson(mean, p_zero, state):
    """Draw a Poisson number; return it and the new state.

    ``p_zero`` is exp(-mean), the probability of zero. Numbers of a mean below 10 are
    drawn by inversion, others by transformed rejection (Hoermann, 1993).
    """
    if mean < 10.0:
        u, state = uniform(state)
        k = 0
        term = p_zero
        total = p_zero
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
        u, state = uniform(state)
        v, state = uniform(state)
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
def rare_poisson(mean, state):
    """Draw a Poisson number; exp(-mean) is computed only where it is needed."""
    if mean < 1.0:
        peek, after = uniform(state)
        if peek <= 1.0 - mean:  # exp(-mean) is larger
            return 0, after
        return poisson(mean, math.exp(-mean), state)
    return poisson(mean, math.exp(-mean), state)
