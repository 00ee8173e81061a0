"""What neurons answer, recorded from their spikes.

A LIF neuron does not fire at its static rate while its input moves, and the rate of a
population says nothing of how its spikes fall. On Loihi a neuron fires at whole steps
only, and drops what its membrane has beyond the threshold, so that it keeps to rates of
one over a whole number of steps. Decoders that are solved for recorded responses make
the best of all that at once.
"""

import nengo
import numba
import numpy as np

N_ROWS = 10_000
"""Moments of a recording, at most, from which decoders are solved."""


def record(tuning, x, pole, dt, on_chip=False, friction=0.0):
    """Responses of neurons that are driven with x, filtered by a lowpass.

    Parameters
    ----------
    tuning : Tuning
        Of LIF neurons; or, on the chip, of SpikingRectifiedLinear ones.
    x : (n_steps, dimensions) array
        Their value at each step.
    pole : float
        Of the lowpass: it keeps this part of its value at each step.
    dt : float
        Time step in seconds.
    on_chip : bool, optional
        Whether neurons are those of Loihi.
    friction : float, optional
        By how much less than ``gain * encoders @ x`` a neuron's current is there, on
        either side of zero; see `nengo_lmu.loihi.rounding.friction`.

    Returns
    -------
    (n, n_neurons) array
        In Hz, at the moments of `filtered`.
    """
    kind = tuning.neuron_type
    encoders = tuning.encoders * tuning.gain[:, None]
    height = kind.amplitude * (1 - pole) / dt
    signal = np.ascontiguousarray(x), encoders, np.asarray(tuning.bias, dtype=float)
    lowpass = pole, height, _stride(len(x))
    if not on_chip:
        return _lif(*signal, (kind.tau_rc, kind.tau_ref, dt), lowpass)
    if isinstance(kind, nengo.LIF):
        enters = np.round(-np.expm1(-dt / kind.tau_rc) * 4095) / 4096
        membrane = enters, 1 - enters, round(kind.tau_ref / dt)
    else:
        membrane = dt, 1.0, 0
    return _chip(*signal, friction, membrane, lowpass)


def filtered(values, pole):
    """Values (n_steps, size) behind the lowpass, at the moments that are recorded."""
    values = np.ascontiguousarray(values, dtype=float)
    stride = _stride(len(values))
    return behind_lowpass(values, pole)[stride - 1 :: stride]


def _stride(n_steps):
    return -(-n_steps // N_ROWS)


@numba.njit(cache=True)
def behind_lowpass(values, pole):
    """Values (n_steps, size) behind a lowpass; from SciPy it takes a second to import.

    It passes ``1 - pole`` of a value at the step of the value.
    """
    y = np.zeros(values.shape[1])
    out = np.empty_like(values)
    for step in range(len(values)):
        for k in range(len(y)):
            y[k] = pole * y[k] + (1 - pole) * values[step, k]
            out[step, k] = y[k]
    return out


@numba.njit(cache=True)
def _current(x, encoders, step, i):
    current = 0.0
    for k in range(x.shape[1]):
        current += encoders[i, k] * x[step, k]
    return current


@numba.njit(cache=True)
def _chip(x, encoders, bias, friction, membrane, lowpass):
    """Neurons of Loihi, which begin with empty membranes."""
    enters, keeps, refractory = membrane
    pole, height, stride = lowpass
    n = len(bias)
    rows = np.empty((len(x) // stride, n))
    voltage, resting, trace = np.zeros(n), np.zeros(n, np.int64), np.zeros(n)
    for step in range(len(x)):
        for i in range(n):
            trace[i] *= pole
            if resting[i] > 0:
                resting[i] -= 1
                continue
            current = _current(x, encoders, step, i)
            current -= min(max(current, -friction), friction)
            current += bias[i]
            voltage[i] = max(keeps * voltage[i] + enters * current, 0.0)
            if voltage[i] > 1:
                voltage[i] = 0.0
                resting[i] = refractory
                trace[i] += height
        if (step + 1) % stride == 0:
            rows[step // stride] = trace
    return rows


@numba.njit(cache=True)
def _lif(x, encoders, bias, membrane, lowpass):
    """The LIF neurons of nengo, whose spikes fall between steps."""
    tau_rc, tau_ref, dt = membrane
    pole, height, stride = lowpass
    n = len(bias)
    rows = np.empty((len(x) // stride, n))
    voltage, resting, trace = np.zeros(n), np.zeros(n), np.zeros(n)
    for step in range(len(x)):
        for i in range(n):
            current = bias[i] + _current(x, encoders, step, i)
            resting[i] -= dt
            charging = min(max(dt - resting[i], 0.0), dt)
            voltage[i] -= (current - voltage[i]) * np.expm1(-charging / tau_rc)
            voltage[i] = max(voltage[i], 0.0)
            trace[i] *= pole
            if voltage[i] > 1:
                beyond = tau_rc * np.log1p(-(voltage[i] - 1) / (current - 1))
                resting[i] = tau_ref + dt + beyond
                voltage[i] = 0.0
                trace[i] += height
        if (step + 1) % stride == 0:
            rows[step // stride] = trace
    return rows
