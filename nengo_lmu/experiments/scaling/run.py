"""How the error, the time and the memory of the closed loop scale.

The paper's law, an error of O(d / sqrt(m)) for O(m) time and memory (Voelker, Kajić,
Eliasmith, NeurIPS 2019, section 2.3), measured in the recurrent network.
"""

from functools import partial

import numpy as np

from nengo_lmu import backends, checks, report
from nengo_lmu.evaluation.energy import joules, work
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.experiments.resources import PeakMemory
from nengo_lmu.experiments.run_length import error_so_far, windows_to_go
from nengo_lmu.experiments.scaling.plot import draw
from nengo_lmu.experiments.scaling.power_laws import COLUMNS as EXPONENTS
from nengo_lmu.experiments.scaling.power_laws import fit_laws
from nengo_lmu.experiments.scaling.tables import tables
from nengo_lmu.files import output_directory, write_table, write_whole
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import white_noise
from nengo_lmu.simulator.memory import available_bytes
from nengo_lmu.sweep.cluster import on_cluster
from nengo_lmu.sweep.processes import run_in_processes
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

DT = 0.001
RMS = 0.5
START, PERIOD, BLOCK = 3, 10, 2
"""Windows: before the error is measured, in a period of the noise, and in a block.

The noise repeats itself and the error is measured over whole periods, so the loudness
of what is measured is always the same. The squared error of a window is correlated over
half a window, at order 2; at higher orders over less."""

LEAST_BLOCKS = 10
"""Blocks from which on their standard error is trusted."""

NEURON_WINDOWS, MOST_WINDOWS = 5e6, 500
"""A run that is not accurate by then ends: neurons times windows, and windows."""

FEWEST = 10
"""Neurons for each dimension from which on a combination is run.

With fewer the decoders cannot hold the state, and the loop forgets the signal."""

MANY, FEW_TRIALS = 50_000, 2
"""Number of neurons beyond which a combination has this many trials at most."""

COLUMNS = (
    "order n_neurons theta band freq tolerance neuron backend seed seconds rmse nrmse "
    "standard_error nrmse_predicted spike_rate watts build_s run_s peak_mb versions"
).split()


def measure(run):
    """Build one memory and simulate it on band-limited white noise.

    Parameters
    ----------
    run : dict
        ``order``, ``n_neurons``, ``theta`` (s), ``freq`` (Hz, upper limit of the noise,
        whose rms is 0.5), ``tolerance`` (relative standard error of the NRMSE at which
        the run ends), ``neuron``, ``backend``, ``seed``. The noise depends on the seed,
        ``theta`` and ``freq`` alone, so memories of all sizes are driven by the same
        signals.

    Returns
    -------
    dict
        ``seconds`` (simulated), ``rmse``, ``nrmse``, ``standard_error`` (relative, of
        the NRMSE), ``nrmse_predicted``, ``spike_rate`` (a second, of all neurons),
        ``watts`` (of its operations, at the energies of Loihi), ``build_s``, ``run_s``
        (for a second simulated), ``peak_mb`` (memory of building and of the first
        stretch, without the imported packages), ``versions``.
    """
    backend, theta = backends.find(run["backend"]), run["theta"]
    m, order = run["n_neurons"], run["order"]
    simulate = partial(run_memory, backend=run["backend"], dt=DT, seed=run["seed"])
    # What is imported, compiled or loaded at the first memory of a process counts
    # neither as time nor as memory.
    simulate(partial(_memory, 2, 1, run), np.zeros(1), DT)
    period = PERIOD * theta
    noise = white_noise(period, run["freq"], RMS, dt=DT, seed=run["seed"])
    peaks = []
    with PeakMemory() as peak:

        def more(result):
            if not peaks:
                peak.read()
                peaks.append(peak.mb)
            return _further(result, m, run["tolerance"])

        make = partial(_memory, m, order, run)
        result = simulate(make, noise, START * theta + period, more=more)
    rmse, ideal, relative = _error(result)
    seconds = len(result.u) * DT
    rate = result.n_spikes / seconds
    return {
        "seconds": seconds,
        "rmse": rmse,
        "nrmse": rmse / ideal,
        "standard_error": relative,
        # In parts of the window that this signal leaves, as the measured error is.
        "nrmse_predicted": predict(result.memory, run["backend"]).rmse / ideal,
        "spike_rate": rate,
        "watts": joules(work(m, order, rate, 1 / DT), "loihi"),
        "build_s": result.build_s,
        "run_s": result.run_s / seconds,
        "peak_mb": peaks[0],
        "versions": versions(backend.package),
    }


