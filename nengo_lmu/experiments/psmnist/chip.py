"""psMNIST on one chip of Loihi: memory, hidden layer and outputs in one network.

The memory is a chain, the hidden layer compares the sums of its spikes with levels
(`nengo_lmu.loihi.level_layer`). The host presents the pixels and reads ten numbers when
the last pixel of a digit has arrived. Nothing is held and nothing is reset: the next
digit follows at once.
"""

import zlib
from functools import partial
from pathlib import Path
from time import perf_counter

import nengo
import numpy as np

from nengo_lmu import backends, checks, report
from nengo_lmu.data import mnist
from nengo_lmu.design.choices import Choices
from nengo_lmu.experiments.memory_run import fresh_build, play
from nengo_lmu.experiments.psmnist.data import held, sequences, states
from nengo_lmu.experiments.psmnist.network import NAME
from nengo_lmu.experiments.relu_reader import rate_outputs
from nengo_lmu.files import update_json, write_table
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.versions import versions

N_EACH = 60
"""Neurons of each dimension of the memory."""

EVERY = 3
"""The hidden layer hears every third of them."""

N_LEVELS = 3
"""Comparators of each hidden unit."""

N_SAMPLE, N_STATES = 30, 2000
"""Digits of the training data for which the memory and the levels are laid out."""

N_IMAGES, ORDER_SEED = 1000, 1
"""Images of the test data, and the seed of the order in which they are drawn."""

CHUNK = 200
"""Images that one process runs."""

LATENCY = 3
"""Steps from the last pixel on the host to its outputs: to the register of the memory,
to the hidden layer, to the outputs."""

COLUMNS = (
    "backend model n_each n_levels every first n correct exact_correct neurons "
    "hidden_neurons cores input_axons output_axons synapse_bits synapses memory_spikes "
    "hidden_spikes synops joules build_s run_s versions"
).split()


CORES = "cores", "input_axons", "output_axons", "synapse_bits", "synapses"
"""Columns of the summary: how many cores, what the fullest has, synapses of all."""


def evaluate(
    directory, *, backend="loihi", data=None, n_images=None, n_each=None, workers=2
):
    """Run the network of the chip on test images; print and write its accuracy.

    Parameters
    ----------
    directory : path_like
        Output directory of the training. Gets ``chip.csv`` and a table of the parts
        of the evaluation, so that one that was stopped goes on.
    backend : {"loihi", "nengo-loihi"}, optional
    data : path_like, optional
        See `nengo_lmu.data.mnist.load`.
    n_images : int, optional
        Images of the test data, in an order that is drawn at random; `N_IMAGES` by
        default.
    n_each : int, optional
        Neurons of each dimension of the memory; `N_EACH` by default.
    workers : int, optional
        Processes at a time.

    Returns
    -------
    dict
        ``accuracy`` in percent and its standard error, and ``exact_accuracy``, that of
        the network without spikes and with the exact memory on the same images;
        neurons, cores, synapses; spikes, synaptic operations and microjoules a digit.
    """
    directory = Path(directory)
    path = directory / "chip" / MODEL_FILE
    trained = Trained.load(path, NAME)
    _, test = mnist.load(data)
    total = N_IMAGES if n_images is None else checks.integer(n_images, attr="n_images")
    total = min(total, len(test))
    same = {
        "backend": backend,
        "model": zlib.crc32(path.read_bytes()),
        "n_each": N_EACH if n_each is None else n_each,
        "n_levels": N_LEVELS,
        "every": EVERY,
    }
    runs = [
        {**same, "first": first, "n": min(CHUNK, total - first)}
        for first in range(0, total, CHUNK)
    ]
    name = "-".join(map(str, ("chip", *same.values(), total)))
    measure = partial(run_part, path=str(path), data=data)
    table = directory / "parts" / f"{name}.csv"
    rows = sweep(measure, runs, COLUMNS, table, workers=workers)
    result = summary(rows, trained.parameters)
    write_table(directory / "chip.csv", [result])
    update_json(directory / "evaluations.json", {f"{backend} chip {total}": result})
    report.print_table(
        [{"psMNIST on the chip": k, "": report.text(v)} for k, v in result.items()]
    )
    return result


