"""The figure of psMNIST in spikes."""

from nengo_lmu import report

LABELS = {
    "regular": "regular, taking turns",
    "balanced": "the same, balanced",
    "poisson": "Poisson",
}


def draw(rows, ideal):
    """Error of the state, and accuracy, against the neurons of the memory."""
    with report.style():
        figure, ((left, right),) = report.subplots(1, 2, size=(10, 4.2))
        for neuron in dict.fromkeys(row["neuron"] for row in rows):
            some = [row for row in rows if row["neuron"] == neuron]
            x = [row["memory_neurons"] for row in some]
            left.plot(
                x, [row["state_error"] for row in some], "o-", label=LABELS[neuron]
            )
            right.errorbar(
                x,
                [row["accuracy"] for row in some],
                [row["standard_error"] for row in some],
                marker="o",
                capsize=3,
            )
        report.logarithmic(left)
        report.logarithmic(right)
        right.set_yscale("linear")
        right.axhline(ideal["accuracy"], color=report.GREY, ls="--", lw=1.2)
        right.annotate(
            "exact memory",
            (0.02, ideal["accuracy"]),
            xycoords=("axes fraction", "data"),
            xytext=(0, -12),
            textcoords="offset points",
            color=report.INK,
            fontsize=9,
        )
        left.set(
            xlabel="neurons of the memory",
            ylabel="error of the last state (RMS / its own)",
            title=f"A memory of {ideal['order']} dimensions",
        )
        right.set(
            xlabel="neurons of the memory",
            ylabel="test accuracy (%)",
            title=f"psMNIST, {ideal['images']:,} digits",
        )
        left.legend()
    return figure
