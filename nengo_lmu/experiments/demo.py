"""The demonstration: a window of a real electrocardiogram in spiking neurons."""

import numpy as np
from rich.console import Console

from nengo_lmu import report
from nengo_lmu.data import ecg
from nengo_lmu.evaluation.error import ideal_state, past_nrmse
from nengo_lmu.experiments.resources import machine
from nengo_lmu.experiments.scaling.run import run as run_scaling
from nengo_lmu.experiments.window import run as window
from nengo_lmu.files import output_directory, write_columns, write_table
from nengo_lmu.signals import resample
from nengo_lmu.sweep.processes import Failure, run_in_processes
from nengo_lmu.sweep.sweep import SweepError
from nengo_lmu.versions import versions

THETA = 1.0
SECONDS = 8.0
LAYOUT = (20.0, 80.0)
"""Seconds of the record for which the memories are designed; none is measured."""

# The longest run begins first.
MEMORIES = [
    {
        "label": "Loihi emulator",
        "backend": "loihi",
        "neuron": "rectified",
        "order": 48,
        "n_neurons": 4800,
    },
    {
        "label": "Poisson neurons",
        "backend": "nengo-lmu",
        "neuron": "poisson-rectified",
        "order": 96,
        "n_neurons": 192_000,
    },
    {
        "label": "LIF neurons",
        "backend": "nengo-lmu",
        "neuron": "lif",
        "order": 24,
        "n_neurons": 9600,
    },
    {
        "label": "rectified neurons that take turns",
        "backend": "nengo-lmu",
        "neuron": "rectified",
        "order": 96,
        "n_neurons": 9600,
    },
]
SEED = 1

SCALING = {"orders": [3, 6, 12], "neurons": [300, 1200, 4800], "trials": 2}


def run_demo(out, *, workers=2):
    """Run everything and write ``report.html`` with its figures and tables.

    Parameters
    ----------
    out : path_like
        Output directory.
    workers : int, optional
        Runs at a time.

    Returns
    -------
    pathlib.Path
        The report.
    """
    out = output_directory(out)
    console = Console(stderr=True)
    times, millivolt = electrocardiogram()
    write_columns(out / "ecg.csv", {"seconds": times, "millivolt": millivolt})
    whole = resample(times, millivolt, window.DT)
    signal = whole[: round(SECONDS / window.DT)]
    results = _hold_all(signal, _seconds(whole, *LAYOUT), workers, console)
    rows = [result["row"] for result in results]
    write_table(out / "windows.csv", rows)
    report.save(window.draw(results), out / "windows.png")

    polynomials = approximation(signal)
    write_table(out / "polynomials.csv", polynomials)

    # A demonstration shows what this version does, not what an earlier one did.
    (out / "scaling" / "results.csv").unlink(missing_ok=True)
    _, fits = run_scaling(out=out / "scaling", workers=workers, **SCALING)

    shown = [window.summary(row) | {"range": row["range"]} for row in rows]
    path = out / "report.html"
    _write_report(path, shown, polynomials, fits)
    report.print_table(shown, title="The electrocardiogram in spikes")
    for row in rows:
        print(f"{row['memory']}: {row['range']}")
    print(f"The report is in {path}")
    return path


def electrocardiogram():
    """The record up to the end of the layout: times in s, values in mV, both (n,)."""
    millivolt, rate = ecg()
    last = round(LAYOUT[1] * rate) + 1
    return np.arange(last) / rate, millivolt[:last]


def _seconds(signal, first, last):
    return signal[round(first / window.DT) : round(last / window.DT)]


def approximation(signal, orders=(6, 12, 24, 48, 96)):
    """Error of the ideal memory's window against the true past, by its order.

    Parameters
    ----------
    signal : (n_steps,) ndarray
        At steps of 1 ms.

    Returns
    -------
    list of dict
        ``order`` and ``nrmse``.
    """
    u = signal - signal.mean()
    rows = []
    for order in orders:
        state = ideal_state(u, order, THETA, window.DT)
        nrmse = past_nrmse(state, u, THETA, window.DT, n_points=2 * order + 1, lag=0)
        rows.append({"order": order, "nrmse": nrmse})
    return rows


