"""Neuron types other than leaky integrate-and-fire neurons, and random spiking."""

import math

import numpy as np
from nengo import neurons as types
from nengo.builder.neurons import SimNeurons

from nengo_lmu.simulator.compiled import Uncompiled, counterpart, kernel
from nengo_lmu.simulator.kernels.random import (
    load_generator,
    rare_poisson,
    store_generator,
    uniform,
)

#: Neuron type -> function(plan, operator, common integers of the row).
NEURONS = {}


def neuron(type_):
    """Register the function that plans a neuron type."""

    def register(function):
        NEURONS[type_] = function
        return function

    return register


@counterpart(SimNeurons)
def plan_neurons(plan, op):
    if type(op.neurons) not in NEURONS:
        raise Uncompiled
    NEURONS[type(op.neurons)](plan, op, (op.J.size, plan.at(op.J), plan.at(op.output)))


@kernel
def rectified(m, a):
    """nengo.RectifiedLinear. Row: n, J, output, amplitude."""
    J, output = a[1], a[2]
    amplitude = m[a[3]]
    for i in range(a[0]):
        j = m[J + i]
        m[output + i] = amplitude * (0.0 if j < 0.0 else j)


@neuron(types.RectifiedLinear)
def plan_rectified(plan, op, common):
    plan.row(rectified, *common, plan.constants(op.neurons.amplitude))


@kernel
def sigmoid(m, a):
    """nengo.Sigmoid. Row: n, J, output, largest rate."""
    J, output = a[1], a[2]
    rate = m[a[3]]
    for i in range(a[0]):
        m[output + i] = rate / (1.0 + math.exp(-m[J + i]))


@neuron(types.Sigmoid)
def plan_sigmoid(plan, op, common):
    plan.row(sigmoid, *common, plan.constants(1 / op.neurons.tau_ref))


@kernel
def tanh(m, a):
    """nengo.Tanh. Row: n, J, output, largest rate."""
    J, output = a[1], a[2]
    rate = m[a[3]]
    for i in range(a[0]):
        m[output + i] = rate * math.tanh(m[J + i])


@neuron(types.Tanh)
def plan_tanh(plan, op, common):
    plan.row(tanh, *common, plan.constants(1 / op.neurons.tau_ref))


@kernel
def spiking_rectified(m, a):
    """nengo.SpikingRectifiedLinear. Row: n, J, output, voltage, dt and spike."""
    J, output, V = a[1], a[2], a[3]
    dt, spike = m[a[4]], m[a[4] + 1]
    for i in range(a[0]):
        j = m[J + i]
        v = m[V + i] + (0.0 if j < 0.0 else j) * dt
        n_spikes = np.floor(v)
        m[output + i] = spike * n_spikes
        m[V + i] = v - n_spikes


@kernel
def regular(m, a):
    """nengo.RegularSpiking. Row: n, rate, output, voltage, dt and spike."""
    J, output, V = a[1], a[2], a[3]
    dt, spike = m[a[4]], m[a[4] + 1]
    for i in range(a[0]):
        v = m[V + i] + dt * m[J + i]
        n_spikes = np.floor(v)
        m[output + i] = spike * n_spikes
        m[V + i] = v - n_spikes


def _plan_counter(kernel):
    def plan_counter(plan, op, common):
        plan.row(
            kernel,
            *common,
            plan.at(op.state["voltage"]),
            plan.constants(plan.dt, op.neurons.amplitude / plan.dt),
        )

    return plan_counter


neuron(types.SpikingRectifiedLinear)(_plan_counter(spiking_rectified))
neuron(types.RegularSpiking)(_plan_counter(regular))


@kernel
def izhikevich(m, a):
    """nengo.Izhikevich. Row: n, J, output, voltage, recovery, constants."""
    J, output, V, U, c = a[1], a[2], a[3], a[4], a[5]
    dt, speed, coupling = m[c], m[c + 1], m[c + 2]
    reset_voltage, reset_recovery = m[c + 3], m[c + 4]
    for i in range(a[0]):
        j = m[J + i]
        j = -30.0 if j < -30.0 else j
        v, u = m[V + i], m[U + i]
        v = v + (0.04 * (v * v) + 5.0 * v + 140.0 - u + j) * 1000.0 * dt
        spiked = v >= 30.0
        v = reset_voltage if spiked else v
        u = u + speed * (coupling * v - u) * 1000.0 * dt
        m[output + i] = 1.0 / dt if spiked else 0.0
        m[V + i] = v
        m[U + i] = u + reset_recovery if spiked else u


@neuron(types.Izhikevich)
def plan_izhikevich(plan, op, common):
    neurons = op.neurons
    plan.row(
        izhikevich,
        *common,
        plan.at(op.state["voltage"]),
        plan.at(op.state["recovery"]),
        plan.constants(
            plan.dt,
            neurons.tau_recovery,
            neurons.coupling,
            neurons.reset_voltage,
            neurons.reset_recovery,
        ),
    )


@kernel
def stochastic_spiking(m, a):
    """nengo.StochasticSpiking.

    Row: n, rate, output, dt and spike, whether rates may be negative, generator.
    """
    J, output = a[1], a[2]
    dt, spike = m[a[3]], m[a[3] + 1]
    state = load_generator(a, 5)
    for i in range(a[0]):
        mean = dt * m[J + i]
        size = spike
        if a[4] and mean < 0.0:
            mean, size = -mean, -spike
        u, state = uniform(state)
        whole = np.floor(mean)
        m[output + i] = size * (whole + (1.0 if u < mean - whole else 0.0))
    store_generator(a, 5, state)


@kernel
def poisson_spiking(m, a):
    """nengo.PoissonSpiking, neuron by neuron. Row: as `stochastic_spiking`."""
    J, output = a[1], a[2]
    dt, spike = m[a[3]], m[a[3] + 1]
    state = load_generator(a, 5)
    for i in range(a[0]):
        mean = dt * m[J + i]
        size = spike
        if a[4] and mean < 0.0:
            mean, size = -mean, -spike
        if mean >= 0.0:
            k, state = rare_poisson(mean, state)
            m[output + i] = size * k
        else:
            m[output + i] = np.nan
    store_generator(a, 5, state)


def _plan_random_spiking(kernel):
    def plan_random_spiking(plan, op, common):
        row = plan.row(
            kernel,
            *common,
            plan.constants(plan.dt, op.neurons.amplitude / plan.dt),
            op.neurons.negative,
            *[0] * 4,
        )
        plan.generator(row + 5, op.state_extra["rng"])

    return plan_random_spiking


neuron(types.StochasticSpiking)(_plan_random_spiking(stochastic_spiking))
neuron(types.PoissonSpiking)(_plan_random_spiking(poisson_spiking))
