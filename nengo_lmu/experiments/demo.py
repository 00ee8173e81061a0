"""The demonstration: a window of a real electrocardiogram in spiking neurons."""

import numpy as np
from rich.console import Console

from nengo_lmu import report
from nengo_lmu.data import ecg
from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.experiments.resources import machine
from nengo_lmu.experiments.scaling.run import run as run_scaling
from nengo_lmu.experiments.window import run as window
from nengo_lmu.files import output_directory, write_columns, write_table
from nengo_lmu.signals import resample
from nengo_lmu.sweep.processes import Failure, run_in_processes
from nengo_lmu.sweep.sweep import SweepError
from nengo_lmu.theory.legendre import delay_readout
from nengo_lmu.versions import versions

THETA = 1.0
ORDER = 12
SECONDS = 5.0
BEGIN = 10.0
"""Seconds of the record before the part that is shown."""

# The emulator takes the longest, so it begins first.
MEMORIES = [
    {
        "label": "Loihi emulator, LIF",
        "backend": "loihi",
        "neuron": "lif",
        "n_neurons": 600,
    },
    {"label": "nengo, Poisson", "backend": "nengo", "neuron": "poisson"},
    {"label": "nengo, LIF", "backend": "nengo", "neuron": "lif"},
]
N_NEURONS = 2400
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
    signal = resample(times, millivolt, window.DT)
    results = _hold_all(signal, workers, console)
    rows = [result["row"] for result in results]
    write_table(out / "windows.csv", rows)
    report.save(window.draw(results), out / "windows.png")

    polynomials = approximation(signal)
    write_table(out / "polynomials.csv", polynomials)

    # A demonstration shows what this version does, not what an earlier one did.
    (out / "scaling" / "results.csv").unlink(missing_ok=True)
    _, fit = run_scaling(out=out / "scaling", workers=workers, **SCALING)

    shown = [window.summary(row) for row in rows]
    path = out / "report.html"
    _write_report(path, shown, polynomials, fit)
    report.print_table(shown, title="The electrocardiogram in spikes")
    print(f"The report is in {path}")
    return path


def electrocardiogram():
    """The part of the record that is shown: times in s, values in mV, both (n,)."""
    millivolt, rate = ecg()
    first, last = round(BEGIN * rate), round((BEGIN + SECONDS) * rate) + 1
    return np.arange(last - first) / rate, millivolt[first:last]


def approximation(signal, orders=(6, ORDER, 24, 48, 96)):
    """What the ideal memory itself keeps of the signal, by its order: no neurons.

    Parameters
    ----------
    signal : (n_steps,) ndarray
        At steps of 1 ms.

    Returns
    -------
    list of dict
        ``order`` and ``nrmse``, that of the decoded window against the true past.
    """
    u = signal - signal.mean()
    fractions = np.linspace(0, 1, 51)
    lags = np.round(fractions * THETA / window.DT).astype(int)
    now = np.arange(lags[-1], len(u))
    past = u[now[:, None] - lags]
    rows = []
    for order in orders:
        states = ideal_state(u, order, THETA, window.DT)[now]
        error = states @ delay_readout(order, fractions).T - past
        nrmse = np.sqrt(np.mean(error**2) / np.mean(past**2))
        rows.append({"order": order, "nrmse": float(nrmse)})
    return rows


def _hold_all(signal, workers, console):
    tasks = [
        {
            "n_neurons": N_NEURONS,
            **memory,
            "signal": signal,
            "theta": THETA,
            "order": ORDER,
            "seed": SEED,
        }
        for memory in MEMORIES
    ]
    results = {}
    with console.status("an electrocardiogram in spiking neurons"):
        for index, outcome in run_in_processes(window.hold, tasks, workers):
            label = tasks[index]["label"]
            if isinstance(outcome, Failure):
                raise SweepError(f"{label}: {outcome.message}")
            console.print(f"{label}: NRMSE {outcome['row']['nrmse']:.3f}")
            results[index] = outcome
    # nengo first, the chip last
    return [results[index] for index in sorted(results, reverse=True)]


RECORD = "lead MLII of record 208 of the MIT-BIH Arrhythmia Database"


def _write_report(path, shown, polynomials, fit):
    sections = [
        {
            "title": "The window, held in spikes",
            "text": (
                f"{SECONDS:g} s of an electrocardiogram ({RECORD}) run through a "
                f"recurrent spiking network that keeps the last {THETA:g} s in {ORDER} "
                "Legendre coefficients. Above: the window at the end of the run, as "
                "the neurons hold it, as the ideal memory holds it, and the signal. "
                "Below: the signal of half a window ago, decoded from the spikes at "
                "every step. NRMSE is the error of the neurons' window against that of "
                "the ideal memory, over all delays and from one window after the start."
            ),
            "figure": path.with_name("windows.png"),
            "rows": shown,
            "command": "\n".join(_command(path, memory) for memory in MEMORIES[::-1]),
        },
        {
            "title": "What the polynomials keep",
            "text": (
                f"{ORDER} polynomials over {THETA:g} s follow about {ORDER / 2:g} Hz: "
                "the sharp peak of a heartbeat is beyond them in the ideal memory too, "
                "however many neurons there are. This is the error of the ideal "
                "memory's window against the true past, by its order."
            ),
            "rows": polynomials,
        },
        {
            "title": "How the error falls",
            "text": (
                "Band-limited white noise through Poisson memories of several orders d "
                "and numbers of neurons m. The paper says that the error goes with "
                f"d/√m; the fit says d to the {_power(fit['order'])} and m to the "
                f"{_power(fit['n_neurons'])} (95 % intervals). It is a small sweep; "
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
        "Legendre Memory Units, measured on nengo and on the Loihi emulator.",
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
        f"nengo-lmu window {path.with_name('ecg.csv')} --theta {THETA:g} "
        f"--order {ORDER} --neuron-type {memory['neuron']} --neurons "
        f"{memory.get('n_neurons', N_NEURONS)} --backend {memory['backend']} "
        f"--seed {SEED}"
    )


def _power(law):
    low, high = law["ci95"]
    return f"{law['exponent']:.2f} ({low:.2f} to {high:.2f})"