def _hold_all(signal, layout, workers, console):
    shared = {"signal": signal, "layout": layout, "theta": THETA, "seed": SEED}
    tasks = [{**memory, **shared} for memory in MEMORIES]
    results = {}
    with console.status("an electrocardiogram in spiking neurons"):
        for index, outcome in run_in_processes(window.hold, tasks, workers):
            label = tasks[index]["label"]
            if isinstance(outcome, Failure):
                raise SweepError(f"{label}: {outcome.message}")
            console.print(f"{label}: NRMSE {outcome['row']['nrmse']:.3f}")
            results[index] = outcome
    # The memory with the smallest error first, the chip last.
    return [results[index] for index in sorted(results, reverse=True)]


RECORD = "lead MLII of record 208 of the MIT-BIH Arrhythmia Database"


def _write_report(path, shown, polynomials, fits):
    sections = [
        {
            "title": "The window, held in spikes",
            "text": (
                f"{SECONDS:g} s of an electrocardiogram ({RECORD}) run through "
                f"recurrent spiking networks that keep the last {THETA:g} s. They are "
                f"designed for seconds {LAYOUT[0]:g} to {LAYOUT[1]:g} of the record, "
                "and measured on seconds that no part of the design has seen. From the "
                "top: the window at its strongest moment, as the neurons represent it, "
                "as the ideal memory does, and the signal; the signal of half a window "
                "ago, decoded from the spikes at each step; the error over the delays "
                "of the window; spikes of one population in the last window. nrmse is "
                "the error against the ideal memory, nrmse_predicted the same before "
                "the run, nrmse_past that against the true past, of the neurons and "
                "of the ideal memory, best_order the order that would balance the two "
                "for as many neurons."
            ),
            "figure": path.with_name("windows.png"),
            "rows": shown,
            "command": "\n".join(_command(path, memory) for memory in MEMORIES[::-1]),
        },
        {
            "title": "What the polynomials keep",
            "text": (
                "A polynomial of order d over one second follows about d / 2 Hz. The "
                "sharp peaks of the heartbeat need order 96: this is the error of the "
                "ideal memory's window against the true past, by its order, however "
                "many neurons there are."
            ),
            "rows": polynomials,
        },
        {
            "title": "How the error falls",
            "text": (
                "Band-limited white noise through Poisson memories of several orders d "
                "and numbers of neurons m. The paper says that the error goes with "
                f"d/√m; the fit says d to the {_power(fits, 'order')} and m to the "
                f"{_power(fits, 'n_neurons')} (95 % intervals). It is a small sweep; "
                "the second command is the full one."
            ),
            "figure": path.parent / "scaling" / "scaling.png",
            "command": "nengo-lmu scaling "
            f"--orders {','.join(map(str, SCALING['orders']))} "
            f"--neurons {','.join(map(str, SCALING['neurons']))} "
            f"--trials {SCALING['trials']} --out {path.parent / 'scaling'}\n"
            "nengo-lmu scaling --orders 2,4,8,16 --neurons 300:30000:5 --trials 5 "
            "--out out/scaling",
        },
    ]
    report.page(
        path,
        "A second of heartbeat in spiking neurons",
        "Legendre Memory Units, measured on a CPU and on the emulator of Loihi.",
        sections,
        [
            versions("nengo_loihi"),
            machine(),
            "All of this: nengo-lmu demo",
            f"The electrocardiogram: {RECORD} (Moody and Mark 2001; PhysioNet), Open "
            "Data Commons Attribution License 1.0.",
        ],
    )


def _command(path, memory):
    return (
        f"nengo-lmu window {path.with_name('ecg.csv')} --seconds {SECONDS:g} "
        f"--layout-from {LAYOUT[0]:g}:{LAYOUT[1]:g} --theta {THETA:g} "
        f"--order {memory['order']} --neuron-type {memory['neuron']} --neurons "
        f"{memory['n_neurons']} --backend {memory['backend']} --seed {SEED}"
    )


def _power(fits, name):
    """Exponent of the error in one of its factors, with its interval."""
    fit = next(f for f in fits if (f["of"], f["in"]) == ("nrmse", name))
    return f"{fit['exponent']:.2f} ({fit['low']:.2f} to {fit['high']:.2f})"
