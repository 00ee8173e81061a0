"""Poisson neurons that are alike: one Poisson number for all their spikes.

The sum of independent Poisson numbers is a Poisson number, whose mean is the sum of
their means. Neurons with equal encoders and biases have equal rates at any time. If
their decoders are equal, too, and nothing else reads their spikes, what they add to a
decoded value depends on the number of all their spikes only. This number is drawn at
once, so a step costs the same for any number of neurons. Which neuron of a group fires
is not drawn.
"""

import math

import numpy as np

from nengo_lmu.simulator.compiled import kernel
from nengo_lmu.simulator.kernels import poisson_row as row
from nengo_lmu.simulator.kernels.poisson import by_events
from nengo_lmu.simulator.kernels.poisson_tables import RATES, current, rate
from nengo_lmu.simulator.kernels.random import (
    load_generator,
    poisson,
    store_generator,
)

#: Neurons in a group, on average, from which on groups are faster than events.
_WORTHWHILE = 8

#: Relative difference of decoders that is taken for rounding. The solution of 600 equal
#: equations differs by 2e-10.
_ROUNDING = 1e-8


@kernel
def poisson_alike(m, a):
    """Encoding, rates, Poisson spikes and decoding of groups of alike neurons."""
    n_groups, d, x, kind = (
        a[row.N_NEURONS],
        a[row.N_DIMENSIONS],
        a[row.X],
        a[row.KIND],
    )
    c = a[row.CONSTANTS]
    dt, spike = m[c + row.DT], m[c + row.SPIKE]
    tau_ref, tau_rc = m[c + row.TAU_REF], m[c + row.TAU_RC]
    amplitude = m[c + row.AMPLITUDE]
    state = load_generator(a, row.GENERATOR)
    for group in range(n_groups):
        at = a[row.NEURONS] + group * (d + 1)
        own_rate = rate(kind, current(m, at, x, d), tau_ref, tau_rc, amplitude)
        if own_rate == 0.0:
            continue
        size = math.nan
        if own_rate > 0.0:
            mean = np.float64(m[a[row.SIZES] + group]) * dt * own_rate
            spikes, state = poisson(mean, math.exp(-mean), state)
            size = spike * spikes
        for k in range(a[row.N_DECODERS]):
            p = row.DECODERS + row.DECODER_SIZE * k
            n_rows = a[p + row.DECODER_ROWS]
            column = a[p + row.DECODER_WEIGHTS] + group * n_rows
            y, stride = a[p + row.DECODER_Y], a[p + row.DECODER_STRIDE]
            for i in range(n_rows):
                m[y + i * stride] += m[column + i] * size
    store_generator(a, row.GENERATOR, state)


def alike_groups(plan, population):
    """Groups of neurons that can be drawn together, or None.

    Returns
    -------
    first : (n_groups,) array of int
        A neuron of each group.
    sizes : (n_groups,) array of int
    decoders : list of (n_groups, n_rows) array
        Decoders of a neuron of each group, by each decoding.
    """
    if population.named or population.dense or not by_events(plan, population):
        return None
    encoders = population.encoding.A.initial_value
    features = np.column_stack([encoders, population.bias.initial_value])
    _, first, member, sizes = np.unique(
        features, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    if _WORTHWHILE * len(first) > len(features):
        return None
    decoders = []
    for op in population.decoding:
        own = op.A.initial_value.T
        of_group = own[first]
        difference = np.max(np.abs(own - of_group[member.ravel()]), initial=0.0)
        if difference > _ROUNDING * np.max(np.abs(own), initial=0.0):
            return None
        decoders.append(of_group)
    return first, sizes, decoders


def plan_alike(plan, population, groups, targets):
    """Plan a population by groups of alike neurons.

    Parameters
    ----------
    plan : Plan
    population : SimPopulation
    groups : tuple
        Result of `alike_groups`.
    targets : list of (int, int)
        Place and stride of the result of each decoding.
    """
    first, sizes, decoders = groups
    rates, spikes = population.neurons
    encoders = population.encoding.A.initial_value[first]
    bias = population.bias.initial_value[first]
    kind, constants = RATES[type(rates.neurons)]
    head = {
        row.N_NEURONS: len(first),
        row.N_DIMENSIONS: encoders.shape[1],
        row.X: plan.at(population.encoding.X),
        row.NEURONS: plan.array(np.column_stack([encoders, bias])),
        row.CONSTANTS: plan.constants(
            plan.dt,
            spikes.neurons.amplitude / plan.dt,
            0,
            0,
            *constants(rates.neurons),
        ),
        row.KIND: kind,
        row.N_DECODERS: len(decoders),
        row.SIZES: plan.constants(*sizes),
    }
    start = plan.row(
        poisson_alike,
        *(head.get(k, 0) for k in range(row.DECODERS)),
        *(
            integer
            for values, target in zip(decoders, targets, strict=True)
            for integer in (values.shape[1], plan.array(values), *target)
        ),
    )
    plan.generator(start + row.GENERATOR, spikes.state_extra["rng"])
    plan.skipped |= {
        population.encoding.Y,
        population.neurons[0].output,
        spikes.output,
    }
