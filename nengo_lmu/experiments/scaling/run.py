"""How the error, the time and the memory of the closed loop scale.

The paper's law, an error of O(d / sqrt(m)) for O(m) time and memory (Voelker, Kajić,
Eliasmith, NeurIPS 2019, section 2.3), measured in the recurrent network.
"""

from functools import partial

import numpy as np

from nengo_lmu import backends, checks, report
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.experiments.resources import PeakMemory
from nengo_lmu.experiments.scaling.plot import draw, tables
from nengo_lmu.experiments.scaling.power_laws import fit_laws
from nengo_lmu.files import output_directory, write_json, write_whole
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import white_noise
from nengo_lmu.simulator.memory import available_bytes
from nengo_lmu.sweep.cluster import on_cluster
from nengo_lmu.sweep.processes import run_in_processes
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

DT = 0.001
RMS = 0.5
PERIODS = 10
"""Least number of periods of the highest frequency in the noise."""

FEWEST = 10
"""Neurons for each dimension from which on a combination is run.

With fewer the decoders cannot hold the state, and the loop forgets the signal."""

COLUMNS = (
    "order n_neurons theta freq seconds neuron backend seed rmse nrmse nrmse_predicted "
    "n_spikes build_s run_s peak_mb versions"
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
        ``rmse``, ``nrmse``, ``nrmse_predicted``, ``n_spikes``, ``build_s``, ``run_s``,
        ``peak_mb`` (memory of building and running, without the imported packages),
        ``versions``.
    """
    backend = backends.find(run["backend"])

    def make_memory(n_neurons, order):
        return SpikingMemory(
            n_neurons,
            order,
            run["theta"],
            neuron_type=neuron(run["neuron"], backend.chip),
            freq=run["freq"],
            rms=RMS,
            seed=run["seed"],
        )

    simulate = partial(run_memory, backend=run["backend"], dt=DT, seed=run["seed"])
    # What is imported, compiled or loaded at the first memory of a process counts
    # neither as time nor as memory.
    simulate(partial(make_memory, 2, 1), np.zeros(1), DT)
    # A part of a longer signal, as a short one is one or two sines only; as loud.
    period = max(run["seconds"], PERIODS / run["freq"])
    noise = white_noise(period, run["freq"], RMS, dt=DT, seed=run["seed"])
    noise = noise[: round(run["seconds"] / DT)]
    noise *= RMS / np.sqrt(np.mean(noise**2))
    with PeakMemory() as peak:
        result = simulate(
            partial(make_memory, run["n_neurons"], run["order"]), noise, run["seconds"]
        )
    prediction = predict(result.memory, run["backend"])
    # In parts of the window that this signal leaves, as the measured error is.
    unit = result.rmse / result.nrmse
    return {
        "rmse": result.rmse,
        "nrmse": result.nrmse,
        "nrmse_predicted": prediction.rmse / unit,
        "n_spikes": result.n_spikes,
        "build_s": result.build_s,
        "run_s": result.run_s,
        "peak_mb": peak.mb,
        "versions": versions(backend.package),
    }


def run(
    orders,
    neurons,
    out,
    *,
    trials=5,
    neuron_type="poisson",
    backend="nengo-lmu",
    theta=1.0,
    freq=None,
    seconds=None,
    workers=2,
    scheduler=None,
    seed=0,
):
    """Measure every combination, fit the laws, draw them.

    Parameters
    ----------
    orders, neurons : list of int
        Orders d and numbers of neurons m. What has fewer than `FEWEST` neurons for a
        dimension is left out, and that is said.
    out : path_like
        Directory of ``results.csv``, ``fit.json``, ``scaling.md`` (the tables) and
        ``scaling.png``. A sweep that was stopped goes on with what is missing.
    trials : int, optional
        Runs of each combination, with the seeds ``seed``, ``seed + 1``, ...
    neuron_type, backend : str, optional
        See `nengo_lmu.experiments.neurons` and `nengo_lmu.backends`.
    theta : float, optional
        Length of the window, in seconds.
    freq : float, optional
        Upper limit of the noise, in Hz. By default half a period in a window, which
        every order from 2 on can hold: an order d holds d / pi of them. Where a memory
        is too small for the signal, the power law in d ends.
    seconds : float, optional
        Simulated time, three windows by default; the first is not measured. Longer
        runs need fewer trials for the same certainty.
    workers : int, optional
        Runs at a time on this machine.
    scheduler : str, optional
        Address of the scheduler of a Dask cluster, which then does the runs; see
        `nengo_lmu.sweep.cluster`.

    Returns
    -------
    rows : list of dict
        The table.
    fit : dict
        See `fit_laws`.
    """
    neuron(neuron_type, backends.find(backend).chip)
    backends.get(backend)
    theta = checks.theta(theta, DT)
    freq = checks.positive(0.5 / theta if freq is None else freq, "freq", "Hz")
    seconds = checks.positive(3 * theta if seconds is None else seconds, "seconds", "s")
    if seconds <= theta:
        checks.fail("seconds", f"more than theta = {theta:g} s", seconds)
    if freq * seconds < 1:
        checks.fail("freq", f"at least a period in {seconds:g} s", freq)
    combinations = _combinations(orders, neurons)
    if scheduler is None:
        executor = run_in_processes
        workers = min(workers, _room(combinations))
    else:
        executor = on_cluster(scheduler)
    shared = {
        "theta": theta,
        "freq": freq,
        "seconds": seconds,
        "neuron": neuron_type,
        "backend": backend,
    }
    runs = [
        {"order": order, "n_neurons": n_neurons, **shared, "seed": seed + trial}
        for n_neurons, order in combinations
        for trial in range(trials)
    ]
    out = output_directory(out)
    rows = sweep(
        measure, runs, COLUMNS, out / "results.csv", workers=workers, executor=executor
    )
    fit = fit_laws(rows)
    write_json(out / "fit.json", fit)
    write_whole(out / "scaling.md", tables(rows, fit))
    report.save(draw(rows, fit), out / "scaling.png")
    return rows, fit


def _room(combinations):
    """For how many of the largest runs at a time this machine has memory."""
    # Rates of a population at 400 points, and what a neuron has besides.
    n_bytes, m, d = max((4000 * m // d + 500 * m, m, d) for m, d in combinations)
    available = available_bytes()
    if available is None:
        return len(combinations)
    if available < n_bytes:
        checks.fail(
            "neurons",
            f"few enough for the {available / 1e9:.1f} GB of memory that are free",
            f"{m} neurons of order {d}, which take about {n_bytes / 1e9:.1f} GB",
        )
    return available // n_bytes


def _combinations(orders, neurons):
    """Pairs of a number of neurons and an order, the long runs first."""
    orders = sorted({checks.order(order) for order in orders}, reverse=True)
    neurons = sorted({checks.integer(m, attr="neurons") for m in neurons}, reverse=True)
    pairs = [(m, order) for m in neurons for order in orders]
    kept = [(m, order) for m, order in pairs if m >= FEWEST * order]
    rest = ", ".join(f"m = {m} for d = {d}" for m, d in pairs if m < FEWEST * d)
    if not kept:
        least = FEWEST * orders[-1]
        checks.fail(
            "neurons", f"at least {least} ({FEWEST} for each dimension)", neurons[0]
        )
    if rest:
        print(f"Fewer than {FEWEST} neurons for each dimension, left out: {rest}")
    return kept
