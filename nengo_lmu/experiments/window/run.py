"""A real signal held in spiking neurons, beside the ideal memory of it."""

import warnings
from functools import partial
from pathlib import Path

import numpy as np

from nengo_lmu import backends, checks, report
from nengo_lmu.design.strategies import DesignWarning
from nengo_lmu.evaluation import energy
from nengo_lmu.evaluation.error import ideal_state, past_nrmse
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.experiments.window.plot import DT, draw
from nengo_lmu.files import output_directory, write_columns, write_table
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import read_signal, resample, warn
from nengo_lmu.theory.legendre import delay_readout
from nengo_lmu.versions import versions

N_SHOWN = 60
"""Neurons in the raster."""


def hold(settings):
    """Run one memory on a signal.

    Parameters
    ----------
    settings : dict
        ``label``; ``signal``, (n_steps,) values at steps of 1 ms, in any unit;
        ``theta`` (s), ``order``, ``n_neurons``, ``neuron``, ``backend``, ``seed``.
        ``layout``, (n_steps,): the signal for which the memory is designed. Without it
        that is the signal itself, and the error is in-sample.

    Returns
    -------
    dict
        ``row``, the figures of the run; ``signal``; ``state`` and ``ideal``,
        (n_steps, order), in the unit of the signal; ``raster``.

    Notes
    -----
    The memory receives the signal without the mean of the layout and scaled to [-1, 1].
    """
    signal = np.asarray(settings["signal"], dtype=float)
    theta, order = settings["theta"], settings["order"]
    layout = settings.get("layout")
    layout = signal if layout is None else np.asarray(layout, dtype=float)
    backend = backends.find(settings["backend"])
    mean = layout.mean()
    scale = np.max(np.abs(layout - mean)) or 1.0
    u = (signal - mean) / scale
    ideal = ideal_state(u, order, theta, DT)
    kind = neuron(settings["neuron"], backend.chip)
    result = run_memory(
        partial(
            SpikingMemory,
            settings["n_neurons"],
            order,
            theta,
            neuron_type=kind,
            sample=(layout - mean) / scale,
            seed=settings["seed"],
        ),
        u,
        len(u) * DT,
        backend=settings["backend"],
        dt=DT,
        seed=settings["seed"],
        n_shown=N_SHOWN if kind.spiking else 0,
    )
    row = _figures(settings, result, u, ideal, scale)
    # The mean is a constant window, the first polynomial.
    constant = mean * np.eye(1, order)
    return {
        "row": row,
        "signal": signal,
        "state": result.state * scale + constant,
        "ideal": ideal * scale + constant,
        "raster": result.raster,
    }


def _figures(settings, result, u, ideal, scale):
    backend = backends.find(settings["backend"])
    order, seconds = settings["order"], len(u) * DT
    done = energy.work(
        settings["n_neurons"], order, result.n_spikes, len(u), dense=backend.chip
    )
    past = {"u": u, "theta": settings["theta"], "dt": DT, "n_points": 2 * order + 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DesignWarning)  # the row has no figure then
        expected = predict(result.memory, settings["backend"])
    # The measured part may be softer than what the memory is laid out for.
    window_rms = result.rmse / result.nrmse
    return {
        "memory": settings["label"],
        "backend": settings["backend"],
        "neuron": settings["neuron"],
        "neurons": settings["n_neurons"],
        "order": order,
        "theta": settings["theta"],
        "layout": "in-sample" if settings.get("layout") is None else "unseen",
        "nrmse": result.nrmse,
        "decoders": backend.design(result.memory.design).solved_for,
        "nrmse_predicted": expected.rmse / window_rms,
        "nrmse_past": past_nrmse(result.state, **past),
        "nrmse_past_ideal": past_nrmse(ideal, lag=0, **past),
        "nrmse_past_predicted": expected.nrmse_past,
        "best_order": expected.best_order or "",
        "limit": expected.limit,
        "range": str(result.range),
        "rmse": result.rmse * scale,
        "spikes_per_s": result.n_spikes / seconds,
        "loihi_mw": 1e3 * energy.joules(done, "loihi") / seconds,
        "build_s": result.build_s,
        "run_s": result.run_s,
        "versions": versions(backend.package),
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
    layout_from=None,
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
    layout_from : str, optional
        Signal for which the memory is designed: another file, or START:END, seconds of
        this one. By default the signal itself, and the error is in-sample.

    Returns
    -------
    dict
        See `hold`.
    """
    theta = checks.theta(theta, DT)
    order = checks.order(order)
    checks.n_neurons(neurons, order)
    whole = resample(*read_signal(file, rate), DT)
    signal = whole
    if seconds is not None:
        signal = whole[: round(checks.positive(seconds, "seconds", "s") / DT)]
        if seconds > len(whole) * DT + DT:
            warn(
                f"--seconds {seconds:g} is more than the {len(whole) * DT:g} s of "
                f"{str(file)!r}: all of it is held"
            )
    if len(signal) * DT < 2 * theta:
        allowed = f"a signal of two windows (2 theta = {2 * theta:g} s) at least"
        checks.fail("file", allowed, f"one of {len(signal) * DT:g} s")
    layout = None
    if layout_from is not None:
        layout = _layout(layout_from, file, whole, rate, len(signal))
    backends.get(backend)
    out = output_directory(out)
    result = hold(
        {
            "label": f"{backend}, {neuron_type}",
            "signal": signal,
            "layout": layout,
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
    for line in notes(result["row"], layout_from):
        print(line)
    print(f"{out / 'window.png'}, window.csv and results.csv are written")
    return result


def _layout(layout_from, file, whole, rate, n_measured):
    """The signal of the design; it shares no sample with the one that is measured."""
    if Path(layout_from).exists() and Path(layout_from).samefile(file):
        checks.fail("layout_from", "another file, or START:END of this one", file)
    try:
        first, last = (float(part) for part in str(layout_from).split(":"))
    except ValueError:
        return resample(*read_signal(layout_from, rate), DT)
    length = len(whole) * DT
    if not n_measured * DT <= first < last <= length + DT:
        checks.fail(
            "layout_from",
            f"START:END after the {n_measured * DT:g} s that are measured (--seconds) "
            f"and within the {length:g} s of the file",
            layout_from,
        )
    return whole[round(first / DT) : round(last / DT)]


def notes(row, layout_from):
    """What was done, and what to change, in sentences.

    Parameters
    ----------
    row : dict
        Of `hold`.
    layout_from : str or None
        As of `run`.
    """
    order, missed = row["order"], row["nrmse_past_ideal"]
    measured = "the signal that is measured: its error is in-sample"
    if row["layout"] == "unseen":
        measured = f"{layout_from}, which shares no sample with what is measured"
    found = [
        f"The memory is designed for {measured}.",
        f"Its decoders are solved for {row['decoders']}.",
        f"Against the true past, order {order} misses {missed:.3g} by itself; with the "
        f"neurons it is {row['nrmse_past']:.3g}.",
    ]
    if row["limit"] == "synapse":
        found.append(
            "The memory of order 1 is a lowpass, which its synapse is by itself: the "
            "error says nothing of the neurons, which do not take part."
        )
    best = row["best_order"]
    if best and best != order:
        found[2] += f" Try --order {best}, which balances the two."
    elif best:
        found[2] += " No other order is much better for as many neurons."
    return [*found, f"Input and state were {row['range']}."]


def summary(row):
    """The columns of a row that fit on a screen."""
    names = (
        "memory order neurons layout nrmse nrmse_predicted nrmse_past "
        "nrmse_past_ideal best_order spikes_per_s run_s"
    )
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
