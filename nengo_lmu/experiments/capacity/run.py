"""How much a memory holds: five delays of up to 100,000 steps, without training.

The protocol is that of the paper (Voelker, Kajić, Eliasmith, NeurIPS 2019, section 3.1,
and its code): white noise of ten periods a window, two and a half windows long, scaled
to a largest value of 1; delays of 0 to T steps; mean square errors from step T on. The
paper's T goes up to 100,000 with 100 polynomials, and so does ours.
"""

from time import perf_counter

import numpy as np
from scipy.signal import oaconvolve

from nengo_lmu import report
from nengo_lmu.evaluation.intervals import interval
from nengo_lmu.experiments.capacity import data as task
from nengo_lmu.experiments.capacity.plot import draw
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.files import group_rows, output_directory, write_table
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.theory.legendre import delay_readout, state_space
from nengo_lmu.theory.lti import discretize, simulate
from nengo_lmu.versions import versions

DT = 0.001

IDEAL = {"steps": [100, 1000, 10_000, 100_000], "sizes": [(100, 0)], "signals": 20}
SPIKING = {
    "steps": [1000, 10_000, 100_000],
    "sizes": [(40, 2500), (40, 10_000)],
    "signals": 1,
}
MEMORIES = {
    "ideal": IDEAL,
    "poisson": SPIKING,
    "regular": SPIKING | {"sizes": [*SPIKING["sizes"], (100, 10_000)]},
}
"""Lengths, orders and neurons. Ten periods need more than 10 pi polynomials. Those
beyond hold next to nothing of this signal, and every dimension takes neurons from the
others: with 100, the noise of 10,000 Poisson neurons drives single trials out of range.
"""
SEEDS = {"ideal": 5, "poisson": 4, "regular": 4}

FEW = SPIKING | {"steps": [1000], "sizes": [(40, 2500)]}
QUICK = {
    "ideal": IDEAL | {"steps": [100, 1000], "signals": 2},
    "poisson": FEW,
    "regular": FEW,
}
QUICK_SEEDS = 2

RESULTS = [f"mse_{k}" for k in range(task.DELAYS)] + ["n_spikes", "run_s", "versions"]
COLUMNS = ["memory", "order", "n_neurons", "steps", "signals", "seed", *RESULTS]


def run(out, *, quick=False, seed=0, workers=2):
    """Measure the ideal memory and spiking ones.

    Writes ``results.csv`` (a row a run; what was stopped goes on), ``table.csv`` (see
    `summarize`) and ``capacity.png``. ``quick`` is the short form: two window lengths,
    two seeds, a few seconds; ``seed`` is the first seed.
    """
    out = output_directory(out)
    begin = perf_counter()
    rows = sweep(
        measure, list_runs(quick, seed), COLUMNS, out / "results.csv", workers=workers
    )
    table = summarize(rows)
    write_table(out / "table.csv", table)
    report.print_table(table, title="Mean square error of five delays of 0 to T steps")
    groups = [(group[0], _errors(group)) for group in _groups(rows)]
    report.save(draw(groups), out / "capacity.png")
    print(f"{out / 'capacity.png'} is written; {perf_counter() - begin:.0f} s")
    return table


def list_runs(quick=False, seed=0):
    """Parameters of every run; the long ones come first."""
    runs = []
    for name, chosen in (QUICK if quick else MEMORIES).items():
        for steps in chosen["steps"]:
            for order, n_neurons in chosen["sizes"]:
                runs += [
                    {
                        "memory": name,
                        "order": order,
                        "n_neurons": n_neurons,
                        "steps": steps,
                        "signals": chosen["signals"],
                        "seed": seed + trial,
                    }
                    for trial in range(QUICK_SEEDS if quick else SEEDS[name])
                ]
    return sorted(runs, key=lambda run: run["steps"] * run["n_neurons"], reverse=True)


