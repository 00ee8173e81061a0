"""The exponents of a scaling table, fitted where the laws hold."""

from functools import partial

import numpy as np

from nengo_lmu.evaluation.intervals import quantiles
from nengo_lmu.files import group_rows

LAW_FROM = 100
"""Neurons for each dimension from which on the error is fitted by a power law."""

COST_SPAN = 32
"""Time and memory are fitted from the largest number of neurons down to this part.

Below, what does not depend on the neurons is most of them."""


def fit_laws(rows, n_resamples=2000, seed=0):
    """Exponents of the power laws, by least squares on logarithms.

    Three models: error ``= c d^a m^b``; error ``= c d^a s^b`` with the number of spikes
    ``s``; time or memory ``= c d^a m^b``. Each over the rows where it is a law: the
    error from `LAW_FROM` neurons a dimension on, time and memory over the largest
    numbers of neurons, down to a part of `COST_SPAN`.

    Parameters
    ----------
    rows : list of dict
        Rows of a scaling table.
    n_resamples : int, optional
        Bootstrap samples: rows drawn with replacement.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    dict
        ``order``, ``n_neurons`` (a and b of the first model), ``n_spikes`` (b of the
        second), ``build_s``, ``run_s``, ``peak_mb`` (b of the third), each a dict of
        ``exponent`` and ``ci95`` (or None where the rows do not vary in what the
        exponent is of), ``r2`` and ``scale`` (c) of the first model (None without
        rows), ``combinations`` of order and neurons: ``all``, and those in the fits of
        the ``error`` and of the ``costs``.
    """
    lawful = [row for row in rows if is_lawful(row)]
    most = max(row["n_neurons"] for row in rows)
    dear = [row for row in rows if row["n_neurons"] * COST_SPAN >= most]
    power_law = partial(_PowerLaw, n_resamples=n_resamples, seed=seed)
    error = power_law(lawful, "nrmse", ["order", "n_neurons"])
    by_spikes = power_law(lawful, "nrmse", ["order", "n_spikes"])
    fit = {name: error.exponent(name) for name in ("order", "n_neurons")}
    fit["n_spikes"] = by_spikes.exponent("n_spikes")
    for cost in ("build_s", "run_s", "peak_mb"):
        law = power_law(dear, cost, ["order", "n_neurons"])
        fit[cost] = law.exponent("n_neurons")
    fit.update(r2=error.r2, scale=error.scale)
    fitted = {"all": rows, "error": lawful, "costs": dear}
    fit["combinations"] = {
        name: len(by_combination(some)) for name, some in fitted.items()
    }
    return fit


def is_lawful(row):
    """Whether a row of a scaling table has neurons enough for the power law."""
    return row["n_neurons"] >= LAW_FROM * row["order"]


def by_combination(rows):
    """The rows of each combination, ``{(n_neurons, order): rows}``."""
    return group_rows(rows, "n_neurons", "order")


class _PowerLaw:
    """log y = log c + sum of exponent * log x, with a bootstrap."""

    def __init__(self, rows, target, factors, n_resamples, seed):
        self.names, self.r2, self.scale = [], None, None
        y = np.array([row[target] for row in rows], dtype=float)
        if len(y) == 0 or np.any(y <= 0):  # such as memory too little to be seen
            return
        x = {name: np.array([row[name] for row in rows], float) for name in factors}
        # What does not vary has no exponent, nor has what has no logarithm: no spikes.
        self.names = [n for n in factors if np.ptp(x[n]) > 0 and np.all(x[n] > 0)]
        X = np.column_stack([np.ones(len(y)), *(np.log(x[n]) for n in self.names)])
        y = np.log(y)
        self.coefficients = _least_squares(X, y)
        residual = y - X @ self.coefficients
        variation = np.sum((y - y.mean()) ** 2)
        self.r2 = float(1 - residual @ residual / variation) if variation else None
        self.scale = float(np.exp(self.coefficients[0]))
        rng = np.random.default_rng(seed)
        samples = rng.integers(len(y), size=(n_resamples, len(y)))
        drawn = np.array([_least_squares(X[s], y[s]) for s in samples])
        self.intervals = quantiles(drawn).T

    def exponent(self, name):
        if name not in self.names:
            return None
        k = 1 + self.names.index(name)
        return {
            "exponent": float(self.coefficients[k]),
            "ci95": [float(limit) for limit in self.intervals[k]],
        }


def _least_squares(X, y):
    """Coefficients, or NaN where a resample does not determine them."""
    coefficients, _, rank, _ = np.linalg.lstsq(X, y)
    return coefficients if rank == X.shape[1] else np.full(X.shape[1], np.nan)
