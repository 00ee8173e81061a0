"""The delay network against the mismatch of its neurons, and what makes up for it."""

import numpy as np

from nengo_lmu import backends, report
from nengo_lmu.experiments.delay_network import delay_network as task
from nengo_lmu.experiments.resources import versions
from nengo_lmu.files import write_table
from nengo_lmu.sweep.sweep import sweep

MISMATCHES = (0.0, 0.1, 0.2, 0.3, 0.4)
"""Standard deviations of synapses, gains and biases, in parts of the nominal."""

BRAINDROP = 0.156
"""The best published error on the chip, whose mismatch is 30 %."""

COMPENSATIONS = {
    "none": (False, False),
    "mapping": (True, False),
    "decoders": (False, True),
    "both": (True, True),
}
"""Whether the mapping knows the synapses, and the decoders the recorded spikes."""

LABELS = {
    "none": "nothing is known of it",
    "mapping": "each synapse in the mapping",
    "decoders": "decoders from recorded spikes",
    "both": "both",
}
COLUMNS = ["mismatch", "compensation", "seed", *task.BY_SIGNAL, "versions"]


def measure(run):
    """One network on the ten signals: ``mismatch``, ``compensation`` and ``seed``.

    Returns
    -------
    dict
        NRMSE on each signal, and ``versions``.
    """
    mapped, retrained = COMPENSATIONS[run["compensation"]]
    seed = run["seed"]

    def make():
        return task.analog_memory(run["mismatch"], mapped, retrained, seed)

    errors = task.errors_of(make, backends.find("nengo"), task.SIGNALS, seed)
    return {**task.by_signal(errors), "versions": versions("nengo")}


def run_mismatch(out, *, trials, workers):
    """Measure; print, and write ``mismatch.csv`` and ``mismatch.png``.

    Parameters
    ----------
    out : pathlib.Path
        Directory; the runs themselves are in ``mismatch_runs.csv``.
    trials : int
        Networks, each with the ten signals.
    workers : int

    Returns
    -------
    list of dict
    """
    rows = [
        {"mismatch": mismatch, "compensation": compensation}
        for mismatch in MISMATCHES
        for compensation in COMPENSATIONS
    ]
    runs = [{**row, "seed": seed} for row in rows for seed in range(trials)]
    done = sweep(measure, runs, COLUMNS, out / "mismatch_runs.csv", workers=workers)
    for row in rows:
        same = [d for d in done if row.items() <= d.items()]
        row.update(task.summary([d[k] for d in same for k in task.BY_SIGNAL]))
    write_table(out / "mismatch.csv", rows, list(rows[0]))
    report.print_table(rows, "NRMSE against the mismatch of neurons")
    report.save(draw(rows), out / "mismatch.png")
    return rows


def draw(rows):
    """Error against mismatch, a line for each compensation."""
    from matplotlib.ticker import NullLocator

    with report.style():
        figure, axes = report.subplots(size=(8, 4.8))
        ax = axes[0, 0]
        for compensation, label in LABELS.items():
            part = [row for row in rows if row["compensation"] == compensation]
            x = 100 * np.array([row["mismatch"] for row in part])
            (line,) = ax.plot(x, [r["nrmse_mean"] for r in part], "o-", label=label)
            low, high = ([r[end] for r in part] for end in ("ci95_low", "ci95_high"))
            ax.fill_between(x, low, high, color=line.get_color(), alpha=0.2, lw=0)
        ax.plot(30, BRAINDROP, "*", color=report.INK, ms=12, label="Braindrop itself")
        ax.set(
            title="The delay network in mismatched neurons",
            xlabel="standard deviation of synapses, gains and biases (%)",
            ylabel="NRMSE",
            yscale="log",
        )
        ticks = [0.01, 0.02, 0.05, 0.1, 0.2]
        ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.legend()
    return figure
