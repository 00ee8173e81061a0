"""Error, cores and synapses of a memory on the chip against its order.

Chains beside dense loops. Nothing of the signals here was used in the choice of a
setting: seeds from 101 on, and seconds of the electrocardiogram from 150 on.
"""

from time import perf_counter

import nengo
import numpy as np

from nengo_lmu import report
from nengo_lmu.data import ecg
from nengo_lmu.design.designer import design_memory
from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.experiments.chip_size.orders_plot import N_EACH, draw, draw_chain
from nengo_lmu.experiments.chip_size.run import count_synapses, nrmse_at_the_end
from nengo_lmu.experiments.memory_run import play, run_network
from nengo_lmu.files import group_rows, output_directory, write_table
from nengo_lmu.loihi import chip_design, lay_out
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import resample, white_noise
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

DT, RMS = 0.001, 0.5
FIRST_SEED = 101
LARGEST_DENSE = 24
"""Order to which dense loops are run: 2,400 neurons have 6 million weights."""

OTHER_SIZES = {12: (24, 50, 200), 32: (50,)}
"""Neurons a dimension besides `N_EACH`, by order; for the first signal."""

MINUTE = 12, 32, 64, 128
"""Orders that are run for a minute, as the electrocardiogram is."""

HEART_ORDER, HEART_SAMPLE, HEART_STARTS = 48, slice(20, 80), (150, 200, 250)
"""Order, seconds of the sample, and where the unseen seconds begin."""

COLUMNS = (
    "signal form order theta n_each seconds seed nrmse nrmse_last predicted synapses "
    "cores synapse_bits build_s run_s versions"
).split()


def electrocardiogram():
    """In mV at steps of `DT`, the mean of the sample taken off."""
    millivolt, rate = ecg()
    values = resample(np.arange(len(millivolt)) / rate, millivolt, DT)
    return values - np.mean(values[_steps(HEART_SAMPLE)])


def _steps(seconds):
    return slice(round(seconds.start / DT), round(seconds.stop / DT))


def design_of(run):
    """The memory of a run, on the chip."""
    return _designs(run)[1]


def _designs(run):
    """The design of a run, and that of the chip."""
    order, theta = run["order"], run["theta"]
    if run["signal"] == "heart":
        expected = {"sample": electrocardiogram()[_steps(HEART_SAMPLE)]}
    else:
        expected = {"freq": order / (3 * theta), "rms": RMS}
    n_loops = None if run["form"] == "chain" else 1
    design = design_memory(
        run["n_each"] * order, order, theta, neuron_type=nengo.LIF(), seed=0, **expected
    )
    return design, chip_design(design, form=run["form"], n_loops=n_loops)


def measure(run):
    """One memory on the emulator.

    Parameters
    ----------
    run : dict
        ``signal`` ("noise", its highest frequency order / (3 theta), or "heart"),
        ``form`` ("chain" or "dense"), ``order``, ``theta``, ``n_each``, ``seconds``,
        ``seed`` (of noise; of the electrocardiogram the second at which it begins).

    Returns
    -------
    dict
        ``nrmse``; ``nrmse_last``, over the last quarter; ``predicted``, of the layout;
        ``synapses`` (between neurons), ``cores``, ``synapse_bits`` (of the fullest
        core), ``build_s``, ``run_s``, ``versions``.
    """
    order, theta = run["order"], run["theta"]
    if run["signal"] == "heart":
        seconds = slice(run["seed"], run["seed"] + run["seconds"])
        u = electrocardiogram()[_steps(seconds)]
    else:
        freq = order / (3 * theta)
        u = white_noise(run["seconds"], freq, RMS, dt=DT, seed=run["seed"])
    begin = perf_counter()
    design, chip = _designs(run)
    with nengo.Network(seed=0) as network:
        memory = SpikingMemory.from_design(design)
        probe = nengo.Probe(memory.state)
        play(u, memory.input, DT)
    network = lay_out(network, {memory: chip})
    made = perf_counter() - begin
    found = run_network(
        network, [probe], len(u), backend="loihi", dt=DT, seed=None, target="sim"
    )
    (state,), blocks = found.data, list(found.model.blocks)
    return {
        "nrmse": window_nrmse(state, u, theta, DT),
        "nrmse_last": nrmse_at_the_end(state, u, theta),
        "predicted": predict(chip, "loihi").nrmse,
        "synapses": count_synapses(found.model),
        "cores": len(blocks),
        "synapse_bits": max(block.utilization()["synapses"][0] for block in blocks),
        "build_s": made + found.build_s,
        "run_s": found.run_s,
        "versions": versions("nengo_loihi"),
    }


