"""Leaky integrate-and-fire neurons: spikes and rates, with and without adaptation.

Loops contain no branches and no calls where that is possible, so that the compiler
generates vector instructions. With 32 bits all arithmetic is in 32 bits, and series
have as many terms as this precision needs: encoding and a step of `nengo.LIF` take
0.8 ns a neuron, and 1.7 ns with constants of 64 bits.
"""

import math

import numpy as np
from llvmlite import ir
from nengo import neurons as types
from numba import float32, float64, int64, njit
from numba.extending import intrinsic, overload

from nengo_lmu.simulator.compiled import device, kernel
from nengo_lmu.simulator.kernels.neurons import neuron

#: dt / tau_rc up to which the series of `expm1` and `log1p` below are exact to
#: rounding.
_MAX_RATIO = 0.1

#: Decorator of series, in which multiplications and additions may be fused.
_SERIES = {"error_model": "numpy", "fastmath": {"contract"}}
_series = njit(**_SERIES)


def like(x, value):
    """A constant of the type of x. A Python constant would be a float64."""


@overload(like, inline="always")
def _overload_like(x, value):
    if x == float32:
        return lambda x, value: np.float32(value)
    return lambda x, value: np.float64(value)


def _expm1(x):
    """exp(x) - 1 for -0.1 <= x <= 0, by its Taylor series."""


@overload(_expm1, jit_options=_SERIES)
def _overload_expm1(x):
    def single(x):
        total = like(x, 1 / 120)
        total = total * x + like(x, 1 / 24)
        total = total * x + like(x, 1 / 6)
        total = total * x + like(x, 1 / 2)
        return x * (total * x + like(x, 1.0))

    def double(x):
        total = 1 / 362880
        total = total * x + 1 / 40320
        total = total * x + 1 / 5040
        total = total * x + 1 / 720
        total = total * x + 1 / 120
        total = total * x + 1 / 24
        total = total * x + 1 / 6
        total = total * x + 1 / 2
        return x * (total * x + 1.0)

    return single if x == float32 else double


def _log_ratio(z):
    """log((1 - z) / (1 + z)) for abs(z) <= 0.05, by the series of atanh."""


@overload(_log_ratio, jit_options=_SERIES)
def _overload_log_ratio(z):
    def single(z):
        q = z * z
        total = like(z, 1 / 5)
        total = total * q + like(z, 1 / 3)
        return like(z, -2.0) * z * (total * q + like(z, 1.0))

    def double(z):
        q = z * z
        total = 1 / 11
        total = total * q + 1 / 9
        total = total * q + 1 / 7
        total = total * q + 1 / 5
        total = total * q + 1 / 3
        return -2.0 * z * (total * q + 1.0)

    return single if z == float32 else double


@device
def _lif(current, voltage, refractory, dt, per_tau, tau, whole, shortest):
    """One step of nengo.LIF for dt up to `_MAX_RATIO` tau_rc.

    Returns the voltage before a reset, and the refractory time without and with a
    spike. ``whole`` is expm1(-dt / tau_rc), ``shortest`` tau_ref + dt.
    """
    refractory = refractory - dt
    zero, one, two = like(dt, 0.0), like(dt, 1.0), like(dt, 2.0)
    active = min(max(dt - refractory, zero), dt)
    decay = whole if active == dt else _expm1(-active * per_tau)
    voltage = voltage - (current - voltage) * decay
    # With y = (v - 1) / (J - 1): log(1 - y) = log((1 - z) / (1 + z)), z = y / (2 - y)
    z = (voltage - one) / (two * current - one - voltage)
    return voltage, refractory, shortest + tau * _log_ratio(z)


@device
def _lif_exact(current, voltage, refractory, dt, per_tau, tau, whole, shortest):
    """The same step for any dt and any voltage."""
    refractory = refractory - dt
    active = min(max(dt - refractory, 0.0), dt)
    voltage = voltage - (current - voltage) * math.expm1(-active * per_tau)
    after = refractory
    if voltage > 1.0:
        after = shortest + tau * math.log1p(-(voltage - 1.0) / (current - 1.0))
    return voltage, refractory, after


@device
def _settle(m, i, output, V, R, v, waiting, after, floor, spike):
    """Store the output and the state from the results of a step."""
    zero = like(spike, 0.0)
    spiked = v > like(spike, 1.0)
    m[output + i] = spike if spiked else zero
    m[R + i] = after if spiked else waiting
    v = floor if v < floor else v
    m[V + i] = zero if spiked else v


@kernel
def lif(m, a):
    """nengo.LIF. Row: n, J, output, voltage, refractory time, constants."""
    n, J, output, V, R, c = a[0], a[1], a[2], a[3], a[4], a[5]
    dt, per_tau, tau, whole = m[c], m[c + 1], m[c + 2], m[c + 3]
    shortest, floor, spike = m[c + 4], m[c + 5], m[c + 6]
    for i in range(n):
        v, waiting, after = _lif(
            m[J + i], m[V + i], m[R + i], dt, per_tau, tau, whole, shortest
        )
        _settle(m, i, output, V, R, v, waiting, after, floor, spike)


@kernel
def lif_exact(m, a):
    """nengo.LIF for any dt. Row: as `lif`."""
    n, J, output, V, R, c = a[0], a[1], a[2], a[3], a[4], a[5]
    dt, per_tau, tau, whole = m[c], m[c + 1], m[c + 2], m[c + 3]
    shortest, floor, spike = m[c + 4], m[c + 5], m[c + 6]
    for i in range(n):
        v, waiting, after = _lif_exact(
            m[J + i], m[V + i], m[R + i], dt, per_tau, tau, whole, shortest
        )
        _settle(m, i, output, V, R, v, waiting, after, floor, spike)


