"""Confidence intervals (95 %) of all experiments."""

import numpy as np
from scipy.stats import t as student

from nengo_lmu import checks

LIMITS = 0.025, 0.975
N_DRAWS = 3000
"""Bootstrap resamples of a mean."""


def interval(values, method="geometric"):
    """Mean of errors and its 95 % confidence interval.

    Parameters
    ----------
    values : (n,) array_like
        Errors of independent runs, above 0 unless the method is "bootstrap".
    method : {"geometric", "arithmetic", "bootstrap"}, optional
        The first two apply Student's t to the logarithms of the values, which gives a
        factor by which the interval extends above and below the geometric or the
        arithmetic mean. "bootstrap" takes quantiles of arithmetic means of resamples.

    Returns
    -------
    mean, low, high : float
        All are equal for a single value.
    """
    checks.one_of(method, ("geometric", "arithmetic", "bootstrap"), "method")
    values = np.asarray(values, dtype=float)
    mean, n = values.mean(), len(values)
    if method == "bootstrap":
        draws = np.random.RandomState(0).choice(values, (N_DRAWS, n)).mean(axis=1)
        return float(mean), *map(float, quantiles(draws))
    logs = np.log(values)
    if method == "geometric":
        mean = np.exp(logs.mean())
    spread = np.std(logs, ddof=1) / np.sqrt(n) if n > 1 else 0.0
    factor = np.exp(student.ppf(LIMITS[1], n - 1) * spread) if n > 1 else 1.0
    return float(mean), float(mean / factor), float(mean * factor)


def quantiles(draws):
    """Limits (2, ...) that contain 95 % of bootstrap results (n_draws, ...)."""
    return np.nanquantile(draws, LIMITS, axis=0)
