"""What each choice is worth: by itself in the published recipe, and missing in ours.

The two recipes of the delay network differ in many ways at once. Here a memory is made
of the choices of either, and one of them is exchanged at a time.
"""

import nengo
import numpy as np
from nengo.dists import Uniform
from nengo.solvers import LstsqL2

from nengo_lmu import backends, report
from nengo_lmu.chip.loop import close_loop
from nengo_lmu.chip.rounding import LARGEST, round_weights
from nengo_lmu.decoding import N_EVAL_POINTS
from nengo_lmu.experiments import delay_network as task
from nengo_lmu.experiments.analog import undo_leads
from nengo_lmu.experiments.mismatch import run_mismatch
from nengo_lmu.experiments.resources import versions
from nengo_lmu.experiments.sweep import sweep
from nengo_lmu.files import output_directory, write_table
from nengo_lmu.legendre import state_space
from nengo_lmu.lti import map_to_synapse
from nengo_lmu.networks import SpikingMemory

ON_CHIP = {
    "rates": ["100-120 Hz", "250-350 Hz"],
    "intercepts": ["-1 to 0.5, random", "-0.8 to 0.8, even"],
    "coordinates": ["balanced", "least noise"],
    "synapse": ["10 ms", "60 ms"],
    "input": ["one pair, filtered twice", "one pair", "five lines"],
    "mapping": ["continuous", "discrete", "discrete, the chip's pole"],
    "decoders": ["regularization 0.1", "regularization 0.01", "recorded spikes"],
    "weights": ["rounded", "not rounded", "rounded together"],
}
"""Choices on the chip: the first is the published one, the last is ours."""

IN_NENGO = {
    "rates": ["200-400 Hz", "250-350 Hz"],
    "intercepts": ["-1 to 0.9, random", "as the value, even"],
    "coordinates": ["balanced", "least noise"],
    "synapse": ["10 ms", "60 ms"],
    "mapping": ["continuous", "discrete"],
    "decoders": ["regularization 0.1", "regularization 0.01", "recorded spikes"],
    "phases": ["random voltages", "even"],
}
"""The same in nengo, whose own defaults are the published recipe."""

COLUMNS = ["base", "choice", "value", "backend", "signal", "seed", "nrmse", "versions"]


class MixedMemory(SpikingMemory):
    """A memory of the delay network, of some choices of either recipe.

    Parameters
    ----------
    choices : dict
        One value for each key of `ON_CHIP` or `IN_NENGO`.
    on_chip : bool
    seed : int

    Attributes
    ----------
    leads : (order, 1) array
    """

    def __init__(self, choices, on_chip, seed):
        self.choices = choices
        low, high = choices["rates"].split(" ")[0].split("-")
        intercepts = None
        if choices["intercepts"].endswith("random"):
            limits = choices["intercepts"].split(",")[0].split(" to ")
            intercepts = Uniform(*map(float, limits))
        super().__init__(
            task.N_NEURONS,
            task.THETA,
            task.ORDER,
            neuron_type=nengo.LIF(),
            freq=task.FREQ,
            rms=task.LOUDEST,
            max_rates=Uniform(float(low), float(high)),
            intercepts=intercepts,
            synapse=0.01 if choices["synapse"] == "10 ms" else None,
            recorded=True,
            on_chip=on_chip,
            seed=seed,
        )
        self.leads = np.array([[p.lead] for p in self.populations])
        with self:
            for population in self.populations:
                nengo.Probe(population.ensemble.neurons, synapse=None)

    def decoded(self, spikes):
        """What the spikes say, (n_steps, order)."""
        parts = zip(spikes, self.populations, strict=True)
        return np.hstack([s @ p.decoders for s, p in parts])

    def transforms(self):
        """Continuous Principle 3, or the discrete one with either pole."""
        mapping = self.choices["mapping"]
        system = self.realization.system(*state_space(self.order, self.theta))
        synapse = self.mapped_synapse if "pole" in mapping else self.synapse
        dt = None if mapping == "continuous" else self.dt
        leads = np.array([[p.lead] for p in self.populations])
        return undo_leads(*map_to_synapse(*system, synapse, dt), *system, leads)

    def decode(self, tuning, columns):
        """As nengo does, from rates, unless from recorded spikes."""
        if self.choices["decoders"] == "recorded spikes":
            return super().decode(tuning, columns)
        x = np.linspace(-1, 1, N_EVAL_POINTS)[:, None]
        reg = float(self.choices["decoders"].split(" ")[-1])
        return LstsqL2(reg=reg)(tuning.rates(x), x, rng=self.rng)[0], 0.0

    def _realization(self, name, radii):
        if self.choices["coordinates"] == "balanced":
            return task.published_realization()
        return super()._realization(name, radii)

    def _in_phase(self, tuning):
        if self.choices.get("phases") == "random voltages":
            return self.neuron_type
        return super()._in_phase(tuning)

    def _connect(self):
        if not self.on_chip:
            super()._connect()
            return
        # The host's copy of the state is not needed: spikes are what is probed.
        rounding = {
            "rounded": _nearest,
            "not rounded": lambda weights, gram, unit: weights,
            "rounded together": round_weights,
        }
        with self:
            close_loop(self, self._held[0], rounding[self.choices["weights"]])
            if self.choices["input"] != "five lines":
                self._input_by_nengo_loihi()

    def _input_by_nengo_loihi(self):
        """A pair of spike inputs for each value, in place of the lines."""
        for connection in list(self.connections):
            if getattr(connection.pre_obj, "label", None) == "spike input":
                self.connections.remove(connection)
        _, drive = self.transforms()
        twice = self.choices["input"].endswith("twice")
        for population in self.populations:
            nengo.Connection(
                self.input,
                population.ensemble,
                transform=drive[population.columns],
                synapse=self.synapse if twice else None,
            )


