"""The delay network of neuromorphic hardware: the published recipe and ours."""

from nengo_lmu import backends, report
from nengo_lmu.experiments.delay_network import data as task
from nengo_lmu.experiments.delay_network.analog import AnalogMemory
from nengo_lmu.experiments.delay_network.data import PUBLISHED
from nengo_lmu.experiments.delay_network.error import errors_of, summary
from nengo_lmu.experiments.delay_network.network import OurMemory, PublishedMemory
from nengo_lmu.files import output_directory, write_json
from nengo_lmu.names import lookup
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

MISMATCH = 0.3
COLUMNS = ["recipe", "backend", "signal", "seed", "nrmse", "versions"]


def measure(run):
    """One network on one signal.

    Parameters
    ----------
    run : dict
        ``recipe`` (published or ours), ``backend`` (a backend's name or analog),
        ``signal`` (its seed) and ``seed`` (of the network).

    Returns
    -------
    dict
        ``nrmse`` and ``versions``.
    """
    name, seed, ours = run["backend"], run["seed"], run["recipe"] == "ours"
    backend = "nengo" if name == "analog" else name
    on_chip = backends.find(backend).chip

    def make():
        if name == "analog":
            return AnalogMemory(MISMATCH, ours, ours, seed)
        return OurMemory(on_chip, seed) if ours else PublishedMemory(on_chip)

    (error,) = errors_of(make, backend, [run["signal"]], seed)
    return {"nrmse": error, "versions": versions(backends.find(backend).package)}


def run(out, *, backend="nengo", trials=5, effects=False, workers=2):
    """Run both recipes on ten signals; print and write what came out.

    Parameters
    ----------
    out : path_like
        Directory of ``results.csv`` and ``table.json``, `{row name: {"nrmse_mean",
        "ci95", "published"}}`. A run that was stopped goes on with what is missing.
    backend : str, optional
        See `nengo_lmu.backends`; or "analog", neurons with a mismatch of 30 %.
    trials : int, optional
        Seeds of the network, 0, 1, ..., with each signal.
    effects : bool, optional
        Whether to measure the effect of each choice too, see `effects.run_effects`.
    workers : int, optional
        Runs at a time.

    Returns
    -------
    dict
        The table.
    """
    if backend != "analog":
        backends.get(backend)
    lookup("backend", backend, PUBLISHED)
    out = output_directory(out)
    runs = [
        {"recipe": recipe, "backend": backend, "signal": signal, "seed": seed}
        for recipe in ("published", "ours")
        for seed in range(trials)
        for signal in task.SIGNALS
    ]
    rows = sweep(measure, runs, COLUMNS, out / "results.csv", workers=workers)
    table = {}
    for recipe in ("published", "ours"):
        found = summary([r["nrmse"] for r in rows if r["recipe"] == recipe])
        table[recipe] = {
            "nrmse_mean": found["nrmse_mean"],
            "ci95": [found["ci95_low"], found["ci95_high"]],
            "published": PUBLISHED[backend] if recipe == "published" else "",
        }
    write_json(out / "table.json", table)
    shown = [{"recipe": name, **row} for name, row in table.items()]
    report.print_table(
        [{**row, "ci95": "{:.4f} to {:.4f}".format(*row["ci95"])} for row in shown],
        f"NRMSE of the delay network on {backend}: {trials} networks, 10 signals",
    )
    if effects:
        from nengo_lmu.experiments.delay_network.effects import run_effects

        run_effects(out, backend=backend, trials=trials, workers=workers)
    return table
