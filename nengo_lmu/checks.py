"""Checks of arguments. Each returns the value or raises nengo's ValidationError.

A message states what is allowed, then what was given. nengo puts the name of the
argument before it, and the class if ``obj`` is given.
"""

import numbers

import numpy as np
from nengo.exceptions import ValidationError

MAX_ORDER = 1000


def fail(attr, allowed, value, obj=None):
    """Raise a ValidationError that states what ``attr`` must be and what was given."""
    given = repr(value)
    if isinstance(value, np.ndarray) and value.ndim > 0:
        given = f"an array of shape {value.shape}"
    raise ValidationError(f"must be {allowed}, got {given}", attr, obj)


def is_number(value):
    """Whether ``value`` is one finite real number (a bool is not)."""
    return (
        isinstance(value, numbers.Real)
        and not isinstance(value, (bool, np.bool_))
        and bool(np.isfinite(value))
    )


def integer(value, low=1, high=None, attr="value", obj=None):
    """An integer from ``low`` to ``high`` (no upper limit if None)."""
    whole = is_number(value) and value == int(value)
    if not whole or value < low or (high is not None and value > high):
        limit = f"from {low} to {high}" if high is not None else f"of at least {low}"
        fail(attr, f"an integer {limit}", value, obj)
    return int(value)


def order(value, obj=None):
    """Number of polynomials, an integer from 1 to 1000."""
    return integer(value, 1, MAX_ORDER, attr="order", obj=obj)


def n_neurons(value, order, obj=None):
    """Number of neurons of a memory, at least one per dimension."""
    return integer(value, order, attr="n_neurons", obj=obj)


def positive(value, attr="value", unit="", obj=None):
    """A finite number above 0; ``unit`` is part of the message."""
    if not is_number(value) or value <= 0:
        fail(attr, f"a finite number above 0{unit and ' ' + unit}", value, obj)
    return float(value)


def dt(value, obj=None):
    """A time step in seconds, above 0."""
    return positive(value, attr="dt", unit="s", obj=obj)


def theta(value, dt=None, obj=None):
    """A window in seconds, above 0; at least two steps if ``dt`` is given."""
    value = positive(value, attr="theta", unit="s", obj=obj)
    if dt is not None and value < 2 * dt * (1 - 1e-9):
        fail("theta", f"at least two time steps ({2 * dt:g} s)", value, obj)
    return value


def fraction(value, attr="fraction", obj=None):
    """Fractions of the window, each in [0, 1], as an array (n,)."""
    values = array(value, attr=attr, obj=obj)
    if values.ndim > 1 or values.size == 0 or np.any((values < 0) | (values > 1)):
        fail(attr, "one number in [0, 1] or a list of them", value, obj)
    return np.atleast_1d(values)


def delay(value, theta, attr="delay", obj=None):
    """A delay in seconds, in [0, theta]."""
    if not is_number(value) or value < 0 or value > theta * (1 + 1e-12):
        fail(attr, f"a delay in [0, theta = {theta:g}] s", value, obj)
    return min(float(value), theta)


def array(value, attr="value", obj=None):
    """An array of finite real numbers."""
    try:
        result = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        fail(attr, "an array of real numbers", value, obj)
    if not np.all(np.isfinite(result)):
        fail(attr, "an array of finite numbers", value, obj)
    return result


def system(A, B, obj=None):
    """A state space: finite arrays A (d, d) and B (d, inputs)."""
    A, B = array(A, "A", obj), array(B, "B", obj)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or A.size == 0:
        fail("A", "a square matrix", A, obj)
    if B.ndim != 2 or len(B) != len(A):
        fail("B", f"a matrix of {len(A)} rows", B, obj)
    return A, B


def one_of(value, allowed, attr="value", obj=None):
    """One of the names in ``allowed``."""
    if value not in allowed:
        fail(attr, "one of " + ", ".join(map(repr, allowed)), value, obj)
    return value


def covariance(value, obj=None):
    """A covariance: a square, symmetric array with a diagonal above 0."""
    value = array(value, "covariance", obj)
    if value.ndim != 2 or value.shape[0] != value.shape[1]:
        fail("covariance", "a square matrix", value, obj)
    scale = np.sqrt(np.abs(np.diag(value)))
    skew = np.abs(value - value.T)
    if np.any(np.diag(value) <= 0) or np.any(skew > 1e-8 * np.outer(scale, scale)):
        fail("covariance", "symmetric, with a diagonal above 0", value, obj)
    return value
