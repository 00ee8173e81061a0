"""The filter of an output, and what its lag leaves of a function."""

import numpy as np
from nengo import LinearFilter, Lowpass
from scipy.signal import bessel, cont2discrete, lfilter

from nengo_lmu.design.synapses import effective_tau

N_PATH = 1000
"""Steps of a fifth of a lag for the lag's error."""

BESSEL_ORDER = 3
"""Order of the Bessel filter: its delay is flat, its noise about that of a lowpass."""


def delay_filter(lag):
    """A Bessel filter with this delay, in seconds."""
    num, den = bessel(BESSEL_ORDER, 1 / lag, analog=True, norm="delay")
    return LinearFilter(num / den[-1], den / den[-1])


def lag_error(function, windows, synapse, ahead=None):
    """What a filter, and the prediction of the state, miss of a function on the path.

    Parameters
    ----------
    function : callable
        From states (n, size) to values (n, targets).
    windows : WindowStatistics
    synapse : nengo.LinearFilter
    ahead : (size, size) array, optional
        From a state to the one that is expected and seen in its place.

    Returns
    -------
    float
        RMS of the difference.
    """
    tau = effective_tau(synapse, windows.dt)
    stride = max(1, int(tau / windows.step / 5))
    path = windows.path[::stride][:N_PATH]
    values = function(path)
    given = values if ahead is None else function(path @ ahead.T)
    if not synapse.analog:  # by the lowpass that passes as much noise
        synapse = Lowpass(tau)
    system, step = (synapse.num, synapse.den), stride * windows.step
    num, den, _ = cont2discrete(system, step, method="foh")
    missed = lfilter(np.ravel(num), den, given, axis=0) - values
    skipped = min(int(5 * tau / windows.step / stride) + 5, len(missed) // 2)
    return float(np.sqrt(np.mean(missed[skipped:] ** 2)))
