"""What each choice is worth: by itself in the published recipe, and missing in ours.

The two recipes of the delay network differ in many ways at once. Here a memory is made
of the choices of either, and one of them is exchanged at a time.
"""

import re
from dataclasses import replace

import nengo
import numpy as np
from nengo.dists import Uniform
from nengo.solvers import LstsqL2
from scipy.linalg import block_diag

from nengo_lmu import backends, report
from nengo_lmu.design.decoders import N_EVAL_POINTS, REGULARITY, NoiseAware
from nengo_lmu.design.responses import filtered, record
from nengo_lmu.experiments.delay_network import delay_network as task
from nengo_lmu.experiments.delay_network.analog import undo_leads
from nengo_lmu.experiments.delay_network.mismatch import run_mismatch
from nengo_lmu.experiments.resources import versions
from nengo_lmu.files import output_directory, write_table
from nengo_lmu.loihi.arithmetic import LARGEST, round_weights, scale_weight, weight_unit
from nengo_lmu.loihi.layout import N_LINES
from nengo_lmu.loihi.spike_encoder import SpikeInput
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import white_noise
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import RealPole, discretize, map_to_synapse, simulate

ON_CHIP = {
    "rates": ["100-120 Hz", "250-350 Hz"],
    "intercepts": ["-1 to 0.5, random", "-0.8 to 0.8, even"],
    "coordinates": ["balanced", "least noise"],
    "synapse": ["10 ms", "67 ms"],
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
    "synapse": ["10 ms", "67 ms"],
    "mapping": ["continuous", "discrete"],
    "decoders": ["regularization 0.1", "regularization 0.01", "recorded spikes"],
    "phases": ["random voltages", "even"],
}
"""The same in nengo, whose own defaults are the published recipe."""

COLUMNS = ["base", "choice", "value", "backend", "seed", *task.BY_SIGNAL, "versions"]


class MixedMemory:
    """A memory of the delay network, of some choices of either recipe.

    Parameters
    ----------
    choices : dict
        One value for each key of `ON_CHIP` or `IN_NENGO`.
    on_chip : bool
    seed : int

    Attributes
    ----------
    input : nengo.Node
    realization : Realization
    leads : (order, 1) array
    probes : list of nengo.Probe
    """

    def __init__(self, choices, on_chip, seed):
        self.choices, self.on_chip = choices, on_chip
        rng = np.random.RandomState(seed)
        with nengo.Network():
            laid_out = SpikingMemory(
                task.N_NEURONS,
                task.ORDER,
                task.THETA,
                neuron_type=nengo.LIF(),
                freq=task.FREQ,
                rms=task.LOUDEST,
                max_rates=Uniform(*_numbers(choices["rates"])),
                intercepts=_intercepts(choices["intercepts"], rng),
                synapse=0.01 if choices["synapse"] == "10 ms" else None,
                seed=seed,
            )
        self.tau, self.peak = laid_out.synapse.tau, laid_out.expected.peak
        self.pole = np.exp(-task.DT / self.tau)
        if on_chip:
            self.pole = RealPole.on_loihi(self.tau, task.DT).pole
        self.realization = laid_out.realization
        if choices["coordinates"] == "balanced":
            self.realization = task.published_realization()
        self.system = self.realization.system(
            *state_space(task.ORDER, task.THETA),
        )
        self.tunings = [
            replace(p.tuning, lost=task.DT / 2 if on_chip else 0.0)
            for p in laid_out.populations
        ]
        self._decode(rng)
        self.input = nengo.Node(size_in=1)
        even = choices.get("phases") == "even"
        self.ensembles = [
            nengo.Ensemble(
                len(p.tuning.gain),
                1,
                neuron_type=p.ensemble.neuron_type if even else nengo.LIF(),
                encoders=p.tuning.encoders,
                gain=p.tuning.gain,
                bias=p.tuning.bias,
            )
            for p in laid_out.populations
        ]
        self.probes = [nengo.Probe(e.neurons, synapse=None) for e in self.ensembles]
        if on_chip:
            self._connect_on_chip(*self._transforms())
        else:
            self._connect(*self._transforms())

    def decoded(self, spikes):
        """What the spikes say, (n_steps, order)."""
        pairs = zip(spikes, self.decoders, strict=True)
        return np.hstack([s @ decoders for s, decoders in pairs])

    def _decode(self, rng):
        """Decoders from recorded spikes, as ours are, or from rates, as nengo's."""
        A, B = self.system
        sample = white_noise(100 / task.FREQ, task.FREQ, task.LOUDEST, dt=task.DT)
        x = simulate(*discretize(A, B, task.DT), sample)
        x = np.vstack([np.zeros(task.ORDER), x[:-1]])
        velocity = x @ A.T + sample[:, None] @ B.T
        self.responses, self.decoders, leads = [], [], []
        for k, tuning in enumerate(self.tunings):
            one = slice(k, k + 1)
            recorded = record(tuning, x[:, one], self.pole, task.DT, self.on_chip)
            targets = np.hstack([x[:, one], velocity[:, one]])
            decoders, lead = decoders_and_lead(
                recorded, filtered(targets, self.pole), self.tau, rng
            )
            if self.choices["decoders"] != "recorded spikes":
                points = np.linspace(-1, 1, N_EVAL_POINTS)[:, None]
                solver = LstsqL2(reg=_numbers(self.choices["decoders"])[0])
                decoders, lead = solver(tuning.rates(points), points, rng=rng)[0], 0.0
            self.responses.append(recorded)
            self.decoders.append(decoders)
            leads.append([lead])
        self.leads = np.array(leads)

    def _transforms(self):
        """Continuous Principle 3, or the discrete one with either pole."""
        synapse, dt = nengo.Lowpass(self.tau), task.DT
        if self.choices["mapping"] == "continuous":
            dt = None
        elif self.choices["mapping"].endswith("pole"):
            synapse = RealPole(self.pole)
        mapped = map_to_synapse(*self.system, synapse, dt)
        return undo_leads(*mapped, *self.system, self.leads)

    def _connect(self, recurrent, drive):
        for i, post in enumerate(self.ensembles):
            nengo.Connection(self.input, post, transform=drive[i], synapse=self.tau)
            for j, pre in enumerate(self.ensembles):
                nengo.Connection(
                    pre.neurons,
                    post,
                    transform=recurrent[i, j] * self.decoders[j].T,
                    synapse=self.tau,
                )

    def _connect_on_chip(self, recurrent, drive):
        n_lines = N_LINES if self.choices["input"] == "five lines" else 0
        if n_lines:
            # The last line of a node may be one that never spikes.
            lines = nengo.Node(SpikeInput(self.peak), size_in=1, size_out=n_lines + 1)
            nengo.Connection(self.input, lines, synapse=None)
        silent = nengo.Node(0.0)
        spikes = task.DT * np.hstack(self.responses)
        of_lines = np.full((n_lines, n_lines), 1 / 16)
        gram = block_diag(spikes.T @ spikes / len(spikes), of_lines)
        for i, post in enumerate(self.ensembles):
            tuning, neurons = self.tunings[i], post.neurons
            encode = (tuning.gain * tuning.encoders.T)[0]
            decoders = [r * d for r, d in zip(recurrent[i], self.decoders, strict=True)]
            weights = np.vstack(decoders) * encode / task.DT
            step = encode * drive[i] * self.peak / N_LINES
            weights = np.vstack([weights, np.tile(step, (n_lines, 1))])
            unit = weight_unit(
                np.max(np.abs(weights)),
                np.max(np.abs(tuning.bias)),
                self.pole,
                nengo.LIF(),
                task.DT,
            )
            if self.choices["weights"] == "rounded":
                weights = np.clip(np.round(weights / unit), -LARGEST, LARGEST) * unit
            elif self.choices["weights"] == "rounded together":
                weights = round_weights(weights, gram, unit)
            # nengo multiplies weights onto neurons by their gain.
            weights = weights.T / tuning.gain[:, None]
            first = 0
            for pre in self.ensembles:
                nengo.Connection(
                    pre.neurons,
                    neurons,
                    transform=task.DT * weights[:, first : first + pre.n_neurons],
                    synapse=self.tau,
                )
                first += pre.n_neurons
            if n_lines:
                nengo.Connection(
                    lines[:n_lines], neurons, transform=weights[:, first:], synapse=None
                )
            else:
                twice = self.choices["input"].endswith("twice")
                synapse = self.tau if twice else None
                nengo.Connection(self.input, post, transform=drive[i], synapse=synapse)
            scale = scale_weight(unit) / tuning.gain[:, None]
            nengo.Connection(silent, neurons, transform=scale, synapse=None)


