"""The trained network of the Mackey-Glass task in spikes, on any backend."""

from pathlib import Path
from time import perf_counter

import nengo

from nengo_lmu import checks, report
from nengo_lmu.evaluation.spikes import spike_counter
from nengo_lmu.experiments.mackey_glass import data as series
from nengo_lmu.experiments.mackey_glass import network as lmu
from nengo_lmu.experiments.memory_run import play, run_network
from nengo_lmu.experiments.relu_reader import rate_outputs
from nengo_lmu.files import update_json
from nengo_lmu.networks import IdealMemory
from nengo_lmu.networks.to_spiking import to_spiking
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained
from nengo_lmu.networks.weights import set_weights

PUBLISHED = {"LSTM": 5.87, "LMU": 4.87, "hybrid": 4.47}
"""NRMSE in percent."""

SLOW = (2, 300)
"""Series and samples that are run where the compiled backend is not."""

SPIKING = (64, 500)
"""Test series that are run in spikes, all of them, and samples of each."""


def evaluate(directory, *, backend="nengo", memory="ideal", data=None):
    """Run the spiking LMU on test series; see `tasks.run_evaluation`.

    Prints a row as those of the training, and adds it to ``evaluations.json``. Backends
    other than the compiled one run `SLOW` series.
    """
    if data is not None:
        checks.fail("data", "none, as the series are computed", data)
    begin, directory = perf_counter(), Path(directory)
    trained = Trained.load(directory / MODEL_FILE, lmu.NAME)
    learning, _, test = series.make_series(**trained.parameters["origin"])
    n, n_samples = SPIKING if backend == "nengo-lmu" else SLOW
    parts = test[:, : -series.AHEAD], test[:, series.AHEAD :]
    u, y = (part[:n, :n_samples] for part in parts)
    sample = series.layout_sample(learning)
    outputs, spikes = run(trained, u, memory=memory, backend=backend, sample=sample)
    found = row("spiking LMU", outputs, y, trained.n_weights, 0.0, spikes)
    found |= {"backend": backend, "memory": memory}
    found["seconds"] = perf_counter() - begin
    update_json(directory / "evaluations.json", {f"{backend} {memory}": found})
    report.print_table([{"": k, "value": report.text(v)} for k, v in found.items()])
    return found


def run(trained, u, *, memory, backend, sample=None):
    """Run the network on series (n, n_samples) that follow one another.

    Parameters
    ----------
    memory : {"rates", "ideal", "spiking"}
        What spikes: nothing, the hidden layer, or the memory too.
    sample : (n, n_samples) array, optional
        Series that a spiking memory is laid out for.

    Returns
    -------
    outputs : (n, n_samples) array
        At the end of each sample.
    spikes : dict of {str: float}
        Spikes of "memory" and "hidden" in a sample.
    """
    parameters = trained.parameters
    if memory == "spiking":
        network = lmu.spiking(parameters, sample)
    else:
        network = lmu.build(parameters, memory=IdealMemory, seed=0)
    layer = network.layers[0]
    if memory == "rates":
        set_weights(network, trained.weights)
        layer.from_units.synapse = nengo.Lowpass(lmu.SYNAPSE)
    else:
        to_spiking(network, trained, rate=lmu.RATE, synapse=lmu.SYNAPSE)
    values = lmu.stream(u, parameters)
    populations = {"memory": [], "hidden": []}
    if memory != "rates":
        populations["hidden"] = [layer.ensemble.neurons]
    if memory == "spiking":
        populations["memory"] = [layer.memory]
    with nengo.Network(seed=0) as model:
        model.add(network)
        play(values, network.input, lmu.DT)
        output = nengo.Probe(network.output, sample_every=lmu.HOLD)
        counters = [spike_counter(some, lmu.DT) for some in populations.values()]
        counts = [nengo.Probe(count, sample_every=lmu.HOLD) for count in counters]
    found = run_network(
        model, [output, *counts], len(values), backend=backend, dt=lmu.DT
    )
    outputs, *totals = found.data
    means = [total[-1, 0] / outputs.size for total in totals]
    spikes = dict(zip(populations, means, strict=True))
    return outputs.reshape(len(u), -1)[:, : u.shape[1]], spikes


def rates(trained, u):
    """Outputs of an LMU without spikes and without a synapse, (n, n_samples)."""
    states = series.memory_of(u, trained.parameters["order"])
    return rate_outputs(trained, states)[..., 0]


def row(model, outputs, y, n_weights, seconds, spikes=None):
    """A row of the table; ``seconds`` are those of training."""
    spikes = {} if spikes is None else spikes
    return {
        "model": model,
        "weights": n_weights,
        "NRMSE %": nrmse(outputs, y),
        "after a window %": nrmse(outputs[:, series.WINDOW :], y[:, series.WINDOW :]),
        "published %": PUBLISHED.get(model, ""),
        "series": len(y),
        "samples": y.shape[1],
        "memory spikes": spikes.get("memory", 0.0),
        "hidden spikes": spikes.get("hidden", 0.0),
        "seconds": seconds,
    }


def nrmse(outputs, y):
    """Root mean square of the error over that of the target, in percent."""
    return 100 * float(series.rms(outputs - y) / series.rms(y))
