"""Linear time-invariant systems: discretize, simulate, covariances.

A system is a pair (A, B): ``dx/dt = A x + B u`` in continuous time, ``x[k] =
A x[k-1] + B u[k]`` in discrete time. The discrete one answers to the input of its own
step, as the cell of the paper and nengo's probes do.

Source: Voelker, PhD thesis, University of Waterloo, 2019.
"""

from functools import lru_cache
from itertools import repeat

import numpy as np
from nengo.exceptions import ValidationError
from scipy.linalg import expm, solve_continuous_lyapunov

from nengo_lmu import checks


def discretize(A, B, dt, method="zoh"):
    """Discrete system of a continuous one.

    Parameters
    ----------
    A, B : (d, d) and (d, inputs) array
        Continuous system, in 1/s.
    dt : float
        Time step in seconds.
    method : {"zoh", "euler"}
        "zoh" is exact for an input that is held over each step, at any step. "euler"
        (I + dt A, dt B) is its first order in dt, and stable only for small steps: an
        LMU needs a theta of 11 steps at order 6 and of about 7,000 at order 256. Even
        so it overshoots: at order 64 by 1,000 times at the limit, by a half at three
        times that theta.

    Returns
    -------
    Ad, Bd : (d, d) and (d, inputs) array

    Raises
    ------
    ValidationError
        If euler would be unstable, with the largest step that is not.
    """
    A, B = checks.system(A, B)
    dt = checks.dt(dt)
    checks.one_of(method, ("zoh", "euler"), "method")
    if method == "zoh":
        return zero_order_hold(A, B, dt)
    _check_euler(A, dt)
    return np.eye(len(A)) + dt * A, dt * B


def zero_order_hold(A, B, dt):
    """Discrete (Ad, Bd) of a checked system, from one exponential.

    Exact also where A is singular.
    """
    order, inputs = B.shape
    augmented = np.zeros((order + inputs, order + inputs))
    augmented[:order, :order] = A * dt
    augmented[:order, order:] = B * dt
    exact = expm(augmented)
    return exact[:order, :order], exact[:order, order:]


def _check_euler(A, dt):
    """Each pole p has to obey |1 + dt p| <= 1, so dt <= -2 Re(p) / |p|²."""
    poles = np.linalg.eigvals(A)
    poles = poles[poles != 0]
    largest = np.min(-2 * poles.real / np.abs(poles) ** 2, initial=np.inf)
    if largest <= 0:
        raise ValidationError(
            "euler is unstable at any dt: the system has a pole that does not decay",
            attr="method",
        )
    # The poles of an LMU of order 100 and more carry rounding errors large enough to
    # make it grow all the same.
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
    """States of a discrete system over a sequence.

    Parameters
    ----------
    Ad, Bd : (d, d) and (d, inputs) array
        Discrete system.
    u : (n_steps,) or (n_steps, inputs) array
        Input of each step.
    state : (d,) array, optional
        State before the first step, by default zero.

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
    """A system with a different step at each sample, for irregularly sampled signals.

    Each gap between samples has its exact exponential (the zero-order hold). A gap
    that comes again is looked up.

    Parameters
    ----------
    A, B : (d, d) and (d, inputs) array
        Continuous system, in 1/s.
    max_cached : int, optional
        How many gaps are remembered; the one unused for longest goes first. By
        default 1024, fewer for a large system, so that they take 64 MB at most.
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
            matrix.setflags(write=False)  # it is shared by all who ask for this gap
        return system

    def __call__(self, gap):
        """(Ad, Bd) for a gap in seconds, 0 or more. Read-only arrays."""
        if not checks.is_number(gap) or gap < 0:
            checks.fail("gap", "a finite number of seconds, 0 or more", gap, self)
        return self._exact(float(gap))

    def run(self, times, values, start=0.0, state=None):
        """States at the times of a signal's samples.

        Each value is held over the gap that ends at its time, as in the cell's
        equation; over equal gaps this is `simulate`. To hold each value over the gap
        that follows it, shift the values by one sample.

        Parameters
        ----------
        times : (n,) array
            In seconds, increasing.
        values : (n,) or (n, inputs) array
            Samples.
        start : float
            Time of the initial state, in seconds; the first gap runs from there. A
            sample at the start itself has no gap to be held over, and no effect.
        state : (d,) array, optional
            Initial state, by default zero.

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
        # Equal gaps come out of the subtraction unequal by rounding. On a grid just
        # coarser than that rounding they are one gap again, and nothing is lost.
        grid = 8 * np.spacing(np.max(np.abs(times), initial=abs(start)))
        systems = [self._exact(gap) for gap in (np.round(gaps / grid) * grid).tolist()]
        drive = [Bd @ value for (_, Bd), value in zip(systems, values, strict=True)]
        drive = np.reshape(drive, (len(times), len(self.A)))
        return _recur((Ad for Ad, _ in systems), drive, state)


def gramian(A, B):
    """Covariance of the state for white input of unit power (controllability).

    P solves ``A P + P A^T + B B^T = 0``: the covariance for white noise of two-sided
    spectral density 1 /Hz, and the energy of the impulse response.

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
    r"""Covariance of the state for white noise that is limited to a band.

    .. math:: P = \frac{\mathrm{rms}^2}{f} \int_0^f
       \mathrm{Re}\, x(\nu) x(\nu)^* \,d\nu, \qquad
       x(\nu) = (2 \pi i \nu - A)^{-1} B

    by adaptive quadrature, to ten digits of its largest element. The input is that
    of ``nengo.processes.WhiteSignal(high=freq, rms=rms)``.

    Parameters
    ----------
    A, B : (d, d) and (d, inputs) array
        Stable system: continuous (in 1/s), or discrete if ``dt`` is given.
    freq : float
        The input is flat from 0 to this frequency in Hz and nothing above.
    rms : float
        Root mean square of each input.
    dt : float, optional
        Step of a discrete system, in seconds.
    derivative : int, optional
        Of the state; 1 gives the covariance of how fast it moves, in 1/s².

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
    from scipy.integrate import quad_vec  # half a second, so only here

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
