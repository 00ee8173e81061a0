"""How long a run has to be for its error to be known."""


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
