"""The exponents of a scaling table, fitted where the laws hold.

Runs of one seed share their signal, and runs of one order what is special about it. So
the intervals are those of a jackknife that leaves out a whole order or a whole seed at
a time; neither are rows independent, nor are there orders enough to draw from.
"""

from itertools import pairwise

import numpy as np
from scipy.stats import t as student

from nengo_lmu.evaluation.intervals import LIMITS
from nengo_lmu.files import group_rows

LAW_FROM = 100
"""Neurons for each dimension from which on the error is fitted by a power law."""

COST_SPAN = 32
"""Time and memory are fitted from the largest number of neurons down to this part.

Below, what does not depend on the neurons is most of them."""

FACTORS = "order", "n_neurons"
CLUSTERS = "order", "seed"
COSTS = "run_s", "build_s", "peak_mb"


COLUMNS = ("neuron band of in where exponent low high combinations r2").split()


def fit_laws(rows):
    """Exponents of the power laws of each series of a scaling table.

    The error is fitted from `LAW_FROM` neurons a dimension on, as ``c d^a m^b``, and
    with spikes or joules a second in place of m: for all orders, without the lowest,
    for each order, and for each decade of m. Time and memory are fitted in m, for the
    largest numbers of neurons, down to a part of `COST_SPAN`.

    Parameters
    ----------
    rows : list of dict
        Rows of a scaling table.

    Returns
    -------
    list of dict
        ``neuron`` and ``band`` of the series; ``of`` and ``in``, the columns that the
        exponent connects; ``where``; ``exponent``, ``low`` and ``high`` (see
        `power_law`); ``combinations`` of order and neurons in the fit, and its ``r2``.
    """
    found = []
    for (kind, band), some in group_rows(rows, "neuron", "band").items():
        series = {"neuron": kind, "band": band}
        found += [series | fit for fit in _of_error(some) + _of_costs(some)]
    return found


def is_lawful(row):
    """Whether a row of a scaling table has neurons enough for the power law."""
    return row["n_neurons"] >= LAW_FROM * row["order"]


def by_combination(rows):
    """The rows of each combination, ``{(n_neurons, order): rows}``."""
    return group_rows(rows, "n_neurons", "order")


def _of_error(rows):
    lawful = [row for row in rows if is_lawful(row)]
    orders = sorted({row["order"] for row in lawful})
    above = [row for row in lawful if row["order"] > orders[0]]
    found = []
    for where, some in (("all orders", lawful), ("without the lowest order", above)):
        found += power_law(some, "nrmse", FACTORS, where)
        for work in ("spike_rate", "watts"):
            found += _in(work, power_law(some, "nrmse", ("order", work), where))
    for order in orders:
        some = [row for row in lawful if row["order"] == order]
        found += power_law(some, "nrmse", ("n_neurons",), f"order {order}")
    for low, high in pairwise(10**k for k in range(10)):
        some = [row for row in lawful if low <= row["n_neurons"] <= high]
        sizes = sorted({row["n_neurons"] for row in some})
        if len(sizes) > 1:
            where = f"{sizes[0]:,} to {sizes[-1]:,} neurons"
            found += power_law(some, "nrmse", FACTORS, where)
    return found


def _of_costs(rows):
    most = max(row["n_neurons"] for row in rows)
    large = [row for row in rows if row["n_neurons"] * COST_SPAN >= most]
    where = f"from {most / COST_SPAN:,.0f} neurons"
    return [
        fit
        for cost in COSTS
        for fit in _in("n_neurons", power_law(large, cost, FACTORS, where))
    ]


def _in(name, fits):
    return [fit for fit in fits if fit["in"] == name]


def power_law(rows, target, factors, where=""):
    """Exponents of ``target`` in each of the ``factors``, by least squares of logs.

    Each combination of order and neurons counts once, by the mean of its seeds.

    Returns
    -------
    list of dict
        See `fit_laws`. There is none where target or a factor have no logarithm, such
        as spikes of rate neurons, or where the rows do not determine the exponents.
        ``low`` and ``high`` end the 95 % interval; None where there are not two orders
        or seeds to leave out.
    """
    factors = [name for name in factors if len({row[name] for row in rows}) > 1]
    names = [target, *factors]
    if not factors or any(row[name] <= 0 for row in rows for name in names):
        return []
    exponents, r2, n = _fit(rows, target, factors)
    if np.any(np.isnan(exponents)):
        return []
    variances, degrees = [], []
    for name in CLUSTERS:
        values = sorted({row[name] for row in rows})
        without = np.array(
            [
                _fit([row for row in rows if row[name] != value], target, factors)[0]
                for value in values
            ]
        )
        # An exponent in the order itself cannot do without one of two orders.
        if len(values) > 1 and not np.any(np.isnan(without[:, -1])):
            spread = np.sum((without - without.mean(axis=0)) ** 2, axis=0)
            variances.append(spread * (len(values) - 1) / len(values))
            degrees.append(len(values) - 1)
    found = []
    for k, (name, exponent) in enumerate(zip(factors, exponents, strict=True)):
        half = _half_width([v[k] for v in variances], degrees)
        found.append(
            {
                "of": target,
                "in": name,
                "where": where,
                "exponent": float(exponent),
                "low": None if half is None else float(exponent - half),
                "high": None if half is None else float(exponent + half),
                "combinations": n,
                "r2": r2,
            }
        )
    return found


def _half_width(variances, degrees):
    """Half of an interval; degrees of freedom by Satterthwaite."""
    total = np.sum(variances)
    if not variances or np.isnan(total):
        return None
    if total == 0:
        return 0.0
    df = total**2 / np.sum(np.square(variances) / degrees)
    return student.ppf(LIMITS[1], df) * np.sqrt(total)


def _fit(rows, target, factors):
    """Exponents, NaN where they are not determined; r2; number of combinations."""
    cells = [
        np.mean(np.log([[row[k] for k in (target, *factors)] for row in some]), axis=0)
        for some in by_combination(rows).values()
    ]
    none = np.full(len(factors), np.nan)
    if len(cells) <= len(factors):
        return none, None, len(cells)
    y, *x = np.transpose(cells)
    X = np.column_stack([np.ones(len(y)), *x])
    coefficients, _, rank, _ = np.linalg.lstsq(X, y)
    if rank < X.shape[1]:
        return none, None, len(cells)
    rest, variation = y - X @ coefficients, np.sum((y - y.mean()) ** 2)
    r2 = float(1 - rest @ rest / variation) if variation else None
    return coefficients[1:], r2, len(cells)
