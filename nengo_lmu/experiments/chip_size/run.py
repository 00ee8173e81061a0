"""How a memory grows on the chip, in four forms.

One dense loop: full weights between all neurons, O(m²) synapses. Loops of a fixed
number of neurons a dimension, O(m d), the mean of which is the state. A loop through
decode neurons, O(m d) as well. A chain: each dimension is connected to its neighbours,
O(m) at a fixed number of neurons a dimension.
"""

from time import perf_counter

import nengo
import numpy as np

from nengo_lmu import report
from nengo_lmu.evaluation.error import ideal_state, window_nrmse
from nengo_lmu.evaluation.intervals import interval
from nengo_lmu.experiments.chip_size.network import DecodedLoop
from nengo_lmu.experiments.chip_size.plot import draw
from nengo_lmu.experiments.memory_run import play, run_network
from nengo_lmu.files import group_rows, output_directory, write_table
from nengo_lmu.loihi import chip_design, lay_out
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import white_noise
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.theory.realizations import window_metric
from nengo_lmu.versions import versions

THETA, DT, RMS = 1.0, 0.001, 0.5
SIZES = {
    "dense": (300, 600, 1200),
    "loops": (1200, 2400, 4800, 8000),
    "decoded": (300, 1200, 4800),
    "chain": (300, 600, 1200, 2400),
}
"""Numbers of neurons of each form, unless others are given."""

COLUMNS = (
    "form order n_neurons seconds seed nrmse nrmse_last n_loops synapses cores build_s "
    "run_s versions"
).split()


def measure(run):
    """One memory on white noise, its highest frequency order / 6 Hz, on the emulator.

    Parameters
    ----------
    run : dict
        ``form`` (of `SIZES`), ``order``, ``n_neurons``, ``seconds``, ``seed`` (of
        the memory and of the signal).

    Returns
    -------
    dict
        ``nrmse``; ``nrmse_last``, over the last quarter, to which a memory that is not
        stable does not come; ``n_loops``, ``synapses`` (between neurons), ``cores``,
        ``build_s``, ``run_s``, ``versions``.
    """
    order, freq = run["order"], run["order"] / (6 * THETA)
    u = white_noise(run["seconds"], freq, RMS, dt=DT, seed=run["seed"])
    begin = perf_counter()
    with nengo.Network(seed=run["seed"]) as network:
        size = run["n_neurons"], order, THETA
        make = {"neuron_type": nengo.LIF(), "freq": freq, "rms": RMS}
        make["seed"] = run["seed"]
        if run["form"] == "decoded":
            memory = DecodedLoop(*size, **make)
            probe = memory.probe
        else:
            memory = SpikingMemory(*size, **make)
            probe = nengo.Probe(memory.state)
        play(u, memory.input, DT)
    n_loops = 1
    if run["form"] != "decoded":
        n_loops = 1 if run["form"] == "dense" else None
        form = "chain" if run["form"] == "chain" else "dense"
        design = chip_design(memory.design, n_loops=n_loops, form=form)
        network, n_loops = lay_out(network, {memory: design}), len(design.loops)
    made = perf_counter() - begin
    found = run_network(
        network, [probe], len(u), backend="loihi", dt=DT, seed=None, target="sim"
    )
    (state,), blocks = found.data, list(found.model.blocks)
    if run["form"] == "decoded":
        # Known a step earlier than a state on the host.
        state = np.vstack([np.zeros(order), memory.state(state, u)[:-1]])
    return {
        "nrmse": window_nrmse(state, u, THETA, DT),
        "nrmse_last": nrmse_at_the_end(state, u),
        "n_loops": n_loops,
        "synapses": count_synapses(found.model),
        "cores": len(blocks),
        "build_s": made + found.build_s,
        "run_s": found.run_s,
        "versions": versions("nengo_loihi"),
    }


def count_synapses(model):
    """Synapses between neurons of the chip, those of the input not counted."""
    of_input = {axon.target for i in model.inputs for axon in i.axons}
    synapses = {s for block in model.blocks for s in block.synapses} - of_input
    return sum(w.size for synapse in synapses for w in synapse.weights)


def nrmse_at_the_end(state, u, theta=THETA):
    """Over the last quarter, the ideal memory having run from the beginning."""
    order, last = state.shape[1], slice(3 * len(u) // 4, None)
    ideal = np.roll(ideal_state(u, order, theta, DT), 1, axis=0)
    weights = np.sqrt(window_metric(order))
    error = np.linalg.norm((state - ideal)[last] * weights)
    return float(error / np.linalg.norm(ideal[last] * weights))


def run(out, *, orders=(6, 12), sizes=None, seconds=60.0, trials=3, workers=2):
    """Measure all forms at each size; print, write and draw what came out.

    Parameters
    ----------
    out : path_like
        Directory of ``results.csv``, ``table.csv`` and ``chip-size.png``. A run that
        was stopped goes on with what is missing.
    orders : list of int, optional
    sizes : dict of {str: list of int}, optional
        Numbers of neurons by form, `SIZES` by default.
    seconds : float, optional
        Simulated time.
    trials : int, optional
        Seeds, 0, 1, ..., of memories and signals.
    workers : int, optional
        Runs at a time.

    Returns
    -------
    list of dict
        A row for each form, order and size.
    """
    out = output_directory(out)
    runs = [
        {
            "form": form,
            "order": order,
            "n_neurons": n_neurons,
            "seconds": seconds,
            "seed": seed,
        }
        for seed in range(trials)
        for form, some in (SIZES if sizes is None else sizes).items()
        # The long runs come first.
        for n_neurons in sorted(some, reverse=True)
        for order in sorted(orders, reverse=True)
    ]
    rows = sweep(measure, runs, COLUMNS, out / "results.csv", workers=workers)
    table = summary(rows)
    write_table(out / "table.csv", table)
    report.save(draw(table), out / "chip-size.png")
    report.print_table(table, f"{seconds:g} s on the emulator, {trials} seeds")
    return table


def summary(rows):
    """Means over seeds, with 95 % intervals (t, of the logarithms) of their means."""
    table = []
    groups = group_rows(rows, "order", "form", "n_neurons")
    for (order, form, n_neurons), some in groups.items():
        errors = np.array([row["nrmse"] for row in some])
        mean, low, high = interval(errors, "arithmetic")
        table.append(
            {
                "order": order,
                "form": form,
                "n_neurons": n_neurons,
                "nrmse": mean,
                "low": low,
                "high": high,
                "nrmse_last": float(np.mean([row["nrmse_last"] for row in some])),
                "n_loops": some[0]["n_loops"],
                "synapses": some[0]["synapses"],
                "cores": some[0]["cores"],
                "run_s": float(np.mean([row["run_s"] for row in some])),
            }
        )
    return table
