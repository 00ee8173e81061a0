"""Linear time-invariant systems: discretize, run, measure, map onto a synapse.

A system is a pair (A, B): ``dx/dt = A x + B u`` in continuous time, ``x[k] =
A x[k-1] + B u[k]`` in discrete time. The discrete one answers to the input of its own
step, as the cell of the paper and nengo's probes do.

Sources: Voelker & Eliasmith, "Improving spiking dynamical networks: Accurate delays,
higher-order synapses, and time cells", Neural Computation 2018 (Principle 3 and its
extension to synapses of higher order); Voelker, PhD thesis, University of Waterloo,
2019.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat

import numpy as np
from nengo.exceptions import ValidationError
from nengo.synapses import LinearFilter, Lowpass
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
        return _zero_order_hold(A, B, dt)
    _check_euler(A, dt)
    return np.eye(len(A)) + dt * A, dt * B


def _zero_order_hold(A, B, dt):
    """Both matrices from one exponential, exact also where A is singular."""
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
        system = _zero_order_hold(self.A, self.B, gap)
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


@dataclass(frozen=True)
class RealPole:
    """A synapse given by its discrete pole: ``y[k+1] = a y[k] + (1 - a) x[k]``.

    Parameters
    ----------
    pole : float
        The pole a, in [0, 1).
    """

    pole: float

    def __post_init__(self):
        if not checks.is_number(self.pole) or not 0 <= self.pole < 1:
            checks.fail("pole", "a number in [0, 1)", self.pole, self)

    @classmethod
    def on_loihi(cls, tau, dt=0.001):
        """What Loihi makes of a lowpass synapse: its decay has 12 bits.

        ``decay_u = round(4095 (1 - exp(-dt / tau)) - 1)``, and the chip keeps
        (4095 - decay_u) / 4096 of the current a step. Longer time constants than about
        4096 steps are not to be had.

        Parameters
        ----------
        tau : float
            Time constant in seconds.
        dt : float
            Time step in seconds.
        """
        tau, dt = checks.positive(tau, "tau", "s"), checks.dt(dt)
        decay_u = np.round(-np.expm1(-dt / tau) * 4095 - 1)
        return cls(float((4095 - np.clip(decay_u, 0, 4095)) / 4096))


def map_to_synapse(A, B, synapse, dt=None):
    r"""Principle 3: the transforms that make a synapse's loop follow (A, B).

    With H the transfer function of the synapse, from the signal to what arrives,

    .. math:: A' = H^{-1}(A), \qquad B' = (H^{-1}(A) - H^{-1}(x_0))(A - x_0)^{-1} B

    (Voelker & Eliasmith 2018), where continuous H and A go with :math:`x_0 = 0` and
    discrete ones, which the zero-order hold makes, with :math:`x_0 = 1`. For a
    lowpass these are :math:`\tau A + I, \tau B` and :math:`(A_d - aI)/(1 - a),
    B_d/(1 - a)`, and exact.

    For a synapse of higher order the recurrent transform is exact as well. The input
    transform is exact for a constant input; the exact one would need the input's
    derivatives (continuous) or its past (discrete). A changing input is seen as if
    filtered: for Alpha by :math:`(1 + s \tau (2 + \tau A)^{-1})^{-1}`, about a lowpass
    of :math:`\tau / 2`.

    The discrete mapping counts on the delay of one step that nengo gives to each
    synapse: the loop then is :math:`x[k] = A_d x[k-1] + B_d u[k-1]`, to rounding.

    Parameters
    ----------
    A, B : (d, d) and (d, inputs) array
        Continuous system, in 1/s.
    synapse : float, nengo.synapses.LinearFilter or RealPole
        A time constant in seconds (a lowpass), a filter such as Lowpass or Alpha, or
        the pole of a lowpass on the chip.
    dt : float, optional
        Time step in seconds. By default the continuous mapping, which is the limit of
        short steps and loses accuracy at any other.

    Returns
    -------
    recurrent, input : (d, d) and (d, inputs) array

    Raises
    ------
    ValidationError
        If the synapse cannot be mapped: it is no linear filter, or has no memory, or
        passes no constant; if dt is longer than its shortest time constant; if it is
        slower than the system, so that the loop would grow through the synapse.
    """
    A, B = checks.system(A, B)
    num, den, gain, analog = _transfer_function(synapse, dt)
    if not analog:
        A, B = discretize(A, B, dt)
    _check_loop(A, num, den, analog, synapse)
    rest, _ = np.polydiv(np.polysub(den, num / gain), [1, 0 if analog else -1])
    numerator = _polynomial(num, A)
    return (
        np.linalg.solve(numerator, _polynomial(den, A)),
        np.linalg.solve(numerator, _polynomial(rest, A) @ B),
    )


def _transfer_function(synapse, dt):
    """Numerator, denominator, gain of a constant, whether they are continuous."""
    if isinstance(synapse, RealPole):
        pole = synapse.pole
        synapse = LinearFilter([1 - pole], [1, -pole], analog=False)
    if checks.is_number(synapse) and synapse > 0:
        synapse = Lowpass(synapse)
    if not isinstance(synapse, LinearFilter):
        checks.fail(
            "synapse",
            "a time constant above 0 s, a nengo LinearFilter (Lowpass, Alpha), or a "
            "RealPole",
            synapse,
        )
    analog = synapse.analog
    num, den = (np.trim_zeros(p, "f") for p in (synapse.num, synapse.den))
    if len(num) >= len(den):
        checks.fail("synapse", "a filter that does not pass its input at once", synapse)
    constant = 0 if analog else 1
    top, bottom = np.polyval(num, constant), np.polyval(den, constant)
    if top == 0 or bottom == 0:
        checks.fail("synapse", "a filter that passes a constant as a constant", synapse)
    if not analog and dt is None:
        raise ValidationError("must be given for a discrete synapse", attr="dt")
    if analog and dt is not None:
        fastest = np.max(np.abs(np.roots(den)), initial=0)
        if checks.dt(dt) * fastest > 1 + 1e-9:
            limit = (
                f"at most the shortest time constant of {synapse}, {1 / fastest:g} s"
            )
            checks.fail("dt", limit, dt)
        if synapse.method != "zoh":
            checks.fail("synapse", "a filter of method 'zoh'", synapse.method)
        num, den = _discrete_filter(num, den, dt)
        analog = False
    return num, den, top / bottom, analog


def synapse_system(synapse, dt):
    """A synapse as a discrete system: ``z[k+1] = F z[k] + g x[k]``, ``y[k] = c z[k]``.

    Parameters
    ----------
    synapse : float, nengo.synapses.LinearFilter or RealPole
        As for `map_to_synapse`.
    dt : float
        Time step in seconds.

    Returns
    -------
    F, g, c : (k, k), (k, 1) and (1, k) array
    """
    num, den, _, _ = _transfer_function(synapse, dt)
    return _companion(num, den)


def _companion(num, den):
    """A strictly proper filter as a system (F, g, c), in controllable form."""
    order = len(den) - 1
    F = np.eye(order, k=-1)
    F[0] = -den[1:] / den[0]
    c = np.zeros((1, order))
    c[0, order - len(num) :] = num / den[0]
    return F, np.eye(order, 1), c


def _discrete_filter(num, den, dt):
    """Zero-order hold of a strictly proper continuous filter, as polynomials."""
    F, g, c = _companion(num, den)
    F, g = _zero_order_hold(F, g, dt)
    # The determinant of a matrix changed by one column and one row.
    den = np.poly(F)
    return np.trim_zeros(np.poly(F - g @ c) - den, "f"), den


def _check_loop(A, num, den, analog, synapse):
    """A synapse of order k gives the loop k poles for each of A; all must decay.

    The poles of the loop solve H(z) H^{-1}(p) = 1, and p itself is one of them.
    """
    if len(den) == 2:
        return
    for pole in np.linalg.eigvals(A):
        gain = np.polyval(den, pole) / np.polyval(num, pole)
        roots = np.roots(np.polysub(den, gain * num))
        others = np.delete(roots, np.argmin(np.abs(roots - pole)))
        if np.any(others.real >= 0) if analog else np.any(np.abs(others) >= 1):
            checks.fail("synapse", "faster: the loop through it would grow", synapse)


def _polynomial(coefficients, A):
    """A polynomial of a matrix, by Horner's rule; the highest power comes first."""
    result = np.zeros_like(A)
    for c in coefficients:
        result = result @ A + c * np.eye(len(A))
    return result
