"""How the error, the time and the memory of the closed loop scale.

The paper's law, an error of O(d / sqrt(m)) for O(m) time and memory (Voelker, Kajić,
Eliasmith, NeurIPS 2019, section 2.3), measured in the recurrent network.
"""

import json
from functools import partial

import numpy as np

from nengo_lmu import backends, checks, report
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.experiments.resources import PeakMemory, versions
from nengo_lmu.experiments.sweep import sweep
from nengo_lmu.files import output_directory, write_whole
from nengo_lmu.measure import theory
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import white_noise

DT = 0.001
RMS = 0.5
COLUMNS = (
    "order n_neurons theta freq seconds neuron backend seed rmse nrmse nrmse_predicted "
    "nrmse_bound n_spikes build_s run_s peak_mb versions"
).split()


def measure(run):
    """Build and simulate one memory on band-limited white noise.

    Parameters
    ----------
    run : dict
        ``order``, ``n_neurons``, ``theta`` (s), ``freq`` (Hz, upper limit of the noise,
        whose rms is 0.5), ``seconds``, ``neuron``, ``backend``, ``seed``. The noise
        depends on the seed and the seconds alone, so memories of all sizes are driven
        by the same signals.

    Returns
    -------
    dict
        ``rmse``, ``nrmse``, ``nrmse_predicted`` and ``nrmse_bound`` (theory; empty
        where it says nothing), ``n_spikes``, ``build_s``, ``run_s``, ``peak_mb``
        (memory of building and running, without the imported packages), ``versions``.
    """
    backend = backends.find(run["backend"])
    backend.load()  # so that its import counts neither as time nor as memory
    make_memory = partial(
        SpikingMemory,
        run["n_neurons"],
        run["theta"],
        run["order"],
        neuron_type=neuron(run["neuron"], backend.chip),
        freq=run["freq"],
        rms=RMS,
        on_chip=backend.chip,
        seed=run["seed"],
    )
    noise = white_noise(run["seconds"], run["freq"], RMS, dt=DT, seed=run["seed"])
    with PeakMemory() as peak:
        result = run_memory(
            make_memory,
            noise,
            run["seconds"],
            backend=run["backend"],
            dt=DT,
            seed=run["seed"],
        )
    prediction = theory.predict(result.memory)
    # In parts of the window that this signal leaves, as the measured error is.
    unit = result.rmse / result.nrmse
    bound = "" if prediction.bound is None else prediction.bound * prediction.rms / unit
    return {
        "rmse": result.rmse,
        "nrmse": result.nrmse,
        "nrmse_predicted": prediction.rmse / unit,
        "nrmse_bound": bound,
        "n_spikes": result.n_spikes,
        "build_s": result.build_s,
        "run_s": result.run_s,
        "peak_mb": peak.mb,
        "versions": versions(backend.package),
    }


def run_scaling(
    orders,
    neurons,
    out,
    *,
    trials=5,
    neuron_name="poisson",
    backend="nengo",
    theta=1.0,
    freq=None,
    seconds=None,
    workers=2,
    seed=0,
):
    """Measure every combination, fit the laws, draw them.

    Parameters
    ----------
    orders, neurons : list of int
        Orders d and numbers of neurons m.
    out : path_like
        Directory of ``results.csv``, ``fit.json`` and ``scaling.png``. A sweep that
        was stopped goes on with what is missing.
    trials : int, optional
        Runs of each combination, with the seeds ``seed``, ``seed + 1``, ...
    neuron_name, backend : str, optional
        See `nengo_lmu.experiments.neurons` and `nengo_lmu.backends`.
    theta : float, optional
        Length of the window, in seconds.
    freq : float, optional
        Upper limit of the noise, in Hz. By default half a period in a window, which
        every order from 2 on can hold: an order d holds d / pi of them. Where a memory
        is too small for the signal, the power law in d ends.
    seconds : float, optional
        Simulated time, six windows by default; the first is not measured.
    workers : int, optional
        Runs at a time.

    Returns
    -------
    rows : list of dict
        The table.
    fit : dict
        See `fit_laws`.
    """
    neuron(neuron_name, backends.find(backend).chip)
    backends.get(backend)
    theta = checks.theta(theta, DT)
    freq = checks.positive(0.5 / theta if freq is None else freq, "freq", "Hz")
    seconds = checks.positive(6 * theta if seconds is None else seconds, "seconds", "s")
    if seconds <= theta:
        checks.fail("seconds", f"more than theta = {theta:g} s", seconds)
    if freq * seconds < 1:
        checks.fail("freq", f"at least a period in {seconds:g} s", freq)
    for n_neurons in neurons:
        for order in orders:
            checks.n_neurons(n_neurons, checks.order(order))
    shared = {
        "theta": theta,
        "freq": freq,
        "seconds": seconds,
        "neuron": neuron_name,
        "backend": backend,
    }
    runs = [
        {"order": order, "n_neurons": n_neurons, **shared, "seed": seed + trial}
        # The long runs come first.
        for n_neurons in sorted(set(neurons), reverse=True)
        for order in sorted(set(orders), reverse=True)
        for trial in range(trials)
    ]
    out = output_directory(out)
    rows = sweep(measure, runs, COLUMNS, out / "results.csv", workers=workers)
    fit = fit_laws(rows)
    write_whole(out / "fit.json", json.dumps(fit, indent=2) + "\n")
    report.save(draw(rows, fit), out / "scaling.png")
    return rows, fit


