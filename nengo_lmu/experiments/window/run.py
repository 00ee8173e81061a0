"""A real signal held in spiking neurons, beside the ideal memory of it."""

from functools import partial

import numpy as np

from nengo_lmu import backends, checks, report
from nengo_lmu.evaluation import energy
from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.experiments.window.plot import DT, draw
from nengo_lmu.files import output_directory, write_columns, write_table
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import read_signal, resample
from nengo_lmu.theory.legendre import delay_readout
from nengo_lmu.versions import versions


def hold(settings):
    """Run one memory on a signal.

    Parameters
    ----------
    settings : dict
        ``label``; ``signal``, (n_steps,) values at steps of 1 ms, in any unit;
        ``theta`` (s), ``order``, ``n_neurons``, ``neuron``, ``backend``, ``seed``.

    Returns
    -------
    dict
        ``row``, the figures of the run; ``signal``; ``state`` and ``ideal``,
        (n_steps, order), in the unit of the signal.

    Notes
    -----
    The memory sees the signal without its mean and scaled to [-1, 1], and is laid out
    for this very signal.
    """
    signal = np.asarray(settings["signal"], dtype=float)
    theta, order = settings["theta"], settings["order"]
    backend = backends.find(settings["backend"])
    mean = signal.mean()
    scale = np.max(np.abs(signal - mean)) or 1.0
    u = (signal - mean) / scale
    ideal = ideal_state(u, order, theta, DT)
    result = run_memory(
        partial(
            SpikingMemory,
            settings["n_neurons"],
            order,
            theta,
            neuron_type=neuron(settings["neuron"], backend.chip),
            sample=u,
            # A signal may be faster than the theory of LIF neurons allows for.
            recorded=settings["neuron"] == "lif",
            seed=settings["seed"],
        ),
        u,
        len(u) * DT,
        backend=settings["backend"],
        dt=DT,
        seed=settings["seed"],
    )
    done = energy.work(
        settings["n_neurons"], order, result.n_spikes, len(u), dense=backend.chip
    )
    row = {
        "memory": settings["label"],
        "backend": settings["backend"],
        "neuron": settings["neuron"],
        "neurons": settings["n_neurons"],
        "order": order,
        "theta": theta,
        "nrmse": result.nrmse,
        "rmse": result.rmse * scale,
        "nrmse_predicted": predict(result.memory, settings["backend"]).nrmse,
        "spikes_per_s": result.n_spikes / (len(u) * DT),
        "loihi_mw": 1e3 * energy.joules(done, "loihi") / (len(u) * DT),
        "build_s": result.build_s,
        "run_s": result.run_s,
        "versions": versions(backend.package),
    }
    # The mean is a constant window, the first polynomial.
    constant = mean * np.eye(1, order)
    return {
        "row": row,
        "signal": signal,
        "state": result.state * scale + constant,
        "ideal": ideal * scale + constant,
    }


def run(
    file,
    out,
    *,
    rate=None,
    theta=1.0,
    order=12,
    neurons=1200,
    neuron_type="lif",
    backend="nengo",
    seconds=None,
    seed=0,
):
    """Hold a signal from a file; write results.csv, window.csv and window.png.

    Parameters
    ----------
    file : path_like
        See `nengo_lmu.signals.read_signal`.
    out : path_like
        Output directory.
    rate : float, optional
        Sampling rate of a file without times, in Hz.
    theta, order, neurons, neuron_type, backend, seed
        Settings of the memory, see `hold`.
    seconds : float, optional
        How much of the signal, from its beginning; all of it by default.

    Returns
    -------
    dict
        See `hold`.
    """
    theta = checks.theta(theta, DT)
    order = checks.order(order)
    checks.n_neurons(neurons, order)
    signal = resample(*read_signal(file, rate), DT)
    if seconds is not None:
        signal = signal[: round(checks.positive(seconds, "seconds", "s") / DT)]
    if len(signal) * DT < 2 * theta:
        allowed = f"a signal of two windows (2 theta = {2 * theta:g} s) at least"
        checks.fail("file", allowed, f"one of {len(signal) * DT:g} s")
    backends.get(backend)
    out = output_directory(out)
    result = hold(
        {
            "label": f"{backend}, {neuron_type}",
            "signal": signal,
            "theta": theta,
            "order": order,
            "n_neurons": neurons,
            "neuron": neuron_type,
            "backend": backend,
            "seed": seed,
        }
    )
    write_table(out / "results.csv", [result["row"]])
    write_columns(out / "window.csv", _delays(result, theta, order))
    report.save(draw([result]), out / "window.png")
    report.print_table([summary(result["row"])])
    print(f"{out / 'window.png'}, window.csv and results.csv are written")
    return result


def summary(row):
    """The columns of a row that fit on a screen."""
    names = "memory neurons nrmse nrmse_predicted rmse spikes_per_s build_s run_s"
    return {name: row[name] for name in names.split()}


def _delays(result, theta, order, fractions=(0.0, 0.25, 0.5, 0.75, 1.0)):
    """Columns of the decoded delays over time."""
    readout = delay_readout(order, fractions).T
    columns = {"seconds": DT * np.arange(1, len(result["signal"]) + 1)}
    columns["signal"] = result["signal"]
    for name in ("ideal", "state"):
        delays = (result[name] @ readout).T
        for fraction, values in zip(fractions, delays, strict=True):
            columns[f"{name} {fraction * theta:g} s ago"] = values
    return columns
