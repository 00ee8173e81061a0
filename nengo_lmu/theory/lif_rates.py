r"""Firing rate of LIF neurons with a changing input current.

A LIF neuron does not fire at its static rate while its current changes, because the
membrane integrates a rising or falling current between two spikes. To first order in
the slope, the rate leads the static one: by 1 ms far above the threshold, and by the
membrane time constant close to it. Decoders that were solved for static rates
therefore decode :math:`x + c(x)\,\dot x`, with a phase lead c of some milliseconds that
depends on x. In a recurrent network this causes an error that neither more neurons nor
a smaller time step reduce.

This module computes the rate from the current and its slope. While the current rises
by s per second, the interval T between a reset at the current J_r and the next spike
solves, with T' = T minus the refractory period,

.. math:: (J_r + s\,\tau_{ref} - s\,\tau_{rc})(1 - e^{-T'/\tau_{rc}}) + s\,T' = 1.

The rate at the current in the middle of the interval, :math:`J_r + s T / 2`, is 1 / T,
to second order in T. A neuron that crosses its threshold from below first fires at
:math:`1 + s\,\tau_{rc}`, when its lagging membrane voltage reaches 1.
"""

from functools import lru_cache

import numpy as np

LARGEST_SLOPE = 500.0
LARGEST_CURRENT = 100.0


def ramp_rates(current, slope, tau_rc=0.02, tau_ref=0.002):
    """Rates of LIF neurons whose current changes at a constant slope.

    Parameters
    ----------
    current : array
        Input current J; the threshold is 1. Clipped to at most 100.
    slope : array, of the same shape
        dJ/dt in 1/s. Clipped to [-500, 500].
    tau_rc, tau_ref : float, optional
        Membrane time constant and refractory period, in seconds.

    Returns
    -------
    array
        Rates in Hz.
    """
    table, first_current = _table(tau_rc, tau_ref)
    current, slope = np.broadcast_arrays(current, slope)
    rates = np.zeros(current.shape)
    # Most neurons are far below their threshold most of the time.
    active = current > first_current
    points = (_squash(slope[active]), _stretch(current[active]))
    rates[active] = table(np.column_stack(points))
    return rates


def static_rates(current, tau_rc=0.02, tau_ref=0.002, block=2**16):
    """Rates of LIF neurons with a constant current, computed in place.

    Equals nengo's LIFRate within rounding and takes a quarter of its time: it does not
    index the active neurons, and works in blocks that stay in the cache.

    Parameters
    ----------
    current : contiguous array of float
        Input current J; the threshold is 1. Its values are overwritten.
    tau_rc, tau_ref : float, optional
        Membrane time constant and refractory period, in seconds.

    Returns
    -------
    array
        The same array, with rates in Hz.
    """
    values = current.ravel(order="K")
    for first in range(0, len(values), block):
        x = values[first : first + block]
        x -= 1
        fires = x > 0
        np.maximum(x, 1e-300, out=x)
        np.log1p(np.reciprocal(x, out=x), out=x)
        x *= tau_rc
        x += tau_ref
        np.reciprocal(x, out=x)
        x *= fires
    return current


def _squash(slope):
    return np.arcsinh(np.clip(slope, -LARGEST_SLOPE, LARGEST_SLOPE))


def _stretch(current):
    """Coordinate of the current with a fine resolution near the threshold."""
    return np.arcsinh(5 * (np.minimum(current, LARGEST_CURRENT) - 1))


@lru_cache(maxsize=8)
def _table(tau_rc, tau_ref, n_slopes=121, n_currents=600):
    """Rates on a grid, and the lowest current at which a neuron can be active."""
    from scipy.interpolate import RegularGridInterpolator  # importing takes 0.5 s

    top = _squash(LARGEST_SLOPE)
    slopes = np.linspace(-top, top, n_slopes)
    lowest = 1 - LARGEST_SLOPE * tau_rc
    currents = np.linspace(_stretch(lowest), _stretch(LARGEST_CURRENT), n_currents)
    grid = 1 + np.sinh(currents) / 5
    rates = [_rates_at_slope(grid, s, tau_rc, tau_ref) for s in np.sinh(slopes)]
    table = RegularGridInterpolator((slopes, currents), np.array(rates))
    return table, lowest


def _rates_at_slope(current, slope, tau_rc, tau_ref):
    # The currents at which a neuron may be reset: from its first spike upwards.
    lowest = 1 + max(slope, 0) * tau_rc
    reset = lowest + np.geomspace(1e-4, 2 * LARGEST_CURRENT, 800)
    interval = _interval(reset, slope, tau_rc, tau_ref)
    spikes = np.isfinite(interval)
    reset, interval = reset[spikes], interval[spikes]
    middle = reset + slope * interval / 2
    order = np.argsort(middle)
    rates = np.interp(current, middle[order], 1 / interval[order])
    # With a rising current a neuron counts as active from half an interval before its
    # first spike; with a falling one, until its last spike, a whole interval after the
    # last reset.
    before = 1.0 if slope < 0 else -0.5
    silent_below = reset[0] + before * slope * interval[0]
    return np.where(current < silent_below, 0.0, rates)


def _interval(reset, slope, tau_rc, tau_ref):
    """Time from a reset to the next spike; NaN if none occurs within 5 s."""
    start = reset + slope * tau_ref

    def voltage(t):
        return (start - slope * tau_rc) * -np.expm1(-t / tau_rc) + slope * t

    times = np.concatenate([[0.0], np.geomspace(1e-5, 5.0, 200)])
    above = voltage(times[:, None]) >= 1
    first = np.maximum(np.argmax(above, axis=0), 1)
    low, high = times[first - 1], times[first]
    for _ in range(40):
        middle = (low + high) / 2
        reached = voltage(middle) >= 1
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return np.where(np.any(above, axis=0), high + tau_ref, np.nan)