def fit_laws(rows, n_resamples=2000, seed=0):
    """Exponents of the power laws, by least squares on logarithms.

    Three models, each over all rows: error ``= c d^a m^b``, error ``= c d^a s^b`` with
    the number of spikes ``s``, and time or memory ``= c d^a m^b``.

    Parameters
    ----------
    rows : list of dict
        Rows of a scaling table.
    n_resamples : int, optional
        Bootstrap samples: rows drawn with replacement, the same draws for all models.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    dict
        ``order``, ``n_neurons`` (a and b of the first model), ``n_spikes`` (b of the
        second), ``build_s``, ``run_s``, ``peak_mb`` (b of the third), each a dict of
        ``exponent`` and ``ci95`` (or None where the rows do not vary in what the
        exponent is of), ``r2`` and ``scale`` (c) of the first model.
    """
    rng = np.random.default_rng(seed)
    samples = rng.integers(len(rows), size=(n_resamples, len(rows)))
    error = _PowerLaw(rows, "nrmse", ["order", "n_neurons"], samples)
    fit = {name: error.exponent(name) for name in ("order", "n_neurons")}
    by_spikes = _PowerLaw(rows, "nrmse", ["order", "n_spikes"], samples)
    fit["n_spikes"] = by_spikes.exponent("n_spikes")
    for cost in ("build_s", "run_s", "peak_mb"):
        law = _PowerLaw(rows, cost, ["order", "n_neurons"], samples)
        fit[cost] = law.exponent("n_neurons")
    return {**fit, "r2": error.r2, "scale": error.scale}


class _PowerLaw:
    """log y = log c + sum of exponent * log x, with a bootstrap."""

    def __init__(self, rows, target, factors, samples):
        y = np.array([row[target] for row in rows], dtype=float)
        x = {name: np.array([row[name] for row in rows], float) for name in factors}
        # What does not vary has no exponent, nor has what has no logarithm: no spikes,
        # memory too little to be seen.
        self.names = [n for n in factors if np.ptp(x[n]) > 0 and np.all(x[n] > 0)]
        if np.any(y <= 0):
            self.names, y = [], np.ones(len(y))
        X = np.column_stack([np.ones(len(y)), *(np.log(x[n]) for n in self.names)])
        y = np.log(y)
        self.coefficients = _least_squares(X, y)
        residual = y - X @ self.coefficients
        variation = np.sum((y - y.mean()) ** 2)
        self.r2 = float(1 - residual @ residual / variation) if variation else None
        self.scale = float(np.exp(self.coefficients[0]))
        drawn = np.array([_least_squares(X[s], y[s]) for s in samples])
        self.intervals = np.nanpercentile(drawn, [2.5, 97.5], axis=0).T

    def exponent(self, name):
        if name not in self.names:
            return None
        k = 1 + self.names.index(name)
        return {
            "exponent": float(self.coefficients[k]),
            "ci95": [float(limit) for limit in self.intervals[k]],
        }