def decoders_and_lead(activities, targets, tau, rng):
    """Decoders of x and by how much what they decode leads, as a `SpikingMemory` has.

    Parameters
    ----------
    activities : (n, n_neurons) array
    targets : (n, 2) array
        x and its velocity.
    tau : float
        Of the synapse, in seconds.
    rng : RandomState
    """
    of_both, _ = NoiseAware(tau, REGULARITY)(activities, targets, rng=rng)
    rest = targets - activities @ of_both
    lead = -(targets[:, 1] @ rest[:, 0]) / (targets[:, 1] @ rest[:, 1])
    return of_both[:, :1] + lead * of_both[:, 1:], lead


def _numbers(text):
    """The numbers in the name of a value: "100-120 Hz", "-1 to 0.5, random"."""
    return [float(n) for n in re.findall(r"(?<!\d)-?\d+\.?\d*", text)]


def _intercepts(value, rng):
    """As an argument of `SpikingMemory`."""
    if value == "as the value, even":
        return None
    low, high = _numbers(value)
    if value.endswith("random"):
        return Uniform(low, high)
    n_each = task.N_NEURONS // task.ORDER
    return np.linspace(low, high, n_each)[rng.permutation(n_each)]


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

    errors = task.errors_of(make, backend, task.SIGNALS, run["seed"], **options)
    return {**task.by_signal(errors), "versions": versions(backend.package)}


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
        {**row, "backend": backend, "seed": seed}
        for row in rows
        for seed in range(trials)
    ]
    done = sweep(measure, runs, COLUMNS, out / "effects_runs.csv", workers=workers)
    for row in rows:
        same = [d for d in done if row.items() <= d.items()]
        row.update(task.summary([d[k] for d in same for k in task.BY_SIGNAL]))
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
    from matplotlib.ticker import NullLocator

    with report.style():
        size = 12, 1.2 + 0.2 * len(rows)
        figure, axes = report.subplots(1, 2, size=size, sharex=True)
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
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
                )
            ax.set(title=title, xlabel="NRMSE", yticks=y, yticklabels=names)
            ax.set_xscale("log")
            ticks = [
                t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if _near(t, rows)
            ]
            ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
            ax.xaxis.set_minor_locator(NullLocator())
            ax.invert_yaxis()
            ax.grid(axis="y", visible=False)
        figure.suptitle(f"What each choice is worth, on {backend}")
    return figure


def _near(tick, rows):
    """Whether a tick is within reach of the results."""
    ends = min(r["ci95_low"] for r in rows), max(r["ci95_high"] for r in rows)
    return ends[0] / 1.5 <= tick <= ends[1] * 1.5
