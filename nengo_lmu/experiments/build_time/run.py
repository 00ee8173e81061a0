"""The time of building a memory, ours beside that of nengo's EnsembleArray."""

import subprocess
import sys
from functools import partial
from time import perf_counter

import nengo
import numpy as np

from nengo_lmu.experiments.accuracy.network import PeersMemory
from nengo_lmu.experiments.comparison import publish
from nengo_lmu.experiments.memory_run import fresh_build
from nengo_lmu.files import output_directory
from nengo_lmu.networks import SpikingMemory

TITLE = "Seconds to build a memory of order 6 (network and nengo.Simulator)"

THETA, ORDER = 1.0, 6
NEURONS = [3000, 6000, 12000, 24000, 60000]
BY_DEFAULT = 24000
"""Most neurons that nengo can build with its defaults in about a minute."""

REPEATS = 3

LARGEST = 1_000_000
"""Neurons of the memory of order 8 that is built once, on the compiled backend."""

_LARGEST = """
from time import perf_counter
from nengo_lmu.experiments.build_time.run import build_seconds
from nengo_lmu.experiments.resources import PeakMemory
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.simulator import Simulator
build_seconds(lambda: SpikingMemory(80, 8, 1.0), Simulator)
with PeakMemory() as memory:
    seconds = build_seconds(lambda: SpikingMemory({n}, 8, 1.0, seed=0), Simulator)
print(seconds, memory.total_mb)
"""


def build_seconds(make_memory, simulator=nengo.Simulator):
    """Seconds of making a network and its simulator."""
    with fresh_build():
        begin = perf_counter()
        simulator(make_memory(), progress_bar=None).close()
        return perf_counter() - begin


def build_largest(n_neurons):
    """Seconds, and bytes at most, of a process that builds a memory of order 8."""
    program = [sys.executable, "-c", _LARGEST.format(n=n_neurons)]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    seconds, mb = done.stdout.split()
    return float(seconds), 1e6 * float(mb)


def run(out):
    """Time and publish a row for each number of neurons, all in this process."""
    out = output_directory(out)
    poisson = nengo.PoissonSpiking(nengo.LIFRate())
    build_seconds(partial(SpikingMemory, 60, ORDER, THETA, seed=0))  # imports
    rows = []
    for m in NEURONS:
        ours = partial(SpikingMemory, m, ORDER, THETA, neuron_type=poisson, seed=0)
        peers = partial(PeersMemory, m, ORDER, THETA, poisson, seed=0)
        pairs = [
            (build_seconds(ours), build_seconds(partial(peers, n_eval_points=500)))
            for _ in range(REPEATS)
        ]
        default = build_seconds(peers) if m <= BY_DEFAULT else None
        seconds, fixed = np.median(pairs, axis=0)
        rows.append(
            {
                "neurons": m,
                "ours": float(seconds),
                "nengo, 500 points": float(fixed),
                "nengo, defaults": default,
                "500 points / ours": float(np.median([b / a for a, b in pairs])),
                "defaults / ours": default and default / float(seconds),
            }
        )
    ours, default = (_exponent(rows, name) for name in ("ours", "nengo, defaults"))
    last = [row for row in rows if row["nengo, defaults"]][-1]
    there = last["nengo, defaults"] * (NEURONS[-1] / last["neurons"]) ** default
    seconds, most = build_largest(LARGEST)
    note = (
        f"The time grows with the number of neurons to the {ours:.2f} (ours) and "
        f"{default:.2f} (nengo's defaults, which would so take {there:.0f} s for "
        f"{NEURONS[-1]} neurons, {there / rows[-1]['ours']:.0f} times ours). Medians "
        f"of {REPEATS}; nengo's defaults once. {LARGEST:,} neurons of order 8 on the "
        f"compiled backend take {seconds:.0f} s and a process of {most / 1e9:.2f} GB."
    )
    return publish(out, "build", TITLE, rows, note)


def _exponent(rows, name):
    """Slope of log time over log neurons, over the upper half of the sizes."""
    points = [(row["neurons"], row[name]) for row in rows if row[name]]
    points = np.log(points[len(points) // 2 - 1 :])
    return float(np.polyfit(*points.T, 1)[0])