def _least_squares(X, y):
    """Coefficients, or NaN where a resample does not determine them."""
    coefficients, _, rank, _ = np.linalg.lstsq(X, y)
    return coefficients if rank == X.shape[1] else np.full(X.shape[1], np.nan)


def draw(rows, fit):
    """The figure of a scaling table: the paper's line and ours, and what it costs."""
    orders = sorted({row["order"] for row in rows})
    with report.style():
        figure, axes = report.subplots(2, 2, size=(10, 7.5))
        (error, spikes), (time, memory) = axes
        colors = dict(zip(orders, report.shades(len(orders)), strict=True))
        for order in orders:
            some = [row for row in rows if row["order"] == order]
            color = colors[order]
            _points(error, some, "n_neurons", "nrmse", color)
            error.plot(
                *_means(some, "n_neurons", "nrmse_predicted"),
                ":",
                color=color,
                linewidth=1.2,
            )
            _points(time, some, "n_neurons", "run_s", color)
            _points(time, some, "n_neurons", "build_s", color, marker="^")
            _points(memory, some, "n_neurons", "peak_mb", color)
            if all(row["n_spikes"] > 0 for row in some):
                _points(spikes, some, "n_spikes", "nrmse", color, f"d = {order}")
        _draw_laws(error, rows, fit, colors)
        error.set(xlabel="neurons m", ylabel="NRMSE of the window")
        error.plot([], [], ":", color="0.4", label="theory")
        error.legend()
        spikes.set(xlabel="spikes of the run", ylabel="NRMSE of the window")
        spikes.legend()
        time.set(xlabel="neurons m", ylabel="seconds")
        time.plot([], [], "o", color="0.4", label="run")
        time.plot([], [], "^", color="0.4", label="build")
        time.legend()
        memory.set(xlabel="neurons m", ylabel="peak memory (MB)")
        error.set_title(_title("error", fit["n_neurons"], "m", fit["order"], "d"))
        spikes.set_title(_title("error", fit["n_spikes"], "spikes"))
        time.set_title(_title("run", fit["run_s"], "m"))
        memory.set_title(_title("memory", fit["peak_mb"], "m"))
        for ax in axes.flat:
            report.logarithmic(ax)
        return figure


def _points(ax, rows, x, y, color, label=None, marker="o"):
    """Each run small and pale, the mean of each combination on top."""
    ax.plot(
        [row[x] for row in rows],
        [row[y] for row in rows],
        marker,
        color=color,
        alpha=0.3,
        markersize=3,
    )
    ax.plot(*_means(rows, x, y), marker, color=color, label=label, markersize=6)


def _means(rows, x, y):
    """Means of two columns over the rows of each number of neurons, (2, n)."""
    groups = {}
    for row in rows:
        groups.setdefault(row["n_neurons"], []).append((row[x], row[y]))
    return np.array([np.mean(groups[m], axis=0) for m in sorted(groups)]).T


def _draw_laws(ax, rows, fit, colors):
    """Our fit, solid; the paper's d / sqrt(m), dashed, through the middle of the data.

    The paper gives no constant, so its line has the one that fits best.
    """
    m = np.array([row["n_neurons"] for row in rows], dtype=float)
    d = np.array([row["order"] for row in rows], dtype=float)
    nrmse = np.array([row["nrmse"] for row in rows])
    constant = np.exp(np.mean(np.log(nrmse * np.sqrt(m) / d)))
    ends = np.array([m.min(), m.max()])
    exponents = [fit[k]["exponent"] if fit[k] else 0 for k in ("order", "n_neurons")]
    for order, color in colors.items():
        ours = fit["scale"] * order ** exponents[0] * ends ** exponents[1]
        ax.plot(ends, ours, "-", color=color, linewidth=1)
        ax.plot(ends, constant * order / np.sqrt(ends), "--", color=color, linewidth=1)
    ax.plot([], [], "-", color="0.4", linewidth=1, label="our fit")
    ax.plot([], [], "--", color="0.4", linewidth=1, label="paper: d / √m")


def _title(what, *laws):
    """For example: error ~ m^-0.49 d^0.92."""
    pairs = zip(laws[::2], laws[1::2], strict=True)
    powers = [f"{name}$^{{{law['exponent']:.2f}}}$" for law, name in pairs if law]
    return f"{what} ∝ {' '.join(powers)}" if powers else what
