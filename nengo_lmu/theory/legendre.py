"""Equations of the Legendre Memory Unit: state space, basis, Padé error.

Sources: Voelker, Kajić, Eliasmith, "Legendre Memory Units: Continuous-Time
Representation in Recurrent Neural Networks", NeurIPS 2019 (equations 1 to 3);
Voelker, PhD thesis, University of Waterloo, 2019, chapters 3 and 6.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import spherical_jn, spherical_yn

from nengo_lmu import checks
from nengo_lmu.checks import MAX_ORDER

__all__ = ["MAX_ORDER", "state_space", "eval_legendre", "delay_readout", "pade_error"]


def state_space(order: int, theta: float) -> tuple[NDArray, NDArray]:
    r"""Continuous system that represents a window of its input.

    :math:`\dot m = A m + B u` with
    :math:`a_{ij} = \frac{2i+1}{\theta}\,(-1 \text{ if } i < j \text{ else }
    (-1)^{i-j+1})` and :math:`b_i = \frac{2i+1}{\theta} (-1)^i`
    (NeurIPS 2019, equation 2). The integers are exact before the division.

    Parameters
    ----------
    order : int
        Number of Legendre polynomials, 1 to 1000.
    theta : float
        Length of the window, in seconds.

    Returns
    -------
    A : (order, order) array
        In 1/s.
    B : (order, 1) array
        In 1/s.

    Examples
    --------
    >>> A, B = nengo_lmu.state_space(order=2, theta=1.0)
    >>> A
    array([[-1., -1.],
           [ 3., -3.]])
    >>> B
    array([[ 1.],
           [-3.]])
    """
    order = checks.order(order)
    theta = checks.theta(theta)
    i = np.arange(order)
    sign = np.where(i % 2 == 0, 1.0, -1.0)
    scale = 2.0 * i + 1
    A = np.where(i[:, None] < i, -1.0, -np.outer(sign, sign)) * scale[:, None]
    B = (scale * sign)[:, None]
    return A / theta, B / theta


def eval_legendre(order, x):
    """Legendre polynomials P_0 to P_(order-1), by the three-term recurrence.

    The recurrence is stable on [-1, 1] at any order; the coefficients of the
    polynomials are not (they overflow near order 100).

    Parameters
    ----------
    order : int
        Number of polynomials, 1 to 1000.
    x : float or (n,) array
        Where to evaluate them.

    Returns
    -------
    (n, order) array
    """
    order = checks.order(order)
    x = np.atleast_1d(checks.array(x, "x"))
    values = np.empty((order, *x.shape))
    values[0] = 1
    if order > 1:
        values[1] = x
    for i in range(1, order - 1):
        values[i + 1] = ((2 * i + 1) * x * values[i] - i * values[i - 1]) / (i + 1)
    return np.moveaxis(values, 0, -1)


def delay_readout(order: int, fraction: ArrayLike) -> NDArray:
    r"""Read-out of delayed inputs from the state in Legendre coordinates.

    :math:`u(t - r\theta) \approx \sum_i P_i(2r - 1)\, m_i(t)` (NeurIPS 2019,
    equation 3).

    Parameters
    ----------
    order : int
        Number of polynomials, 1 to 1000.
    fraction : float or (n,) array
        Delays r as fractions of theta, each in [0, 1].

    Returns
    -------
    (n, order) array
        One row per delay.

    Examples
    --------
    The weights of each polynomial, over the window:

    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> import nengo_lmu
    >>> delays = np.linspace(0, 1, 100)
    >>> _ = plt.plot(delays, nengo_lmu.delay_readout(6, delays))
    >>> _ = plt.xlabel("delay as a fraction of theta")
    """
    return eval_legendre(order, 2 * checks.fraction(fraction) - 1)


def pade_error(order: int, theta_f: ArrayLike) -> NDArray:
    r"""Error of the longest delay (theta) at a frequency.

    The memory read out at :math:`\theta` is the [d-1/d] Padé approximant
    :math:`H(s)` of :math:`e^{-s\theta}` (Voelker & Eliasmith 2018). Its error is a
    ratio of spherical Bessel functions, with :math:`y = \pi\theta f` and
    :math:`h = j + i y` the Hankel function of the first kind:

    .. math:: |H(2\pi i f) - e^{-2\pi i f\theta}| =
       2\,\left|\frac{j_{d-1}(y) + i\,j_d(y)}{h_{d-1}(y) + i\,h_d(y)}\right|

    It is :math:`2\,(y^d / (2d-1)!!)^2` for small y, so a memory of order d represents
    about :math:`\theta f < d / \pi` periods of a sine. Far below this limit the error
    is smaller than rounding; near it, the error is as large as the sine; far above it,
    the output is zero and the error is 1.

    Parameters
    ----------
    order : int
        Number of polynomials d, 1 to 1000.
    theta_f : float or array
        Window times frequency, dimensionless, 0 or more.

    Returns
    -------
    array of the shape of theta_f

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from nengo_lmu.theory.legendre import pade_error
    >>> periods = np.linspace(0, 10, 200)
    >>> for order in 6, 12, 24:
    ...     _ = plt.plot(periods, pade_error(order, periods), label=f"order {order}")
    >>> _ = plt.xlabel("periods of a sine in the window")
    >>> _ = plt.legend()
    """
    order = checks.order(order)
    theta_f = checks.array(theta_f, "theta_f")
    if np.any(theta_f < 0):
        checks.fail("theta_f", "0 or more", theta_f)
    y = np.pi * theta_f
    with np.errstate(over="ignore", invalid="ignore"):
        j0, j1 = spherical_jn(order - 1, y), spherical_jn(order, y)
        y0, y1 = spherical_yn(order - 1, y), spherical_yn(order, y)
        return 2 * np.hypot(j0, j1) / np.hypot(j0 - y1, y0 + j1)
