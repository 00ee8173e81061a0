"""The delay network against the mismatch of its neurons, and what makes up for it."""

from nengo_lmu import report
from nengo_lmu.experiments.delay_network import data as task
from nengo_lmu.experiments.delay_network.analog import AnalogMemory
from nengo_lmu.experiments.delay_network.error import by_signal, errors_of, summary
from nengo_lmu.experiments.delay_network.plot import draw_mismatch
from nengo_lmu.files import write_table
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

MISMATCHES = (0.0, 0.1, 0.2, 0.3, 0.4)
"""Standard deviations of synapses, gains and biases, in parts of the nominal."""

COMPENSATIONS = {
    "none": (False, False),
    "mapping": (True, False),
    "decoders": (False, True),
    "both": (True, True),
}
"""Whether the mapping knows the synapses, and the decoders the recorded spikes."""

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
        return AnalogMemory(run["mismatch"], mapped, retrained, seed)

    errors = errors_of(make, "nengo", task.SIGNALS, seed)
    return {**by_signal(errors), "versions": versions("nengo")}


def run_mismatch(out, *, trials, workers):
    """Measure; print, and write ``mismatch.csv`` and ``mismatch.png``.

    The runs themselves, of ten signals for each of the networks, are in
    ``mismatch_runs.csv``.
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
        row.update(summary([d[k] for d in same for k in task.BY_SIGNAL]))
    write_table(out / "mismatch.csv", rows, list(rows[0]))
    report.print_table(rows, "NRMSE against the mismatch of neurons")
    report.save(draw_mismatch(rows), out / "mismatch.png")
    return rows
