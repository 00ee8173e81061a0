"""The effect of each choice: alone in the published recipe, and missing in ours.

The two recipes of the delay network differ in many ways at once. Here a memory is made
of the choices of either, and one of them is exchanged at a time.
"""

from nengo_lmu import backends, report
from nengo_lmu.experiments.delay_network import data as task
from nengo_lmu.experiments.delay_network.error import by_signal, errors_of, summary
from nengo_lmu.experiments.delay_network.mismatch import run_mismatch
from nengo_lmu.experiments.delay_network.mixed import IN_NENGO, ON_CHIP, MixedMemory
from nengo_lmu.experiments.delay_network.plot import draw_effects
from nengo_lmu.files import output_directory, write_table
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

COLUMNS = ["base", "choice", "value", "backend", "seed", *task.BY_SIGNAL, "versions"]


def measure(run):
    """One network on the ten signals.

    Parameters
    ----------
    run : dict
        ``base`` (published or ours), the ``choice`` that is exchanged in it with its
        ``value`` (both empty where none is), ``backend`` and ``seed``.

    Returns
    -------
    dict
        NRMSE on each signal, and ``versions``.
    """
    backend = backends.find(run["backend"])
    table = ON_CHIP if backend.chip else IN_NENGO
    of_base = 0 if run["base"] == "published" else -1
    choices = {choice: values[of_base] for choice, values in table.items()}
    if run["choice"]:
        choices[run["choice"]] = run["value"]
    options = {"target": "simreal"} if choices.get("weights") == "not rounded" else {}

    def make():
        return MixedMemory(choices, backend.chip, run["seed"])

    errors = errors_of(make, run["backend"], task.SIGNALS, run["seed"], **options)
    return {**by_signal(errors), "versions": versions(backend.package)}


def exchanges(table):
    """All pairs of a base and one choice that is exchanged in it, as dicts."""
    rows = []
    for base, of_base in (("published", 0), ("ours", -1)):
        rows.append({"base": base, "choice": "", "value": ""})
        for choice, values in table.items():
            rows += [
                {"base": base, "choice": choice, "value": value}
                for value in values
                if value != values[of_base]
            ]
    return rows


def run_effects(out, *, backend="nengo", trials=5, workers=2):
    """Measure all exchanges; print them, write ``effects.csv`` and ``effects.png``.

    The runs themselves are in ``effects_runs.csv``; a run that was stopped goes on. On
    the backend "analog", `run_mismatch` measures the error against the mismatch.
    """
    out = output_directory(out)
    if backend == "analog":
        return run_mismatch(out, trials=trials, workers=workers)
    rows = exchanges(ON_CHIP if backends.find(backend).chip else IN_NENGO)
    runs = [
        {**row, "backend": backend, "seed": seed}
        for row in rows
        for seed in range(trials)
    ]
    done = sweep(measure, runs, COLUMNS, out / "effects_runs.csv", workers=workers)
    for row in rows:
        same = [d for d in done if row.items() <= d.items()]
        row.update(summary([d[k] for d in same for k in task.BY_SIGNAL]))
    columns = ["base", "choice", "value", "nrmse_mean", "ci95_low", "ci95_high"]
    write_table(out / "effects.csv", rows, columns)
    report.print_table(rows, f"NRMSE on {backend}, one choice exchanged at a time")
    report.save(draw_effects(rows, backend), out / "effects.png")
    return rows