def all_runs(orders, seconds, trials):
    """Parameters of every run, the long ones first."""
    seeds = range(FIRST_SEED, FIRST_SEED + trials)
    runs = []

    def add(signal, form, order, n_each, seconds, seed):
        theta = 4.0 if order > 100 else 1.0
        values = signal, form, order, theta, n_each, seconds, seed
        runs.append(dict(zip(COLUMNS, values, strict=False)))

    for order in sorted(orders, reverse=True):
        for seed in seeds:
            add("noise", "chain", order, N_EACH, seconds, seed)
            if order <= LARGEST_DENSE:
                add("noise", "dense", order, N_EACH, seconds, seed)
        for n_each in OTHER_SIZES.get(order, ()):
            add("noise", "chain", order, n_each, seconds, FIRST_SEED)
        if order in MINUTE:
            add("noise", "chain", order, N_EACH, 3 * seconds, FIRST_SEED + trials)
    for start in HEART_STARTS[:trials]:
        add("heart", "chain", HEART_ORDER, N_EACH, seconds, start)
    add("heart", "chain", HEART_ORDER, N_EACH, 3 * seconds, HEART_STARTS[0])
    return runs


def run(
    out,
    *,
    orders=(6, 12, 24, 32, 64, 128),
    seconds=20.0,
    trials=3,
    workers=2,
    heart=True,
):
    """Measure chains and dense loops at each order; print, write and draw it.

    Parameters
    ----------
    out : path_like
        Directory of ``results.csv``, ``table.csv``, ``chip-orders.png`` and
        ``chain.png``. A run that was stopped goes on with what is missing.
    orders : list of int, optional
    seconds : float, optional
        Simulated time; three times as much of the long runs.
    trials : int, optional
        Signals of each order, from seed 101 on.
    workers : int, optional
        Runs at a time.
    heart : bool, optional
        Whether to measure the electrocardiogram, too.

    Returns
    -------
    list of dict
        A row for each kind of run.
    """
    out = output_directory(out)
    runs = all_runs(orders, seconds, trials)
    runs = [run for run in runs if heart or run["signal"] != "heart"]
    rows = sweep(measure, runs, COLUMNS, out / "results.csv", workers=workers)
    table = summary(rows)
    write_table(out / "table.csv", table)
    report.save(
        draw([row for row in table if row["signal"] == "noise"]),
        out / "chip-orders.png",
    )
    report.save(draw_chain(12, 1.0, N_EACH), out / "chain.png")
    report.print_table(table, f"On the emulator, {trials} signals")
    return table


def summary(rows):
    """Means over signals, with the least and the largest error."""
    names = "signal", "form", "order", "theta", "n_each", "seconds"
    table = []
    for values, some in group_rows(rows, *names).items():
        errors = [row["nrmse"] for row in some]
        table.append(
            {
                **dict(zip(names, values, strict=True)),
                "signals": len(some),
                "nrmse": float(np.mean(errors)),
                "least": min(errors),
                "largest": max(errors),
                "nrmse_last": float(np.mean([row["nrmse_last"] for row in some])),
                "predicted": some[0]["predicted"],
                "synapses": some[0]["synapses"],
                "cores": some[0]["cores"],
                "run_s": float(np.mean([row["run_s"] for row in some])),
            }
        )
    return table
