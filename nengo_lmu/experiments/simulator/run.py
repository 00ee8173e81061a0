"""The compiled backend beside nengo.Simulator and others, in one process."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import nengo
import numpy as np
from numba import config, njit

from nengo_lmu import report
from nengo_lmu.evaluation.spikes import spike_counter
from nengo_lmu.experiments.comparison import publish, seconds
from nengo_lmu.experiments.memory_run import run_network
from nengo_lmu.experiments.resources import machine
from nengo_lmu.experiments.simulator.network import ORDER, learning, memory
from nengo_lmu.experiments.simulator.plot import KINDS, draw
from nengo_lmu.files import output_directory, write_whole
from nengo_lmu.simulator import Simulator, populations
from nengo_lmu.training import compatibility
from nengo_lmu.versions import versions

TITLE = "Simulating memories of order 6, per step"

DT = 0.001
POISSON = nengo.PoissonSpiking(nengo.LIFRate())
NETWORKS = {
    "Poisson 20-40 Hz": (POISSON, (20, 40)),
    "Poisson 100-200 Hz": (POISSON, (100, 200)),
    "LIF 100-200 Hz": (nengo.LIF(), (100, 200)),
    "rate 100-200 Hz": (nengo.LIFRate(), (100, 200)),
}
SIZES = (600, 6_000, 60_000, 600_000)
OTHERS_UP_TO = 6_000
"""Neurons up to which nengo-ocl and nengo-dl run too, where they are installed."""

WALL, PROCESSOR = 0, 1
"""Clocks: wall-clock time, and processor time, which other programs disturb less."""

SEVERAL_THREADS = ("nengo-ocl", "nengo-dl", "threads")
"""Simulators for which only wall-clock time is meaningful."""

RATIOS = (
    ("nengo", "compiled", PROCESSOR),
    ("compiled", "floor", PROCESSOR),
    ("compiled", "threads", WALL),
)

COLUMNS = (
    "network",
    "neurons",
    "nengo, us",
    "compiled, us",
    "nengo / compiled",
    "compiled / floor",
    "ns a neuron",
    "ns a neuron, float32",
    "compiled / threads",
)
BEGIN, END = "<!-- begin nengo-lmu bench simulator -->", "<!-- end -->"

ROUNDS = 5
SECONDS = 0.2
"""Each simulator runs about so long in a round."""

_START = """
from time import perf_counter
begin = perf_counter()
import nengo
from nengo_lmu.networks import SpikingMemory
nengo.rc["decoder_cache"]["enabled"] = "False"
with nengo.Network(seed=0) as network:
    memory = SpikingMemory(600, 6, 1.0)
    nengo.Connection(nengo.Node(nengo.processes.WhiteNoise()), memory.input)
    nengo.Probe(memory.state)
imported = perf_counter()
{imports}
with Simulator(network, progress_bar=False) as simulator:
    simulator.run_steps(100)
