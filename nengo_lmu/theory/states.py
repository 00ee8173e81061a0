"""States of the ideal memory for whole sequences at once.

The memory is linear and time-invariant. Without feedback into it, its states are the
convolution of the input with its impulse response, computed by FFT, and its last state
is one matrix product (Chilkuri & Eliasmith, "Parallelizing Legendre Memory Unit
training", ICML 2021).
"""

import numpy as np
from scipy import fft

from nengo_lmu import checks
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize

CHUNK = 2**26
"""Bytes of the largest intermediate array."""


def impulse_response(order, theta, n_steps, dt=0.001):
    """States for an input that is 1 in the first step and 0 afterwards.

    Parameters
    ----------
    order : int
        Number of Legendre polynomials.
    theta : float
        Window in seconds.
    n_steps : int
    dt : float, optional
        Time step in seconds.

    Returns
    -------
    (n_steps, order) array
        Row k is ``Ad^k Bd``, with the zero-order hold.
    """
    n_steps = checks.integer(n_steps, attr="n_steps")
    power, Bd = discretize(*state_space(order, theta), dt)
    response = np.empty((n_steps, order))
    response[0] = Bd[:, 0]
    known = 1
    # The next rows are the known ones, advanced by as many steps.
    while known < n_steps:
        more = min(known, n_steps - known)
        response[known : known + more] = response[:more] @ power.T
        power = power @ power
        known += more
    return response


def states(u, order, theta, dt=0.001, dtype=np.float64):
    """States of the ideal memory after each step of each sequence.

    Parameters
    ----------
    u : (n_series, n_steps) or (n_series, n_steps, n_channels) array
        Inputs; each channel has a memory of its own, which starts at zero.
    order : int
        Number of Legendre polynomials.
    theta : float
        Window in seconds.
    dt : float, optional
        Time step in seconds.
    dtype : {float64, float32}, optional
        Type of the result. float32 takes half the time and memory; its error is about
        1e-6 of the largest state.

    Returns
    -------
    (n_series, n_steps, n_channels * order) array
        States, channel by channel. Row k depends on the input of the same step, as in
        `nengo_lmu.theory.lti.simulate`; the probed state of a memory network is one
        step later.
    """
    u = _sequences(u)
    n_series, n_steps, n_channels = u.shape
    size = fft.next_fast_len(2 * n_steps - 1, real=True)
    response = impulse_response(order, theta, n_steps, dt).astype(dtype)
    response = fft.rfft(response, size, axis=0)
    result = np.empty((n_series, n_steps, n_channels, order), dtype)
    for rows in _chunks(n_series, size * n_channels * order * result.itemsize):
        spectrum = fft.rfft(u[rows].astype(dtype), size, axis=1)
        product = spectrum[..., None] * response[:, None]
        result[rows] = fft.irfft(product, size, axis=1)[:, :n_steps]
    return result.reshape(n_series, n_steps, n_channels * order)


def last_state(u, order, theta, dt=0.001, dtype=np.float64):
    """States of the ideal memory after the last step of each sequence.

    Parameters are those of `states`.

    Returns
    -------
    (n_series, n_channels * order) array
    """
    u = _sequences(u)
    n_series, n_steps, n_channels = u.shape
    response = impulse_response(order, theta, n_steps, dt)[::-1].astype(dtype)
    result = np.empty((n_series, n_channels, order), dtype)
    for rows in _chunks(n_series, n_steps * n_channels * result.itemsize):
        result[rows] = np.moveaxis(u[rows].astype(dtype), 1, 2) @ response
    return result.reshape(n_series, n_channels * order)


def _sequences(u):
    u = np.asarray(u)
    if u.ndim not in (2, 3) or u.size == 0 or u.dtype.kind not in "fiub":
        allowed = "numbers of shape (n_series, n_steps[, n_channels])"
        checks.fail("u", allowed, u)
    return u.reshape(*u.shape[:2], -1)


def _chunks(n_series, bytes_each):
    """Slices of the series that need at most `CHUNK` bytes."""
    step = max(1, CHUNK // bytes_each)
    return [slice(first, first + step) for first in range(0, n_series, step)]
