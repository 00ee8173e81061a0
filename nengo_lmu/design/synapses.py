"""Principle 3: map a linear system onto the synapse of a recurrent connection.

Sources: Voelker & Eliasmith, "Improving spiking dynamical networks: Accurate delays,
higher-order synapses, and time cells", Neural Computation 2018 (Principle 3 and its
extension to synapses of higher order); Voelker, PhD thesis, University of Waterloo,
2019.
"""

import numpy as np
from nengo.exceptions import ValidationError
from nengo.synapses import LinearFilter, Lowpass
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_discrete_lyapunov

from nengo_lmu import checks
from nengo_lmu.theory.lti import discretize, zero_order_hold


def discrete_lowpass(pole):
    """The synapse ``y[k+1] = a y[k] + (1 - a) x[k]`` of a pole a in [0, 1)."""
    if not checks.is_number(pole) or not 0 <= pole < 1:
        checks.fail("pole", "a number in [0, 1)", pole)
    return LinearFilter([1 - pole], [1, -pole], analog=False)


def lowpass_pole(synapse, dt):
    """The pole of a `nengo.Lowpass` or of a `discrete_lowpass` at a time step."""
    if isinstance(synapse, Lowpass):
        return np.exp(-dt / synapse.tau)
    return -synapse.den[1]


def effective_tau(synapse, dt):
    """Time constant of the lowpass that passes as much white noise, in seconds."""
    if isinstance(synapse, Lowpass):
        return synapse.tau
    F, g, c = synapse_system(synapse, dt)
    power = c @ solve_discrete_lyapunov(F, g @ g.T) @ c.T
    return dt / (2 * power.item())


def map_to_synapse(
    A: ArrayLike,
    B: ArrayLike,
    synapse: float | LinearFilter,
    dt: float | None = None,
) -> tuple[NDArray, NDArray]:
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
    synapse : float or nengo.synapses.LinearFilter
        A time constant in seconds (a lowpass), or a filter such as Lowpass or Alpha.
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

    Examples
    --------
    >>> A, B = nengo_lmu.state_space(order=6, theta=1.0)
    >>> recurrent, drive = nengo_lmu.map_to_synapse(A, B, synapse=0.1)
    >>> np.allclose(recurrent, 0.1 * A + np.eye(6)) and np.allclose(drive, 0.1 * B)
    True
    """
    A, B = checks.system(A, B)
    num, den, gain, analog = _transfer_function(synapse, dt)
    _check_step(synapse, dt)
    if not analog:
        A, B = discretize(A, B, dt)
    _check_loop(A, num, den, analog, synapse)
    rest, _ = np.polydiv(np.polysub(den, num / gain), [1, 0 if analog else -1])
    numerator = _polynomial(num, A)
    return (
        np.linalg.solve(numerator, _polynomial(den, A)),
        np.linalg.solve(numerator, _polynomial(rest, A) @ B),
    )


def _check_step(synapse, dt):
    if dt is None or not getattr(synapse, "analog", True):
        return
    den = synapse.den if isinstance(synapse, LinearFilter) else [synapse, 1]
    fastest = np.max(np.abs(np.roots(den)), initial=0)
    if checks.dt(dt) * fastest > 1 + 1e-9:
        limit = f"at most the shortest time constant of {synapse}, {1 / fastest:g} s"
        checks.fail("dt", limit, dt)


def _transfer_function(synapse, dt):
    """Numerator, denominator, gain of a constant, whether they are continuous."""
    if checks.is_number(synapse) and synapse > 0:
        synapse = Lowpass(synapse)
    if not isinstance(synapse, LinearFilter):
        checks.fail(
            "synapse",
            "a time constant above 0 s or a nengo LinearFilter (Lowpass, Alpha)",
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
        if synapse.method != "zoh":
            checks.fail("synapse", "a filter of method 'zoh'", synapse.method)
        num, den = _discrete_filter(num, den, dt)
        analog = False
    return num, den, top / bottom, analog


def correct_lead(recurrent, drive, A, B, leads):
    """Transforms of the decoded value, from those of the state.

    The decoded value is w = x + L dx/dt = (I + L A) x + L B u with the phase leads L,
    so x = (I + L A)^-1 (w - L B u).

    Parameters
    ----------
    recurrent, drive : (d, d) and (d, inputs) array
        Transforms of x and of the input u, as `map_to_synapse` returns them.
    A, B : (d, d) and (d, inputs) array
        Continuous system of x, in 1/s.
    leads : (d, 1) array
        In seconds.
    """
    back = recurrent @ np.linalg.inv(np.eye(len(A)) + leads * A)
    return back, drive - back @ (leads * B)


def synapse_system(synapse, dt):
    """A synapse as a discrete system: ``z[k+1] = F z[k] + g x[k]``, ``y[k] = c z[k]``.

    Parameters
    ----------
    synapse : float or nengo.synapses.LinearFilter
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
    F, g = zero_order_hold(F, g, dt)
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