def _memory(n_neurons, order, run):
    return SpikingMemory(
        n_neurons,
        order,
        run["theta"],
        neuron_type=neuron(run["neuron"], backends.find(run["backend"]).chip),
        freq=run["freq"],
        rms=RMS,
        seed=run["seed"],
    )


def _further(result, n_neurons, tolerance):
    """Seconds by which a run has to go on, 0 if it is accurate or long enough."""
    theta = result.memory.theta
    n_windows = round(len(result.u) * DT / theta) - START
    most = min(MOST_WINDOWS, NEURON_WINDOWS / n_neurons)
    least, relative = LEAST_BLOCKS * BLOCK, _error(result)[2]
    missing = windows_to_go(n_windows, relative, tolerance, least, most)
    return np.ceil(missing / PERIOD) * PERIOD * theta


def _error(result):
    """As of `error_so_far`, in these blocks and periods."""
    theta = result.memory.theta
    return error_so_far(result, START * theta + DT, BLOCK * theta, PERIOD // BLOCK)


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
    tolerance=0.03,
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
        Directory of ``results.csv``, ``exponents.csv``, ``scaling.md`` (the tables) and
        ``scaling.png``. A sweep that was stopped goes on with what is missing.
    trials : int, optional
        Runs of each combination, with the seeds ``seed``, ``seed + 1``, ...; beyond
        `MANY` neurons at most `FEW_TRIALS`.
    neuron_type, backend : str, optional
        See `nengo_lmu.experiments.neurons` and `nengo_lmu.backends`.
    theta : float, optional
        Length of the window, in seconds.
    freq : float or "order", optional
        Upper limit of the noise, in Hz; or, with "order", d / (3 theta) for order d,
        which is nearly all that an order can hold. By default half a period in a
        window for all orders, which every order from 2 on can hold.
    tolerance : float, optional
        Each run goes on until the standard error of its NRMSE is this part of it, up to
        `MOST_WINDOWS`, or `NEURON_WINDOWS` in all neurons.
    workers : int, optional
        Runs at a time on this machine.
    scheduler : str, optional
        Address of the scheduler of a Dask cluster, which then does the runs; see
        `nengo_lmu.sweep.cluster`.

    Returns
    -------
    rows : list of dict
        The table.
    fits : list of dict
        See `fit_laws`.
    """
    neuron(neuron_type, backends.find(backend).chip)
    backends.get(backend)
    theta = checks.theta(theta, DT)
    band = _band(freq, theta)
    tolerance = checks.positive(tolerance, "tolerance")
    combinations = _combinations(orders, neurons)
    if scheduler is None:
        executor = run_in_processes
        workers = min(workers, _room(combinations))
    else:
        executor = on_cluster(scheduler)
    runs = [
        {
            "order": order,
            "n_neurons": n_neurons,
            "theta": theta,
            "band": "same" if band else "order",
            "freq": band or order / (3 * theta),
            "tolerance": tolerance,
            "neuron": neuron_type,
            "backend": backend,
            "seed": seed + trial,
        }
        for n_neurons, order in combinations
        for trial in range(min(trials, FEW_TRIALS) if n_neurons > MANY else trials)
    ]
    out = output_directory(out)
    rows = sweep(
        measure, runs, COLUMNS, out / "results.csv", workers=workers, executor=executor
    )
    fits = fit_laws(rows)
    write_table(out / "exponents.csv", fits, EXPONENTS)
    write_whole(out / "scaling.md", tables(rows, fits))
    report.save(draw(rows, fits), out / "scaling.png")
    return rows, fits


def _band(freq, theta):
    """Upper limit of the noise for all orders, in Hz; None where it is the order's."""
    if freq == "order":
        return None
    try:
        freq = 0.5 / theta if freq is None else float(freq)
    except (TypeError, ValueError):
        checks.fail("freq", "a number of Hz or 'order'", freq)
    freq = checks.positive(freq, "freq", "Hz")
    if freq * PERIOD * theta < 1:
        checks.fail("freq", f"at least a period in {PERIOD * theta:g} s", freq)
    return freq


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
