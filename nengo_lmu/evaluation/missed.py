"""What the ideal memory of an order misses of the past, from a spectrum of the input.

The ideal memory is linear. From an input of one frequency it decodes, at each delay, an
output of this frequency, whose difference from the delayed input is known. So its error
follows from the power at each frequency, for any order, without a simulation.
"""

import numpy as np
from scipy.linalg import schur

from nengo_lmu.theory.legendre import delay_readout, state_space
from nengo_lmu.theory.lti import discretize

N_BAND = 300
"""Frequencies of a flat band, at least; more where it has more periods in a window."""

N_FAST = 100
"""Frequencies that an order hardly holds at which a spectrum is looked at."""


def expected_spectrum(choices, channel):
    """Frequencies of the expected input of a channel, and the mean square of each.

    Parameters
    ----------
    choices : Choices
    channel : int

    Returns
    -------
    freq : (n,) array
        In Hz.
    power : (n,) array
        Its sum is the mean square of the input.
    """
    if choices.sample is None:
        band, power = float(choices.freq[channel]), float(choices.rms[channel]) ** 2
        band = min(band, 0.5 / choices.dt)
        n = max(N_BAND, int(20 * band * choices.theta))
        return (np.arange(n) + 0.5) * band / n, np.full(n, power / n)
    sample = choices.sample[:, channel]
    # Forth and back, so that no jump from its end to its beginning is in the spectrum.
    both = np.append(sample, sample[::-1])
    power = np.abs(np.fft.rfft(both) / len(both)) ** 2
    power[1:-1] *= 2
    return np.fft.rfftfreq(len(both), choices.dt), power


def missed_share(order, theta, freq, dt=0.001):
    """Share of the power at each frequency that an ideal memory does not decode.

    Parameters
    ----------
    order : int
    theta : float
        Window in seconds.
    freq : (n,) array
        In Hz.
    dt : float, optional
        Time step in seconds.

    Returns
    -------
    (n,) array
        Mean square over the delays of the window of the difference from the delayed
        input, relative to that of the input. About 1 or more for what is too fast.
    """
    Ad, Bd = discretize(*state_space(order, theta), dt)
    triangular, rotation = schur(Ad, output="complex")
    turn = 2j * np.pi * np.asarray(freq)
    states = np.empty((order, len(turn)), dtype=complex)
    drive = rotation.conj().T @ Bd
    back = np.exp(-turn * dt)
    for row in range(order - 1, -1, -1):
        later = triangular[row, row + 1 :] @ states[row + 1 :]
        states[row] = (drive[row] + back * later) / (1 - back * triangular[row, row])
    delays = np.linspace(0, 1, 2 * order + 1)
    decoded = (delay_readout(order, delays) @ rotation) @ states
    past = np.exp(-theta * delays[:, None] * turn)
    return np.mean(np.abs(decoded - past) ** 2, axis=0)


def missed_error(choices, order):
    """NRMSE of the ideal memory against the true past, for the expected input.

    Parameters
    ----------
    choices : Choices
        Of the memory, which may have another order.
    order : int

    Returns
    -------
    float
        Over all channels.
    """
    missed = total = 0.0
    for channel in _different(choices):
        freq, power = expected_spectrum(choices, channel)
        missed += power @ _at_each(order, choices, freq)
        total += np.sum(power)
    return float(np.sqrt(missed / total))


def _different(choices):
    """The channels, one of those that have the same expected input."""
    if choices.sample is not None:
        same = np.all(choices.sample == choices.sample[:, :1])
    else:
        same = np.ptp(choices.freq) == 0 and np.ptp(choices.rms) == 0
    return range(1 if same else choices.n_channels)


def _at_each(order, choices, freq):
    """The share at many frequencies: it is smooth, and flat where they are fast."""
    grid = _grid(order, choices.theta, freq[-1])
    if len(freq) <= len(grid):
        return missed_share(order, choices.theta, freq, choices.dt)
    share = missed_share(order, choices.theta, grid, choices.dt)
    return np.interp(freq, grid, share)


def _grid(order, theta, highest):
    slow, fast = np.arange(0, 1, 1 / 64), np.arange(1, 2 * order + 1, 1 / 16)
    grid = np.concatenate([slow, fast]) / theta
    if grid[-1] < highest:
        return np.append(grid, np.geomspace(grid[-1], highest, N_FAST)[1:])
    return grid[: np.searchsorted(grid, highest) + 1]
