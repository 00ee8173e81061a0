"""How far the error of a memory goes under an unexpected input, and when it is back."""

import warnings

import numpy as np

from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.experiments.comparison import publish
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.stress.ranges import (
    DT,
    RMS,
    THETA,
    design_of,
    highest,
    run_ranges,
)
from nengo_lmu.files import group_rows, output_directory
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import white_noise
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.theory.legendre import delay_readout
from nengo_lmu.versions import versions

ORDER = 12
FREQ = highest(ORDER)
BEFORE, AFTER = 5, 8
"""Windows of the expected input before an unexpected one, and after it."""

STRESSES = {
    "burst of 3 times the rms": 0.5,
    "burst of 10 times the rms": 0.5,
    "offset of 2 times the rms": 3,
    "silence": 10,
    "half of the band": 5,
    "twice the band": 5,
}
"""Unexpected inputs, and for how many windows they last."""

MEMORIES = [
    ("rectified", 1200, "nengo-lmu"),
    ("regular", 1200, "nengo-lmu"),
    ("lif", 1200, "nengo-lmu"),
    ("poisson", 4800, "nengo-lmu"),
    ("lif", 1200, "loihi"),
]
FIRST_SEED = 401
SMOOTH = 0.5
"""Windows over which an error is averaged."""

BACK = 2.0
"""An error is back where it is less than so many times its size before, for a window.

Nothing of the event is left then: a memory goes on from its state alone. Random spikes
make a larger error now and then without any event."""

COLUMNS = "stress neuron neurons backend seed before largest back versions".split()


def signal(stress, seed):
    """Expected input and the unexpected one (n_steps,), and the steps of its event."""
    window = round(THETA / DT)
    first, last = BEFORE * window, round((BEFORE + STRESSES[stress]) * window)
    seconds = last * DT + AFTER * THETA
    usual = white_noise(seconds, FREQ, RMS, seed=seed)
    u, stressed = usual.copy(), slice(first, last)
    if stress.startswith("burst"):
        u[stressed] *= float(stress.split()[2])
    elif stress.startswith("offset"):
        u[stressed] += 2 * RMS
    elif stress == "silence":
        u[stressed] = 0
    else:
        freq = FREQ * (0.5 if stress.startswith("half") else 2)
        u[stressed] = white_noise(seconds, freq, RMS, seed=seed + 1000)[stressed]
    return usual, u, slice(first, last)


def error_over_time(state, u):
    """RMSE of the window at each step over the usual rms, averaged over `SMOOTH`."""
    ideal = np.vstack([np.zeros((1, ORDER)), ideal_state(u, ORDER, THETA, DT)[:-1]])
    readout = delay_readout(ORDER, np.linspace(0, 1, 50))
    power = np.mean(((state - ideal) @ readout.T) ** 2, axis=1) / RMS**2
    n = round(SMOOTH * THETA / DT)
    total = np.cumsum(np.concatenate([np.zeros(n), power]))
    return np.sqrt(np.maximum(total[n:] - total[:-n], 0) / n)


def measure(run):
    """One memory under one unexpected input.

    Parameters
    ----------
    run : dict
        ``stress``, ``neuron``, ``neurons``, ``backend`` and ``seed``.

    Returns
    -------
    dict
        Errors over the usual rms: ``before`` and the ``largest``; ``back``, windows
        from the end of the unexpected input until the error stays for a window below
        `BACK` times the error before, or that of the same memory without the event
        where this is larger; infinite if it does not; ``versions``.
    """
    seed = run["seed"]
    usual, unexpected, event = signal(run["stress"], seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the chip exchanges
        design = design_of(run, ORDER)
        errors = []
        for u in (usual, unexpected):
            result = run_memory(
                lambda: SpikingMemory.from_design(design),
                u,
                len(u) * DT,
                backend=run["backend"],
                seed=seed,
            )
            errors.append(error_over_time(result.state, result.u))
    calm, error = errors
    before = float(np.sqrt(np.mean(calm[round(THETA / DT) :] ** 2)))
    beyond = error[event.stop :] > BACK * np.maximum(before, calm[event.stop :])
    window = round(THETA / DT)
    within = np.convolve(beyond, np.ones(window), "valid") == 0
    back = np.argmax(within) * DT / THETA if np.any(within) else np.inf
    largest = float(np.max(error[event.start :]))
    return {
        "before": before,
        "largest": largest,
        "back": float(back),
        "versions": versions(),
    }


def run(out, *, trials=3, workers=2, only=None):
    """Measure; print, and write results.csv, stress.csv, and what `run_ranges` does.

    Parameters
    ----------
    out : path_like
    trials, workers : int, optional
    only : {"events", "ranges"}, optional
        Events in an input, or inputs that are out of range all the time; both by
        default.

    Returns
    -------
    list of dict
        For each event and memory the mean error before, and the largest of all trials
        of the rest.
    """
    out = output_directory(out)
    if only != "events":
        run_ranges(out, MEMORIES, ORDER, trials=trials, workers=workers)
    return _run_events(out, trials, workers) if only != "ranges" else []


def _run_events(out, trials, workers):
    runs = [
        {
            "stress": stress,
            "neuron": name,
            "neurons": n,
            "backend": backend,
            "seed": FIRST_SEED + trial,
        }
        for stress in STRESSES
        for name, n, backend in MEMORIES
        for trial in range(trials)
    ]
    results = sweep(measure, runs, COLUMNS, out / "results.csv", workers=workers)
    rows = []
    for key, these in group_rows(results, *COLUMNS[:4]).items():
        row = dict(zip(COLUMNS, key, strict=False))
        row["before"] = float(np.mean([result["before"] for result in these]))
        for name in ("largest", "back"):
            row[name] = max(result[name] for result in these)
        rows.append(row)
    return publish(
        out,
        "stress",
        f"Unexpected inputs: order {ORDER}, {THETA:g} s, designed for noise to "
        f"{FREQ:g} Hz",
        rows,
        "Errors over the usual rms of the input: without the event, the largest with "
        "it, and how many windows after its end the error is below "
        f"{BACK:g} times that without it, for a window. The largest of {trials} "
        "signals.",
    )
