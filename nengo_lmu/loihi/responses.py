"""Responses of neurons on Loihi, recorded from their spikes.

A neuron of the chip fires at whole steps only, and drops what its membrane has beyond
the threshold, so that its rate is one over a whole number of steps. Decoders that are
solved for recorded responses account for that.
"""

import nengo
import numba
import numpy as np

from nengo_lmu.design.recorded_spikes import current_of, lowpass, signals
from nengo_lmu.design.responses import RecordedResponses
from nengo_lmu.loihi.arithmetic import membrane_decay


class ChipResponses(RecordedResponses):
    """As `RecordedResponses`, of neurons on the chip."""

    friction = 0.0
    """Loss of current, see `nengo_lmu.loihi.arithmetic.friction`."""

    def record(self, tuning, columns):
        x = self.driven[:, columns]
        return record(tuning, x, self.pole, self.dt, self.friction)


def record(tuning, x, pole, dt, friction=0.0, every=None):
    """Responses of neurons that are driven with x, filtered by a lowpass.

    Parameters
    ----------
    tuning : Tuning
        Tuning curves of LIF or SpikingRectifiedLinear neurons.
    x : (n_steps, dimensions) array
        Represented value at each step.
    pole : float
        Pole of the lowpass: it keeps this fraction of its value at each step.
    dt : float
        Time step in seconds.
    friction : float, optional
        By how much less than ``gain * encoders @ x`` a neuron's current is there, on
        either side of zero.
    every : int, optional
        Steps from one row to the next; by default as of
        `nengo_lmu.design.recorded_spikes.stride`.

    Returns
    -------
    (n, n_neurons) array
        In Hz, at the last step of each ``every``.
    """
    kind = tuning.neuron_type
    if isinstance(kind, nengo.LIF):
        enters = membrane_decay(kind.tau_rc, dt)
        membrane = enters, 1 - enters, round(kind.tau_ref / dt)
    else:
        membrane = dt, 1.0, 0
    pole, height, usual = lowpass(pole, kind.amplitude, dt, len(x))
    behind = pole, height, every or usual
    return _record(*signals(tuning, x), friction, membrane, behind)


@numba.njit(cache=True)
def _record(x, encoders, bias, friction, membrane, lowpass):
    """Neurons that begin with empty membranes."""
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
            current = current_of(x, encoders, step, i)
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
