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


def standard_error(squares, n_block, n_blocks):
    """Standard error of the root of the mean of a series, relative to it.

    Parameters
    ----------
    squares : (n,) array_like
        Squares of errors that follow one another in time and are correlated.
    n_block : int
        Length of the blocks whose means are taken to be independent; longer than the
        correlation. What is left over at the end is not used.
    n_blocks : int
        Blocks of a period of the input. What the errors of all periods share is no
        chance, unless there are fewer than two periods.

    Returns
    -------
    float
        NaN for fewer than two blocks.
    """
    squares = np.asarray(squares, dtype=float)
    n = len(squares) // n_block
    if n < 2:
        return np.nan
    means = squares[: n * n_block].reshape(n, n_block).mean(axis=1)
    n_periods = n // n_blocks
    shape = (n_periods, n_blocks) if n_periods > 1 else (n, 1)
    rest = means[: np.prod(shape)].reshape(shape)
    rest = rest - rest.mean(axis=0)
    variance = np.sum(rest**2) / (rest.size - shape[1])
    return float(np.sqrt(variance / n) / np.mean(means) / 2)
