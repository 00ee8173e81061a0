"""Linear time-invariant systems: discretization, simulation, covariances.

A system is a pair (A, B): ``dx/dt = A x + B u`` in continuous time, ``x[k] =
A x[k-1] + B u[k]`` in discrete time. The state of a discrete system depends on the
input of the same step, as in the cell of the paper.

Source: Voelker, PhD thesis, University of Waterloo, 2019.
"""

from functools import lru_cache
from itertools import repeat
from typing import Literal

import numpy as np
from nengo.exceptions import ValidationError
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm, solve_continuous_lyapunov

from nengo_lmu import checks


def discretize(
    A: ArrayLike, B: ArrayLike, dt: float, method: Literal["zoh", "euler"] = "zoh"
) -> tuple[NDArray, NDArray]:
    """Discretize a continuous system.

    Parameters
    ----------
    A, B : (d, d) and (d, inputs) array
        Continuous system, in 1/s.
    dt : float
        Time step in seconds.
    method : {"zoh", "euler"}
        "zoh" (zero-order hold) is exact if the input is constant during each step.
        "euler" (I + dt A, dt B) is its first-order approximation in dt, and stable
        only for small steps: theta must be at least 11 steps at order 6 and about
        7,000 at order 256. At order 64 it overshoots by a factor of 1,000 at this
        limit, and by a half at three times that theta.

    Returns
    -------
    Ad, Bd : (d, d) and (d, inputs) array

    Raises
    ------
    ValidationError
        If "euler" is unstable at this step. The message gives the largest stable step.

    Examples
    --------
    >>> from nengo_lmu.theory.lti import discretize
    >>> Ad, Bd = discretize(*nengo_lmu.state_space(order=1, theta=1.0), dt=0.001)
    >>> np.allclose(Ad, np.exp(-0.001)) and np.allclose(Bd, 1 - np.exp(-0.001))
    True
    """
    A, B = checks.system(A, B)
    dt = checks.dt(dt)
    checks.one_of(method, ("zoh", "euler"), "method")
    if method == "zoh":
        return zero_order_hold(A, B, dt)
    _check_euler(A, dt)
    return np.eye(len(A)) + dt * A, dt * B


def zero_order_hold(A, B, dt):
    """Zero-order hold (Ad, Bd) of a validated system; exact for a singular A, too."""
    order, inputs = B.shape
    augmented = np.zeros((order + inputs, order + inputs))
    augmented[:order, :order] = A * dt
    augmented[:order, order:] = B * dt
    exact = expm(augmented)
    return exact[:order, :order], exact[:order, order:]


def _check_euler(A, dt):
    """Check |1 + dt p| <= 1, that is dt <= -2 Re(p) / |p|², for each pole p."""
    poles = np.linalg.eigvals(A)
    poles = poles[poles != 0]
    largest = np.min(-2 * poles.real / np.abs(poles) ** 2, initial=np.inf)
    if largest <= 0:
        raise ValidationError(
            "euler is unstable at any dt: the system has a pole that does not decay",
            attr="method",
        )
    # At order 100 and above, the poles of an LMU have rounding errors so large that
    # the system can grow despite this bound.
    while not _powers_stay_bounded(np.eye(len(A)) + min(dt, largest) * A):
        largest = 0.98 * min(dt, largest)
    if dt > largest:
        raise ValidationError(
            f"euler is stable up to dt = {largest:.3g} s, got {dt:g} s; take a smaller "
            f"step, a theta at least {dt / largest:.3g} times as long, or zoh",
            attr="dt",
        )


def _powers_stay_bounded(Ad):
    """Whether 2^40 steps keep every element within 1e9."""
    for _ in range(40):
        Ad = Ad @ Ad
        largest = np.max(np.abs(Ad))
        if largest < 1e-3:
            break
        if not largest < 1e9:
            return False
    return True


def simulate(Ad, Bd, u, state=None):
    """Simulate a discrete system over a sequence.

    Parameters
    ----------
    Ad, Bd : (d, d) and (d, inputs) array
        Discrete system.
    u : (n_steps,) or (n_steps, inputs) array
        Input at each step.
    state : (d,) array, optional
        State before the first step; zero by default.

    Returns
    -------
    (n_steps, d) array
        ``x[k] = Ad x[k-1] + Bd u[k]``: row k is the state after step k + 1.
    """
    Ad, Bd = checks.system(Ad, Bd)
    drive = _signal(u, Bd.shape[1], "u") @ Bd.T
    return _recur(repeat(Ad, len(drive)), drive, state)


def _signal(values, inputs, attr):
    values = checks.array(values, attr)
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] != inputs:
        checks.fail(attr, f"of shape (n_steps, {inputs})", values)
    return values


def _recur(transitions, drive, state):
    """Rows ``x[k] = A[k] x[k-1] + drive[k]``."""
    states = np.empty_like(drive)
    x = np.zeros(drive.shape[1]) if state is None else checks.array(state, "state")
    if x.shape != drive.shape[1:]:
        checks.fail("state", f"of shape {drive.shape[1:]}", x)
    for k, (A, push) in enumerate(zip(transitions, drive, strict=True)):
        x = A @ x + push
        states[k] = x
    return states


