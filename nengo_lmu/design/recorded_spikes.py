"""Responses of LIF neurons, recorded from their spikes.

A LIF neuron does not fire at its static rate while its input moves, and the rate of a
population contains nothing of the timing of its spikes. Decoders that are solved for
recorded responses account for both at once.
"""

import numba
import numpy as np

N_ROWS = 10_000
"""Moments of a recording, at most, from which decoders are solved."""


def record(tuning, x, pole, dt):
    """Responses of LIF neurons that are driven with x, filtered by a lowpass.

    Parameters
    ----------
    tuning : Tuning
        Tuning curves of `nengo.LIF` neurons.
    x : (n_steps, dimensions) array
        Represented value at each step.
    pole : float
        Pole of the lowpass: it keeps this fraction of its value at each step.
    dt : float
        Time step in seconds.

    Returns
    -------
    (n, n_neurons) array
        In Hz, at the moments of `filtered`.
    """
    kind = tuning.neuron_type
    membrane = kind.tau_rc, kind.tau_ref, dt
    behind = lowpass(pole, kind.amplitude, dt, len(x))
    return _lif(*signals(tuning, x), membrane, behind)


def signals(tuning, x):
    """What drives the neurons, as the kernels take it: x, encoders, biases."""
    encoders = tuning.encoders * tuning.gain[:, None]
    return np.ascontiguousarray(x), encoders, np.array(tuning.bias, dtype=float)


def lowpass(pole, amplitude, dt, n_steps):
    """The filter of the responses, as the kernels take it: pole, height, stride."""
    return pole, amplitude * (1 - pole) / dt, stride(n_steps)


def filtered(values, pole):
    """Values (n_steps, size) behind the lowpass, at the moments that are recorded."""
    values = np.ascontiguousarray(values, dtype=float)
    every = stride(len(values))
    return behind_lowpass(values, pole)[every - 1 :: every]


def stride(n_steps):
    """Steps from one recorded moment to the next."""
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
def current_of(x, encoders, step, i):
    current = 0.0
    for k in range(x.shape[1]):
        current += encoders[i, k] * x[step, k]
    return current


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
            current = bias[i] + current_of(x, encoders, step, i)
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
