"""Accuracy of psMNIST in spikes against the neurons of the memory."""

from nengo_lmu import report
from nengo_lmu.experiments.trained.psmnist_evaluate import evaluate
from nengo_lmu.files import output_directory, write_table

N_EACH = {"regular": (6, 8, 10, 14, 20, 40), "poisson": (40,)}
"""Neurons for each dimension."""

LABELS = {"regular": "regular, taking turns", "poisson": "Poisson"}


def run_curve(directory, *, data=None, n_images=1000, n_each=N_EACH, workers=2):
    """Evaluate with memories of several sizes; write a table and a figure.

    Parameters
    ----------
    directory : path_like
        Of a trained model. Gets ``curve.csv`` and ``curve.png``.
    data : path_like, optional
        See `nengo_lmu.data.mnist.load`.
    n_images : int, optional
        First images of the test data.
    n_each : dict of {str: sequence of int}, optional
        Neurons for each dimension, by the kind of neuron.
    workers : int, optional

    Returns
    -------
    list of dict
        See `nengo_lmu.experiments.trained.psmnist_evaluate.evaluate`.
    """
    directory = output_directory(directory)
    shared = {
        "backend": "nengo-lmu",
        "data": data,
        "n_images": n_images,
        "workers": workers,
    }
    ideal = evaluate(directory, memory="ideal", **shared)
    rows = [
        evaluate(directory, memory="spiking", neuron=neuron, n_each=n, **shared)
        for neuron, sizes in n_each.items()
        for n in sizes
    ]
    write_table(directory / "curve.csv", rows)
    report.save(draw(rows, ideal), directory / "curve.png")
    return rows


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