class VariableStep:
    """System with a variable step, for irregularly sampled signals.

    Each gap between samples is discretized exactly (zero-order hold). Recent results
    are cached by gap.

    Parameters
    ----------
    A, B : (d, d) and (d, inputs) array
        Continuous system, in 1/s.
    max_cached : int, optional
        Number of cached gaps; the least recently used one is dropped first. By
        default 1024, or fewer for a large system, to use at most 64 MB.
    """

    def __init__(self, A, B, max_cached=None):
        self.A, self.B = checks.system(A, B)
        if max_cached is None:
            max_cached = max(1, min(1024, 2**26 // self.A.nbytes))
        self.max_cached = checks.integer(max_cached, attr="max_cached", obj=self)
        self._exact = lru_cache(self.max_cached)(self._discretize)

    def _discretize(self, gap):
        system = zero_order_hold(self.A, self.B, gap)
        for matrix in system:
            matrix.setflags(write=False)  # shared by all calls with this gap
        return system

    def __call__(self, gap):
        """Return (Ad, Bd), read-only, for a gap in seconds (0 or more)."""
        if not checks.is_number(gap) or gap < 0:
            checks.fail("gap", "a finite number of seconds, 0 or more", gap, self)
        return self._exact(float(gap))

    def run(self, times, values, start=0.0, state=None):
        """Return the states at the times of the samples.

        Each value is held over the gap before its time, as in the cell's equation;
        with equal gaps the result is that of `simulate`. To hold each value over the
        gap after it, shift the values by one sample.

        Parameters
        ----------
        times : (n,) array
            In seconds, increasing.
        values : (n,) or (n, inputs) array
            Samples.
        start : float
            Time of the initial state, in seconds, where the first gap begins. A sample
            at this time has a gap of 0 and no effect.
        state : (d,) array, optional
            Initial state; zero by default.

        Returns
        -------
        (n, d) array
        """
        times = checks.array(times, "times", self)
        values = _signal(values, self.B.shape[1], "values")
        if times.shape != values.shape[:1]:
            checks.fail("times", f"of shape {values.shape[:1]}", times, self)
        gaps = np.diff(times, prepend=start)
        if np.any(gaps[:1] < 0) or np.any(gaps[1:] <= 0):
            checks.fail("times", f"increasing from start = {start:g} s", times, self)
        # The subtraction makes equal gaps differ by rounding errors. A grid just
        # coarser than these makes them equal again, for the cache.
        grid = 8 * np.spacing(np.max(np.abs(times), initial=abs(start)))
        systems = [self._exact(gap) for gap in (np.round(gaps / grid) * grid).tolist()]
        drive = [Bd @ value for (_, Bd), value in zip(systems, values, strict=True)]
        drive = np.reshape(drive, (len(times), len(self.A)))
        return _recur((Ad for Ad, _ in systems), drive, state)


def gramian(A, B):
    """Controllability Gramian: the covariance of the state for white input.

    P solves ``A P + P A^T + B B^T = 0``. It is the covariance for white noise with a
    two-sided spectral density of 1 /Hz, and the energy of the impulse response.

    Parameters
    ----------
    A, B : (d, d) and (d, inputs) array
        Continuous, stable system, in 1/s.

    Returns
    -------
    (d, d) array
    """
    A, B = checks.system(A, B)
    return solve_continuous_lyapunov(A, -B @ B.T)


def band_gramian(A, B, freq, rms=1.0, dt=None, derivative=0):
    r"""Covariance of the state for band-limited white noise.

    .. math:: P = \frac{\mathrm{rms}^2}{f} \int_0^f
       \mathrm{Re}\, x(\nu) x(\nu)^* \,d\nu, \qquad
       x(\nu) = (2 \pi i \nu - A)^{-1} B

    by adaptive quadrature, to ten digits of its largest element. The input is
    ``nengo.processes.WhiteSignal(high=freq, rms=rms)``.

    Parameters
    ----------
    A, B : (d, d) and (d, inputs) array
        Stable system: continuous (in 1/s), or discrete if ``dt`` is given.
    freq : float
        The spectrum of the input is flat from 0 to this frequency (Hz) and 0 above.
    rms : float
        Root mean square of each input.
    dt : float, optional
        Step of a discrete system, in seconds.
    derivative : int, optional
        Order of the time derivative of the state; 1 gives a covariance in 1/s².

    Returns
    -------
    (d, d) array
    """
    A, B = checks.system(A, B)
    derivative = checks.integer(derivative, 0, attr="derivative")
    freq = checks.positive(freq, "freq", "Hz")
    rms = checks.positive(rms, "rms")
    if dt is not None and freq > 0.5 / checks.dt(dt):
        checks.fail("freq", f"at most 1 / (2 dt) = {0.5 / dt:g} Hz", freq)
    from scipy.integrate import quad_vec  # importing takes 0.5 s

    eye = np.eye(len(A))

    def density(f):
        s = 2j * np.pi * f
        if dt is None:
            x = np.linalg.solve(s * eye - A, B)
        else:
            x = np.linalg.solve(eye - np.exp(-s * dt) * A, B)
        return np.abs(s) ** (2 * derivative) * (x @ x.conj().T).real

    integral, _ = quad_vec(density, 0, freq, epsrel=1e-10, norm="max")
    return rms**2 / freq * integral