def _nearest(weights, gram, unit):
    return np.clip(np.round(weights / unit), -LARGEST, LARGEST) * unit


def measure(run):
    """One network on one signal; parameters and result as of `delay_network.measure`.

    A run has ``base`` (published or ours) and the ``choice`` that is exchanged in it,
    with its ``value``; both are empty where none is.
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

    error = task.error_of(make, backend, run["signal"], run["seed"], **options)
    return {"nrmse": error, "versions": versions(backend.package)}


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

    Parameters
    ----------
    out : path_like
        Directory; the runs themselves are in ``effects_runs.csv``. A run that was
        stopped goes on with what is missing.
    backend : str, optional
        On "analog" it is `run_mismatch`: the error against the mismatch of neurons.
    trials : int, optional
        Seeds of the network, with each of the ten signals.
    workers : int, optional

    Returns
    -------
    list of dict
    """
    out = output_directory(out)
    if backend == "analog":
        return run_mismatch(out, trials=trials, workers=workers)
    rows = exchanges(ON_CHIP if backends.find(backend).chip else IN_NENGO)
    runs = [
        {**row, "backend": backend, "signal": signal, "seed": seed}
        for row in rows
        for seed in range(trials)
        for signal in task.SIGNALS
    ]
    done = sweep(measure, runs, COLUMNS, out / "effects_runs.csv", workers=workers)
    for row in rows:
        row.update(task.summary([d["nrmse"] for d in done if row.items() <= d.items()]))
    columns = ["base", "choice", "value", "nrmse_mean", "ci95_low", "ci95_high"]
    write_table(out / "effects.csv", rows, columns)
    report.print_table(rows, f"NRMSE on {backend}, one choice exchanged at a time")
    report.save(draw(rows, backend), out / "effects.png")
    return rows


def draw(rows, backend):
    """Two panels: what is gained over the published recipe, what ours loses."""
    titles = {
        "published": "the published recipe, and one choice of ours",
        "ours": "our recipe, and one choice exchanged",
    }
    with report.style():
        figure, axes = report.subplots(1, 2, size=(12, 0.9 + 0.28 * len(rows)))
        for ax, (base, title) in zip(axes[0], titles.items(), strict=True):
            part = [row for row in rows if row["base"] == base]
            names = [
                f"{r['choice']}: {r['value']}" if r["choice"] else base for r in part
            ]
            means = np.array([row["nrmse_mean"] for row in part])
            low, high = (
                np.array([row[end] for row in part])
                for end in ("ci95_low", "ci95_high")
            )
            y = np.arange(len(part))
            ax.axvline(means[0], color=report.GREY, linestyle=":")
            ax.errorbar(
                means,
                y,
                xerr=[means - low, high - means],
                fmt="o",
                color=report.CYCLE[0 if base == "published" else 1],
            )
            for position, mean, end in zip(y, means, high, strict=True):
                ax.annotate(
                    report.text(mean),
                    (end, position),
                    xytext=(6, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=9,
                )
            ax.set(title=title, xlabel="NRMSE", yticks=y, yticklabels=names)
            ax.set_xlim(0, 1.15 * high.max())
            ax.invert_yaxis()
            ax.grid(axis="y", visible=False)
        figure.suptitle(f"What each choice is worth, on {backend}")
    return figure
