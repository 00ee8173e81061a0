"""How long a run has to be for its error to be known."""

import numpy as np

from nengo_lmu.evaluation.error import window_squares
from nengo_lmu.evaluation.intervals import standard_error


def error_so_far(result, start, block, n_blocks=1):
    """Find the error of a run, and how well it is known.

    Parameters
    ----------
    result : MemoryRun
    start : float
        Seconds from which errors are measured.
    block, n_blocks : float, int
        Seconds of a block of errors, and blocks of a period of the input, see
        `standard_error`.

    Returns
    -------
    rmse, ideal, relative : float
        RMS of the error and of the ideal window, and the relative standard error of the
        first.
    """
    theta, dt = result.memory.theta, result.dt
    squares = window_squares(result.state, result.u, theta, dt, start=start)
    rmse, ideal = (float(np.sqrt(np.mean(of))) for of in squares)
    return rmse, ideal, standard_error(squares[0], round(block / dt), n_blocks)


def windows_to_go(n, relative, tolerance, least, most):
    """Find how many windows a run has to go on.

    Parameters
    ----------
    n : float
        Windows that it has lasted.
    relative : float
        Standard error of its NRMSE, relative to it.
    tolerance : float
        At which the run ends.
    least, most : float
        Windows before which the standard error is not trusted, and after which a run
        ends that is not accurate.

    Returns
    -------
    float
        0 if it is accurate or long enough.
    """
    wanted = least
    if n >= least:
        excess = (relative / tolerance) ** 2
        # Not at once to where the error seems to be small enough.
        wanted = 0 if excess <= 1 else min(n * excess, 2 * n)
    return max(min(wanted, most) - n, 0)