def measure(run):
    """Errors of one memory.

    Parameters
    ----------
    run : dict
        ``memory`` ("ideal", or the name of a neuron), ``order``, ``n_neurons``,
        ``steps`` (T), ``signals``, ``seed``. Signals and neurons depend on the seed.

    Returns
    -------
    dict
        ``mse_0`` to ``mse_4``, mean square errors of the delays from 0 to T steps;
        ``n_spikes`` of all signals, ``run_s``, ``versions``.
    """
    rng = np.random.RandomState(run["seed"])
    inputs = [task.signal(run["steps"], rng) for _ in range(run["signals"])]
    begin, n_spikes = perf_counter(), 0.0
    if run["memory"] == "ideal":
        read = ideal_reader(run["steps"], run["order"], len(inputs[0]))
        outputs = [read(u) for u in inputs]
    else:
        outputs = []
        for u in inputs:
            state, spikes = _run_spiking(run, u)
            outputs.append(state @ readout(run["steps"], run["order"]).T)
            n_spikes += spikes
    errors = np.mean(
        [task.error(u, y) for u, y in zip(inputs, outputs, strict=True)], axis=0
    )
    return {
        **{f"mse_{k}": float(value) for k, value in enumerate(errors)},
        "n_spikes": n_spikes,
        "run_s": perf_counter() - begin,
        "versions": versions(),
    }


def readout(steps, order):
    """From the state to the delayed inputs, (5, order): Legendre polynomials."""
    return delay_readout(order, (task.delays(steps) + 0.5) / task.window(steps))


def ideal_reader(steps, order, n_steps):
    """The ideal memory as a function of a whole signal: (n_steps,) to (n_steps, 5).

    Of a linear memory only the impulse responses of what is read are needed: a
    convolution each.
    """
    system = discretize(*state_space(order, task.window(steps)), 1.0)
    states = simulate(*system, np.eye(n_steps, 1)[:, 0])
    response = states @ readout(steps, order).T
    return lambda u: oaconvolve(u[:, None], response, axes=0)[:n_steps]


def _run_spiking(run, u):
    """State after each step, in Legendre coordinates, and the number of spikes."""
    theta = task.window(run["steps"]) * DT

    def make_memory():
        return SpikingMemory(
            run["n_neurons"],
            run["order"],
            theta,
            neuron_type=neuron(run["memory"]),
            freq=task.PERIODS / theta,
            rms=np.sqrt(np.mean(u**2)),
            seed=run["seed"],
        )

    # One step more: the state says what went in a step before.
    result = run_memory(
        make_memory,
        np.append(u, 0.0),
        (len(u) + 1) * DT,
        backend="nengo-lmu",
        seed=run["seed"],
    )
    return result.state[1:], result.n_spikes


def summarize(rows):
    """A row for each memory and length: means over the seeds.

    Returns
    -------
    list of dict
        ``memory``, ``order``, ``neurons``, ``T``, ``MSE`` (mean over the delays,
        geometric over the seeds) and its ``95 %`` interval, ``least`` and ``largest``
        mean of a delay, the ``published`` range, ``spikes`` a run.
    """
    table = []
    for group in _groups(rows):
        first = group[0]
        errors = _errors(group)
        mean, low, high = interval(errors.mean(axis=1))
        of_delays = errors.mean(axis=0)
        published = task.PUBLISHED.get(first["steps"])
        table.append(
            {
                "memory": first["memory"],
                "order": first["order"],
                "neurons": first["n_neurons"],
                "T": first["steps"],
                "MSE": mean,
                "95 %": f"{low:.1e} to {high:.1e}",
                "least": float(of_delays.min()),
                "largest": float(of_delays.max()),
                "published": "{:.0e} to {:.0e}".format(*published) if published else "",
                "spikes": float(np.mean([row["n_spikes"] for row in group])),
            }
        )
    return table


def _groups(rows):
    """The runs of each memory and length, in the order of the table."""
    place = list(SEEDS).index
    groups = group_rows(rows, "memory", "order", "n_neurons", "steps")
    return [groups[key] for key in sorted(groups, key=lambda key: (place(key[0]), key))]


def _errors(group):
    """Errors of some runs, (runs, delays)."""
    return np.array([[row[f"mse_{k}"] for k in range(task.DELAYS)] for row in group])
