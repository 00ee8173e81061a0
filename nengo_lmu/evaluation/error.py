"""The error of a memory: its decoded window against that of the ideal memory.

One measure for every backend, a pure function of arrays: the ideal memory is the
zero-order hold of the equation (Voelker, Kajić, Eliasmith, NeurIPS 2019, eq. 1),
driven by the same input. What remains is what neurons, synapses and a chip add; the
error of the approximation itself (finite ``order``) is not in it.
"""

import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu.theory.legendre import delay_readout, state_space
from nengo_lmu.theory.lti import discretize, simulate


def ideal_state(u, order, theta, dt=0.001):
    """State of the ideal discrete memory, ``m[k] = Ad m[k-1] + Bd u[k]``.

    Parameters
    ----------
    u : (n_steps,) or (n_steps, n_channels) array_like
        Input at each step.
    order : int
        Number of Legendre polynomials.
    theta : float
        Length of the window, in seconds.
    dt : float, optional
        Time step, in seconds.

    Returns
    -------
    (n_steps, n_channels * order) ndarray
        State after each step, in Legendre coordinates, one channel after the other.
    """
    Ad, Bd = discretize(*state_space(order, theta), dt)
    return np.hstack([simulate(Ad, Bd, channel) for channel in _channels(u).T])


def window_rmse(state, u, theta, dt=0.001, n_points=50, lag=1):
    """Root mean square error of the decoded window, in units of the input.

    Parameters are those of `window_nrmse`.
    """
    return _rms_of_error_and_ideal(state, u, theta, dt, n_points, lag)[0]


def window_nrmse(state, u, theta, dt=0.001, n_points=50, lag=1):
    """RMS error of the decoded window over the RMS of the ideal window.

    The window is read at ``n_points`` delays from 0 to ``theta``, at every step from
    ``t = theta`` on; before that the window still holds the zeros it began with.

    Parameters
    ----------
    state : (n_steps, n_channels * order) array_like
        State of the memory that is measured, in Legendre coordinates, as nengo probes
        it: a row a step.
    u : (n_steps,) or (n_steps, n_channels) array_like
        Input that drove it.
    theta : float
        Length of the window, in seconds.
    dt : float, optional
        Time step, in seconds.
    n_points : int, optional
        Number of delays. From 50 on the figure does not depend on it for the orders
        at which the window is smooth; take more than ``2 * order``.
    lag : int, optional
        Steps by which the state follows the input. With 1 ``state[k]`` knows the input
        up to ``u[k - 1]``: what nengo probes at the same step, since every synapse
        takes one. With 0 it knows ``u[k]`` too: what `ideal_state` returns. Whatever a
        backend delays beyond this is part of the error.

    Returns
    -------
    float
        0 for the ideal memory, about 1 for a memory that says nothing. All channels
        are pooled.

    Raises
    ------
    ValidationError
        If the arrays do not fit together, if the signal ends before ``theta``, or if
        the ideal window is zero throughout.
    """
    error, ideal = _rms_of_error_and_ideal(state, u, theta, dt, n_points, lag)
    if ideal == 0:
        raise ValidationError(
            "must not be zero throughout: the error is in units of the ideal window",
            attr="u",
        )
    return error / ideal


def past_nrmse(state, u, theta, dt=0.001, n_points=50, lag=1):
    """RMS error of the decoded window against the true past, over the RMS of the past.

    It contains what a finite order misses, which `window_nrmse` does not. Parameters
    are those of `window_nrmse`, for one channel.
    """
    state, u = np.asarray(state, dtype=float), np.ravel(np.asarray(u, dtype=float))
    first = int(np.ceil(round(theta / dt, 9))) + lag
    if len(u) <= first:
        raise ValidationError(
            f"must last longer than theta = {theta:g} s, got {len(u) * dt:g} s", "u"
        )
    fractions = np.linspace(0, 1, n_points)
    steps = np.round(fractions * theta / dt).astype(int)
    now = np.arange(first, len(u))
    readout = delay_readout(state.shape[1], steps * dt / theta).T
    error, power = 0.0, 0.0
    for delay, column in zip(steps, readout.T, strict=True):
        past = u[now - lag - delay]
        error += np.sum((state[now] @ column - past) ** 2)
        power += np.sum(past**2)
    return float(np.sqrt(error / power))


def _channels(u):
    u = np.asarray(u, dtype=float)
    return u.reshape(len(u), -1)


def _rms_of_error_and_ideal(state, u, theta, dt, n_points, lag):
    state = np.asarray(state, dtype=float)
    n_steps, n_channels = _channels(u).shape
    if state.ndim != 2 or len(state) != n_steps or state.shape[1] % n_channels:
        raise ValidationError(
            f"must be (n_steps, n_channels * order), here ({n_steps}, {n_channels} * "
            f"order), got an array of shape {state.shape}",
            attr="state",
        )
    # Step k + 1 ends at (k + 1) dt; rounding absorbs the floating-point error of the
    # quotient, so that theta = 1 s, dt = 1 ms begins at step 1000.
    first = int(np.ceil(round(theta / dt, 9))) - 1
    if n_steps <= first:
        raise ValidationError(
            f"must last longer than theta = {theta:g} s, from which on the error is "
            f"measured, got {n_steps * dt:g} s",
            attr="u",
        )
    order = state.shape[1] // n_channels
    ideal = ideal_state(u, order, theta, dt)
    ideal = np.vstack([np.zeros((lag, ideal.shape[1])), ideal])[first:n_steps]
    readout = delay_readout(order, np.linspace(0, 1, n_points))
    # The mean square over the window is a quadratic form of the state: no array of
    # n_steps windows is needed.
    metric = readout.T @ readout / n_points

    def rms(x):
        x = x.reshape(-1, order)
        return float(np.sqrt(np.mean(np.sum((x @ metric) * x, axis=1))))

    return rms(state[first:] - ideal), rms(ideal)
