"""The figure of memories on the chip."""

import numpy as np

from nengo_lmu import report


def draw(table):
    """Error against neurons, and synapses against neurons."""
    orders = sorted({row["order"] for row in table})
    lines = {"dense": "--", "loops": "-", "decoded": ":", "chain": "-."}
    names = {
        "dense": "one dense loop",
        "loops": "loops, averaged",
        "decoded": "through decode neurons",
        "chain": "chain",
    }
    with report.style():
        figure, ((error, synapses),) = report.subplots(1, 2, size=(11, 4.6))
        for order, color in zip(orders, report.CYCLE, strict=False):
            for form, line in lines.items():
                some = [r for r in table if (r["order"], r["form"]) == (order, form)]
                if not some:
                    continue
                m, mean, low, high, count = (
                    np.array([row[name] for row in some], dtype=float)
                    for name in ("n_neurons", "nrmse", "low", "high", "synapses")
                )
                style = {"color": color, "label": f"order {order}, {names[form]}"}
                error.fill_between(m, low, high, color=color, alpha=0.12, linewidth=0)
                error.plot(m, mean, line, marker="o", markersize=4, **style)
                synapses.plot(m, count, line, marker="o", markersize=4, **style)
        error.set(xlabel="neurons m", ylabel="NRMSE of the window")
        error.set_title("Error on the emulator (mean, 95 %)")
        synapses.set(xlabel="neurons m", ylabel="synapses between neurons")
        synapses.set_title("Full weights are O(m²), loops O(m d)")
        for ax in (error, synapses):
            report.logarithmic(ax)
        synapses.legend(loc="lower right")
        return figure
