"""Error of a memory: its decoded window compared with that of the ideal memory.

The measure is a pure function of arrays, the same for every backend. The ideal memory
is the zero-order hold of the equation (Voelker, Kajić, Eliasmith, NeurIPS 2019, eq. 1)
with the same input. The error is therefore that of neurons, synapses and chip; the
approximation error of a finite ``order`` is not included.
"""

import numpy as np
from nengo.exceptions import ValidationError
from numpy.typing import ArrayLike, NDArray

from nengo_lmu import checks
from nengo_lmu.theory.legendre import delay_readout, state_space
from nengo_lmu.theory.lti import discretize, simulate


def ideal_state(u: ArrayLike, order: int, theta: float, dt: float = 0.001) -> NDArray:
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
        State after each step, in Legendre coordinates, channel by channel.

    Examples
    --------
    >>> from nengo_lmu.evaluation.error import ideal_state
    >>> state = ideal_state(np.ones(3000), order=3, theta=1.0)
    >>> np.round(state[-1], 2) + 0.0  # a constant is the first polynomial
    array([1., 0., 0.])
    """
    Ad, Bd = discretize(*state_space(order, theta), dt)
    return np.hstack([simulate(Ad, Bd, channel) for channel in _channels(u).T])


def window_rmse(state, u, theta, dt=0.001, n_points=50, lag=1):
    """Root mean square error of the decoded window, in units of the input.

    Parameters are those of `window_nrmse`.
    """
    return _rms(window_squares(state, u, theta, dt, n_points, lag)[0])


def window_nrmse(
    state: ArrayLike,
    u: ArrayLike,
    theta: float,
    dt: float = 0.001,
    n_points: int = 50,
    lag: int = 1,
    start: float | None = None,
) -> float:
    """RMS error of the decoded window divided by the RMS of the ideal window.

    The window is decoded at ``n_points`` delays from 0 to ``theta``, at every step from
    ``t = theta`` on. Before that the window contains its initial zeros.

    Parameters
    ----------
    state : (n_steps, n_channels * order) array_like
        Probed state of the measured memory, in Legendre coordinates.
    u : (n_steps,) or (n_steps, n_channels) array_like
        Input of that memory.
    theta : float
        Length of the window, in seconds.
    dt : float, optional
        Time step, in seconds.
    n_points : int, optional
        Number of delays. From 50 on the result hardly depends on it while the window
        is smooth; use more than ``2 * order``.
    lag : int, optional
        Steps by which the state lags the input. With 1, ``state[k]`` depends on the
        input up to ``u[k - 1]``, as in nengo, where every synapse takes one step. With
        0, it depends on ``u[k]``, too, as in `ideal_state`. Any further delay of a
        backend is part of the error.
    start : float, optional
        Seconds from which on it is measured; theta by default. Neurons that take turns
        err most by how they begin.

    Returns
    -------
    float
        Error over all channels: 0 for the ideal memory, 1 for a state of zero.

    Raises
    ------
    ValidationError
        If the shapes do not match, if the signal is shorter than ``theta``, or if the
        ideal window is zero throughout.

    Examples
    --------
    >>> from nengo_lmu.evaluation.error import ideal_state
    >>> u = nengo_lmu.signals.white_noise(4.0, freq=1.0)
    >>> state = ideal_state(u, order=6, theta=1.0)
    >>> nengo_lmu.window_nrmse(state, u, theta=1.0, lag=0)
    0.0
    >>> round(nengo_lmu.window_nrmse(0.9 * state, u, theta=1.0, lag=0), 6)
    0.1
    """
    error, ideal = map(_rms, window_squares(state, u, theta, dt, n_points, lag, start))
    if ideal == 0:
        raise ValidationError(
            "must not be zero throughout: the error is relative to the ideal window",
            attr="u",
        )
    return error / ideal


def window_squares(
    state: ArrayLike,
    u: ArrayLike,
    theta: float,
    dt: float = 0.001,
    n_points: int = 50,
    lag: int = 1,
    start: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean squares of the error of the window and of the ideal window, at each step.

    Parameters are those of `window_nrmse`.

    Returns
    -------
    error, ideal : (n_steps,) ndarray
        From ``start`` on.
    """
    start = theta if start is None else max(theta, checks.positive(start, "start", "s"))
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
    first = int(np.ceil(round(start / dt, 9))) - 1
    if n_steps <= first:
        raise ValidationError(
            f"must last longer than {'theta' if start == theta else 'start'} = "
            f"{start:g} s, where the measurement begins, "
            f"got {n_steps * dt:g} s",
            attr="u",
        )
    order = state.shape[1] // n_channels
    ideal = ideal_state(u, order, theta, dt)
    ideal = np.vstack([np.zeros((lag, ideal.shape[1])), ideal])[first:n_steps]
    readout = delay_readout(order, np.linspace(0, 1, n_points))
    # The mean square over the window is a quadratic form of the state, which avoids an
    # array of n_steps windows.
    metric = readout.T @ readout / n_points

    def squares(x):
        x = x.reshape(len(x), -1, order)
        return np.mean(np.sum((x @ metric) * x, axis=2), axis=1)

    return squares(state[first:] - ideal), squares(ideal)


def past_nrmse(
    state: ArrayLike,
    u: ArrayLike,
    theta: float,
    dt: float = 0.001,
    n_points: int = 50,
    lag: int = 1,
) -> float:
    """RMS error of the decoded window relative to the true past input.

    Unlike `window_nrmse`, it includes the approximation error of a finite order.
    Parameters are those of `window_nrmse`, for one channel.

    Examples
    --------
    >>> from nengo_lmu.evaluation.error import ideal_state, past_nrmse
    >>> u = nengo_lmu.signals.white_noise(4.0, freq=1.0)
    >>> state = ideal_state(u, order=6, theta=1.0)
    >>> 0 < past_nrmse(state, u, theta=1.0, lag=0) < 0.02  # the polynomials' own
    True
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
    # 700 steps of 1 ms are a little more than 0.7 s.
    readout = delay_readout(state.shape[1], np.minimum(1, steps * dt / theta)).T
    error, power = 0.0, 0.0
    for delay, column in zip(steps, readout.T, strict=True):
        past = u[now - lag - delay]
        error += np.sum((state[now] @ column - past) ** 2)
        power += np.sum(past**2)
    return float(np.sqrt(error / power))


def _channels(u):
    u = np.asarray(u, dtype=float)
    return u.reshape(len(u), -1)


def _rms(squares):
    return float(np.sqrt(np.mean(squares)))