@kernel
def adaptive_lif(m, a):
    """nengo.AdaptiveLIF. Row: as `lif`, then the adaptation."""
    n, J, output, V, R, c, N = a[0], a[1], a[2], a[3], a[4], a[5], a[6]
    dt, per_tau, tau, whole = m[c], m[c + 1], m[c + 2], m[c + 3]
    shortest, floor, spike = m[c + 4], m[c + 5], m[c + 6]
    rate, increment = m[c + 7], m[c + 8]
    for i in range(n):
        v, waiting, after = _lif_exact(
            m[J + i] - m[N + i], m[V + i], m[R + i], dt, per_tau, tau, whole, shortest
        )
        _settle(m, i, output, V, R, v, waiting, after, floor, spike)
        m[N + i] += rate * (increment * m[output + i] - m[N + i])


def _lif_constants(plan, neurons, *more):
    dt = plan.dt
    return plan.constants(
        dt,
        1 / neurons.tau_rc,
        neurons.tau_rc,
        np.expm1(-dt / neurons.tau_rc),
        neurons.tau_ref + dt,
        neurons.min_voltage,
        neurons.amplitude / dt,
        *more,
    )


@neuron(types.LIF)
def plan_lif(plan, op, common):
    voltage = op.state["voltage"]
    short = plan.dt <= _MAX_RATIO * op.neurons.tau_rc
    plan.row(
        lif if short and np.all(voltage.initial_value <= 1) else lif_exact,
        *common,
        plan.at(voltage),
        plan.at(op.state["refractory_time"]),
        _lif_constants(plan, op.neurons),
    )


@neuron(types.AdaptiveLIF)
def plan_adaptive_lif(plan, op, common):
    plan.row(
        adaptive_lif,
        *common,
        plan.at(op.state["voltage"]),
        plan.at(op.state["refractory_time"]),
        _lif_constants(plan, op.neurons, plan.dt / op.neurons.tau_n, op.neurons.inc_n),
        plan.at(op.state["adaptation"]),
    )


@intrinsic
def _to_bits(typingctx, x):
    """The bits of a float64."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return int64(float64), generate


@intrinsic
def _from_bits(typingctx, bits):
    """The float64 of these bits."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return float64(int64), generate


_SQRT_HALF = np.float64(math.sqrt(0.5)).view(np.int64).item()
_LOG_2 = math.log(2)


@_series
def _log1p_inverse(j):
    """log(1 + 1 / j) for j > 0, without a call, so that loops can be vectorized.

    1 + 1 / j is 2^k f with f in [sqrt(1/2), sqrt(2)); log f by the series of atanh.
    If k = 0, its argument (f - 1) / (f + 1) is 1 / (2 j + 1), which loses no digits.
    """
    bits = _to_bits(1.0 + 1.0 / j)
    k = (bits - _SQRT_HALF) >> 52
    f = _from_bits(bits - (k << 52))
    s = (1.0 if k == 0 else f - 1.0) / (2.0 * j + 1.0 if k == 0 else f + 1.0)
    q = s * s
    total = 1 / 21
    total = total * q + 1 / 19
    total = total * q + 1 / 17
    total = total * q + 1 / 15
    total = total * q + 1 / 13
    total = total * q + 1 / 11
    total = total * q + 1 / 9
    total = total * q + 1 / 7
    total = total * q + 1 / 5
    total = total * q + 1 / 3
    return k * _LOG_2 + 2.0 * s * (total * q + 1.0)


@device
def _lif_rate(j, tau_ref, tau_rc, amplitude):
    """Rate at a current of 1 + j."""
    j = np.float64(j)
    rate = amplitude / (tau_ref + tau_rc * _log1p_inverse(j))
    rate = 0.0 if j <= 0.0 else rate
    return j if j != j else rate


@kernel
def lif_rate(m, a):
    """nengo.LIFRate. Row: n, J, output, constants."""
    J, output, c = a[1], a[2], a[3]
    tau_ref, tau_rc, amplitude = m[c], m[c + 1], m[c + 2]
    for i in range(a[0]):
        m[output + i] = _lif_rate(m[J + i] - 1.0, tau_ref, tau_rc, amplitude)


@kernel
def adaptive_lif_rate(m, a):
    """nengo.AdaptiveLIFRate. Row: n, J, output, constants, adaptation."""
    J, output, c, N = a[1], a[2], a[3], a[4]
    tau_ref, tau_rc, amplitude = m[c], m[c + 1], m[c + 2]
    rate, increment = m[c + 3], m[c + 4]
    for i in range(a[0]):
        out = _lif_rate(m[J + i] - m[N + i] - 1.0, tau_ref, tau_rc, amplitude)
        m[output + i] = out
        m[N + i] += rate * (increment * out - m[N + i])


@neuron(types.LIFRate)
def plan_lif_rate(plan, op, common):
    neurons = op.neurons
    plan.row(
        lif_rate,
        *common,
        plan.constants(neurons.tau_ref, neurons.tau_rc, neurons.amplitude),
    )


@neuron(types.AdaptiveLIFRate)
def plan_adaptive_lif_rate(plan, op, common):
    neurons = op.neurons
    plan.row(
        adaptive_lif_rate,
        *common,
        plan.constants(
            neurons.tau_ref,
            neurons.tau_rc,
            neurons.amplitude,
            plan.dt / neurons.tau_n,
            neurons.inc_n,
        ),
        plan.at(op.state["adaptation"]),
    )