def run_part(run, *, path, data):
    """Run some images of the test data: a row of the table.

    ``run`` has ``backend``, ``n_each``, ``n_levels``, ``every``, and ``first`` and
    ``n`` of the random order of the images; ``path`` is that of the model.
    """
    from nengo_lmu.loihi.activity import measured_activity

    begin = perf_counter()
    trained = Trained.load(path, NAME)
    parameters, dt = trained.parameters, trained.parameters["dt"]
    learning, test = mnist.load(data)
    order = np.random.RandomState(ORDER_SEED).permutation(len(test))
    digits = test.part(order[run["first"] : run["first"] + run["n"]])
    u = held(sequences(digits, parameters), parameters)
    u = np.concatenate([np.zeros(window_steps(parameters) - LATENCY), u])
    u = np.append(u, np.zeros(LATENCY))
    network, layer, chain = build(
        trained, u, learning, run["n_each"], run["n_levels"], run["every"]
    )
    window = window_steps(parameters) * dt
    with network:
        probe = nengo.Probe(layer.outputs.neurons, "input", sample_every=window)
    with fresh_build():
        simulator = backends.get(run["backend"])(
            network, dt=dt, seed=0, target="sim", progress_bar=None
        )
    with simulator:
        built = perf_counter()
        simulator.run_steps(len(u))
        ended = perf_counter()
        outputs = np.array(simulator.data[probe])[1:]
        rates, totals = measured_activity(simulator, window)
        blocks, placed = simulator.model.blocks, simulator.model.objs
        of_layer = [b for e in layer.comparators for b in placed[e]["out"]]
        hidden = sum(float(np.sum(rates[block])) for block in of_layer)
    ideal = rate_outputs(trained, states(digits, parameters))
    return {
        "correct": int(np.sum(outputs.argmax(axis=1) == digits.labels)),
        "exact_correct": int(np.sum(ideal.argmax(axis=1) == digits.labels)),
        "neurons": chain.design.n_neurons,
        "hidden_neurons": sum(e.n_neurons for e in layer.comparators),
        "cores": len(blocks),
        **fullest(blocks),
        "synapses": sum(w.size for b in blocks for s in b.synapses for w in s.weights),
        "memory_spikes": (totals["spikes_per_second"] - hidden) * window,
        "hidden_spikes": hidden * window,
        "synops": totals["synops_per_second"] * window,
        "joules": totals["joules_per_inference"],
        "build_s": built - begin,
        "run_s": ended - built,
        "versions": versions(backends.find(run["backend"]).package),
    }


def build(trained, u, learning, n_each=N_EACH, n_levels=N_LEVELS, every=EVERY):
    """The network that runs on the chip.

    Parameters
    ----------
    trained : Trained
    u : (n_steps,) array
        What the host presents.
    learning : Digits
        Training data, for which the memory and the levels are laid out.
    n_each, n_levels, every : int, optional

    Returns
    -------
    network : ChipNetwork
    layer : LevelLayer
    chain : Chain
    """
    from nengo_lmu.loihi.chain_layout import Chain
    from nengo_lmu.loihi.layout import ChipNetwork, spike_lines
    from nengo_lmu.loihi.level_layer import LevelLayer

    parameters, weights = trained.parameters, trained.weights
    design = chip_memory(parameters, learning, n_each, n_levels, every)
    expected = states(learning.part(slice(N_STATES)), parameters)
    with ChipNetwork(seed=0, label="psMNIST") as network:
        pixels = nengo.Node(size_in=1, label="pixels")
        play(u, pixels, parameters["dt"])
        lines = spike_lines(pixels, design.expected[0].peak)
        chain = Chain(design, design.loops[0], lines)
        layer = LevelLayer(
            chain,
            weights["0.W_m"],
            weights["0.b"],
            weights["readout"],
            weights["readout_bias"][:, 0],
            expected,
            n_levels=n_levels,
            every=every,
        )
    return network, layer, chain


def chip_memory(parameters, learning, n_each, n_levels=N_LEVELS, every=EVERY):
    """The design of the memory: a chain, on cores that reach the hidden layer.

    Parameters are those of `build`, ``parameters`` those of the trained model.
    """
    from nengo_lmu.loihi.chain import ChainDesigner
    from nengo_lmu.loihi.level_layer import most_neurons

    sample = sequences(learning.part(slice(N_SAMPLE)), parameters)
    choices = Choices(
        n_neurons=n_each * parameters["order"],
        order=parameters["order"],
        theta=parameters["n_pixels"] * parameters["pixel"],
        neuron_type=nengo.LIF(),
        sample=held(sample, parameters),
        dt=parameters["dt"],
        seed=0,
    )
    n_comparators = parameters["n_hidden"] * n_levels + 1
    most = most_neurons(n_comparators, n_each * parameters["order"] // every)
    return ChainDesigner(choices, most).design()


def fullest(blocks):
    """What the fullest core has, of each limit that is reached."""
    used = [block.utilization() for block in blocks]
    names = {
        "input_axons": "in-axons",
        "output_axons": "out-axons",
        "synapse_bits": "synapses",
    }
    return {name: max(of[key][0] for of in used) for name, key in names.items()}


def window_steps(parameters):
    """Steps of a digit."""
    return round(parameters["n_pixels"] * parameters["pixel"] / parameters["dt"])


def summary(rows, parameters):
    """Accuracy, size and work of a digit, from the rows of an evaluation."""
    n = sum(row["n"] for row in rows)
    # A part also runs a window without a digit.
    windows = sum(row["n"] + 1 for row in rows)
    first = rows[0]

    def percent(name):
        return 100 * sum(row[name] for row in rows) / n

    def mean(name):
        return sum(row[name] * (row["n"] + 1) for row in rows) / windows

    accuracy = percent("correct")
    return {
        "backend": first["backend"],
        "order": parameters["order"],
        "units": parameters["n_hidden"],
        "images": n,
        "accuracy": accuracy,
        "standard_error": float(np.sqrt(accuracy * (100 - accuracy) / n)),
        "exact_accuracy": percent("exact_correct"),
        "memory_neurons": first["neurons"],
        "hidden_neurons": first["hidden_neurons"],
        **{name: first[name] for name in CORES},
        "memory_spikes": mean("memory_spikes"),
        "hidden_spikes": mean("hidden_spikes"),
        "synops": mean("synops"),
        "microjoules": 1e6 * mean("joules"),
        "steps": window_steps(parameters),
        "latency_steps": LATENCY,
        "run_s": sum(row["run_s"] for row in rows),
    }
