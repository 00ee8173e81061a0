"""Tables of scaling sweeps, as Markdown."""

import numpy as np

from nengo_lmu import report
from nengo_lmu.experiments.scaling.power_laws import COSTS, LAW_FROM, by_combination
from nengo_lmu.files import group_rows

BANDS = {
    "same": "the same band for all orders",
    "order": "a band in proportion to the order",
}

_NAMES = {
    ("nrmse", "order"): ("the error in d", "1"),
    ("nrmse", "n_neurons"): ("the error in m", "−1/2"),
    ("nrmse", "spike_rate"): ("the error in the spikes", ""),
    ("nrmse", "watts"): ("the error in the joules", ""),
    ("run_s", "n_neurons"): ("the time to simulate, in m", "1"),
    ("build_s", "n_neurons"): ("the time to build, in m", "1"),
    ("peak_mb", "n_neurons"): ("the memory, in m", "1"),
}


def tables(rows, fits):
    """Errors beside the theory, and exponents, of each series.

    Parameters
    ----------
    rows : list of dict
        Rows of scaling tables.
    fits : list of dict
        Result of `fit_laws`.

    Returns
    -------
    str
    """
    text = []
    for (kind, band), some in group_rows(rows, "neuron", "band").items():
        of_series = [f for f in fits if (f["neuron"], f["band"]) == (kind, band)]
        text += [
            f"**{kind}, {BANDS[band]}**: geometric mean of the NRMSE over the seeds, "
            "in brackets the predicted one:\n",
            report.markdown(errors(some)),
        ]
        if of_series:
            text += [
                f"Exponents from {LAW_FROM} neurons a dimension on (time and memory: "
                "of the largest numbers of neurons), with 95 % intervals:\n",
                report.markdown(exponents(of_series)),
            ]
    return "\n".join(text)


def errors(rows):
    """A row for each number of neurons, a column for each order."""
    cells = by_combination(rows)
    orders = sorted({order for _, order in cells})
    return [
        {
            "m": f"{m:,}",
            **{f"d = {order}": _error(cells.get((m, order))) for order in orders},
        }
        for m in sorted({m for m, _ in cells})
    ]


def _error(rows):
    if rows is None:
        return "–"
    measured, predicted = (
        np.exp(np.mean(np.log([row[name] for row in rows])))
        for name in ("nrmse", "nrmse_predicted")
    )
    expected = "unknown" if np.isnan(predicted) else f"{predicted:.2g}"
    return f"{measured:.2g} ({expected})"


def exponents(fits):
    """A row for each exponent of a series."""
    found = []
    for fit in fits:
        what, paper = _NAMES[fit["of"], fit["in"]]
        ends = fit["low"], fit["high"]
        unknown = any(end in (None, "") for end in ends)
        found.append(
            {
                "exponent of": what,
                "where": fit["where"],
                "": _signed(fit["exponent"]),
                "95 % interval": "" if unknown else " to ".join(map(_signed, ends)),
                "r²": "" if fit["of"] in COSTS else f"{fit['r2']:.3f}",
                "paper": paper if fit["neuron"] == "poisson" else "",
            }
        )
    return found


def _signed(x):
    return f"{x:.2f}".replace("-", "−")