print(perf_counter() - imported)
"""


def two_clocks(function, *args):
    """Seconds that a call takes: wall-clock time and processor time."""
    wall, processor = perf_counter(), process_time()
    function(*args)
    return np.array([perf_counter() - wall, process_time() - processor])


def n_steps_of(simulator):
    """Steps that take about `SECONDS`; the first run is not counted."""
    simulator.run_steps(10)
    n = 10
    while (taken := seconds(simulator.run_steps, n)) < SECONDS / 4:
        n *= 4
    return max(3, round(n * SECONDS / taken))


def other_simulators():
    """Name -> class of the other backends that can be loaded."""
    found = {}
    try:
        found["nengo-dl"] = compatibility.load().Simulator
    except ImportError:
        pass
    try:
        import nengo_ocl
        import pyopencl

        context = pyopencl.Context(pyopencl.get_platforms()[0].get_devices())

        def ocl(network, **kwargs):
            return nengo_ocl.Simulator(network, context=context, **kwargs)

        found["nengo-ocl"] = ocl
    except Exception:  # no package, no driver, no device
        pass
    return found


@njit
def _emit(n_steps, populations, mean, decoders):
    """Draw the spikes of populations alike, and add their decoders.

    Numba's own generator, which has these names.
    """
    total = 0.0
    for _ in range(n_steps):
        for k in range(populations):
            for _ in range(np.random.poisson(mean)):  # noqa: NPY002
                neuron = int(np.random.random() * decoders.shape[1])  # noqa: NPY002
                total += decoders[k, neuron]
    return total


def make_floor(n_neurons, n_spikes):
    """A function that takes as long as drawing spikes and gathering their decoders.

    Neurons are drawn with equal probability, which needs no table.

    Returns
    -------
    callable
        Seconds of a step on two clocks.
    """
    decoders = np.random.RandomState(0).randn(ORDER, n_neurons // ORDER)
    n_steps = max(10, int(SECONDS / 1e-8 / max(1, n_spikes)))
    args = (ORDER, n_spikes / ORDER, decoders)
    _emit(1, *args)
    return lambda: two_clocks(_emit, n_steps, *args) / n_steps


def spikes_per_step(network, n_steps=200):
    """Mean number of spikes in a step of all ensembles."""
    with nengo.Network(seed=0) as model:
        model.add(network)
        populations = [ensemble.neurons for ensemble in network.all_ensembles]
        probe = nengo.Probe(spike_counter(populations, DT))
    run = run_network(model, [probe], n_steps, backend="nengo-lmu", dt=DT)
    return run.data[0][-1, 0] / n_steps


def make_simulators(network, n_neurons, others):
    """Name -> simulator of a network, for all that can simulate it."""
    simulators = {
        "nengo": nengo.Simulator(network, dt=DT, progress_bar=False),
        "compiled": Simulator(network, dt=DT, progress_bar=False, threads=1),
        "float32": Simulator(
            network, dt=DT, progress_bar=False, threads=1, dtype="float32"
        ),
    }
    if n_neurons > ORDER * populations.LARGE:
        model = simulators["compiled"].model
        simulators["threads"] = Simulator(None, model=model, dt=DT, progress_bar=False)
    for key, cls in others.items() if n_neurons <= OTHERS_UP_TO else ():
        try:
            simulators[key] = cls(network, dt=DT, progress_bar=False)
        except Exception:  # nengo-ocl has no Poisson neurons
            continue
    return simulators


def compare(name, network, n_neurons, others):
    """One row: all simulators in turn, in rounds."""
    simulators = make_simulators(network, n_neurons, others)
    try:
        steps = {key: n_steps_of(simulator) for key, simulator in simulators.items()}
        measured = {
            key: lambda key=key, run=simulator.run_steps: (
                two_clocks(run, steps[key]) / steps[key]
            )
            for key, simulator in simulators.items()
        }
        if name.startswith("Poisson"):
            measured["floor"] = make_floor(n_neurons, spikes_per_step(network))
        rounds = [
            {key: measure() for key, measure in measured.items()} for _ in range(ROUNDS)
        ]
    finally:
        for simulator in simulators.values():
            simulator.close()

    row = {"network": name, "neurons": n_neurons}
    for key in KINDS:
        if key in measured:
            clock = WALL if key in SEVERAL_THREADS else PROCESSOR
            row[f"{key}, us"] = 1e6 * median(times[key][clock] for times in rounds)
        else:
            missing = key.startswith("nengo-") and key not in others
            row[f"{key}, us"] = "not installed" if missing else None
    row["ns a neuron"] = 1e3 * row["compiled, us"] / n_neurons
    row["ns a neuron, float32"] = 1e3 * row["float32, us"] / n_neurons
    for one, other, clock in RATIOS:
        row[f"{one} / {other}"] = None
        if one in measured and other in measured:
            row[f"{one} / {other}"] = median(
                times[one][clock] / times[other][clock] for times in rounds
            )
    return row


def starts():
    """Seconds from importing a simulator to the end of 100 steps of 600 neurons.

    Returns
    -------
    dict
        nengo's; the first of the compiled backend, with an empty cache; its second.
    """

    def start(imports, cache):
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        program = [sys.executable, "-c", _START.format(imports=imports)]
        done = subprocess.run(
            program, env=environment, capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    ours = "from nengo_lmu.simulator import Simulator"
    with tempfile.TemporaryDirectory() as cache:
        return {
            "nengo": start("from nengo import Simulator", cache),
            "first": start(ours, cache),
            "second": start(ours, cache),
        }


def renew_table(page, rows, note):
    """Replace the table between two markers of a page, with the text below it."""
    head, rest = page.read_text().split(BEGIN)
    tail = rest.split(END)[1]
    table = report.markdown([{key: row[key] for key in COLUMNS} for row in rows])
    where = f"{versions()}; {machine()}."
    text = f"{head}{BEGIN}\n\n{table}\n{note}\n\n{where}\n\n{END}{tail}"
    write_whole(page, text)


def run(out, *, page=None, sizes=SIZES):
    """Time and publish a row for each network and size, all in this process.

    Parameters
    ----------
    out : path
        Directory of the table and the figure.
    page : path or None
        A page whose table is replaced (see `renew_table`).
    sizes : sequence of int
        Numbers of neurons.
    """
    out = output_directory(out)
    others = other_simulators()
    rows = [
        compare(name, memory(neuron_type, rates, size), size, others)
        for name, (neuron_type, rates) in NETWORKS.items()
        for size in sizes
    ]
    rows += [
        compare("PES, LIF", learning(size), size, others)
        for size in sizes
        if size <= OTHERS_UP_TO
    ]
    report.save(draw(rows), out / "simulator.png")
    start = starts()
    note = (
        f"Medians of {ROUNDS} rounds in turn, in processor time; the ratio is that of "
        "the same round. Several threads are measured in wall-clock time. The "
        "floor draws as many spikes and gathers their decoders, and does nothing else. "
        f"All others run on one thread, 'threads' on {config.NUMBA_NUM_THREADS}. "
        f"A start, from the import to 100 steps of 600 neurons, takes "
        f"{start['first']:.1f} s the first time, {start['second']:.1f} s the second, "
        f"and {start['nengo']:.1f} s with nengo.Simulator."
    )
    if page is not None:
        renew_table(Path(page), rows, note)
    return publish(out, "simulator", TITLE, rows, note)
