"""The trained network of the Mackey-Glass task in spikes, on any backend."""

from pathlib import Path
from time import perf_counter

import nengo

from nengo_lmu import checks, report
from nengo_lmu.evaluation.spikes import spike_counter
from nengo_lmu.experiments.mackey_glass.data import (
    AHEAD,
    WINDOW,
    layout_sample,
    make_series,
    memory_of,
    rms,
)
from nengo_lmu.experiments.mackey_glass.network import (
    DT,
    HOLD,
    NAME,
    RATE,
    SYNAPSE,
    build,
    spiking,
    stream,
)
from nengo_lmu.experiments.memory_run import play, run_network
from nengo_lmu.experiments.relu_reader import n_weights, rate_outputs
from nengo_lmu.files import update_json
from nengo_lmu.networks import IdealMemory
from nengo_lmu.networks.to_spiking import to_spiking
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained
from nengo_lmu.networks.weights import set_weights

PUBLISHED = {"LSTM": 5.87, "LMU": 4.87, "hybrid": 4.47}
"""NRMSE in percent."""

SLOW = (2, 300)
"""Series and samples that are run where the compiled backend is not."""

N_SPIKING = 8
"""Test series that are run in spikes."""


def evaluate(directory, *, backend="nengo", memory="ideal", data=None):
    """Run the spiking LMU on test series, and print how well it does.

    Parameters
    ----------
    directory : path_like
        Output directory of the training; gets ``evaluations.json``.
    backend : str, optional
        See `nengo_lmu.backends`. All but the compiled one run `SLOW` series.
    memory : {"ideal", "spiking"}, optional
        The hidden layer spikes in any case.
    data : None
        There is none to read: the series are computed.

    Returns
    -------
    dict
        A row of the table, see `row`.
    """
    if data is not None:
        checks.fail("data", "none, as the series are computed", data)
    begin, directory = perf_counter(), Path(directory)
    trained = Trained.load(directory / MODEL_FILE, NAME)
    learning, _, test = make_series(**trained.parameters["origin"])
    n, n_samples = N_SPIKING, test.shape[1]
    if backend != "nengo-lmu":
        n, n_samples = SLOW
    u, y = (part[:n, :n_samples] for part in (test[:, :-AHEAD], test[:, AHEAD:]))
    outputs, spikes = run(
        trained, u, memory=memory, backend=backend, sample=layout_sample(learning)
    )
    found = row("spiking LMU", outputs, y, n_weights(trained), 0.0, spikes)
    found |= {"backend": backend, "memory": memory, "samples": y.shape[1]}
    found["seconds"] = perf_counter() - begin
    update_json(directory / "evaluations.json", {f"{backend} {memory}": found})
    report.print_table([{"": k, "value": report.text(v)} for k, v in found.items()])
    return found


def run(trained, u, *, memory, backend, sample=None):
    """Outputs of the network at the end of each sample.

    Parameters
    ----------
    trained : Trained
    u : (n, n_samples) array
        Series, which follow one another.
    memory : {"rates", "ideal", "spiking"}
        What spikes: nothing, the hidden layer, or the memory too.
    backend : str
        See `nengo_lmu.backends`.
    sample : (n, n_samples) array, optional
        Series that a spiking memory is laid out for.

    Returns
    -------
    outputs : (n, n_samples) array
    spikes : dict of {str: float}
        In a sample, of "memory" and "hidden".
    """
    parameters = trained.parameters
    if memory == "spiking":
        network = spiking(parameters, sample)
    else:
        network = build(parameters, memory=IdealMemory, seed=0)
    layer = network.layers[0]
    if memory == "rates":
        set_weights(network, trained.weights)
        layer.from_units.synapse = nengo.Lowpass(SYNAPSE)
    else:
        to_spiking(network, trained, rate=RATE, synapse=SYNAPSE)
    values = stream(u, parameters)
    populations = {
        "memory": [],
        "hidden": [] if memory == "rates" else [layer.ensemble.neurons],
    }
    if memory == "spiking":
        populations["memory"] = [layer.memory]
    with nengo.Network(seed=0) as model:
        model.add(network)
        play(values, network.input, DT)
        output = nengo.Probe(network.output, sample_every=HOLD)
        counts = {
            name: nengo.Probe(spike_counter(units, DT), sample_every=HOLD)
            for name, units in populations.items()
        }
    probes = [output, *counts.values()]
    outputs, *totals = run_network(
        model, probes, len(values), backend=backend, dt=DT
    ).data
    spikes = {
        name: total[-1, 0] / outputs.size
        for name, total in zip(counts, totals, strict=True)
    }
    return outputs.reshape(len(u), -1)[:, : u.shape[1]], spikes


def rates(trained, u):
    """Outputs of an LMU without spikes and without a synapse, (n, n_samples)."""
    return rate_outputs(trained, memory_of(u, trained.parameters["order"]))[..., 0]


def row(model, outputs, y, n_weights, seconds, spikes=None):
    """A row of the table; ``seconds`` are those of training."""
    spikes = {} if spikes is None else spikes
    return {
        "model": model,
        "weights": n_weights,
        "NRMSE %": nrmse(outputs, y),
        "after a window %": nrmse(outputs[:, WINDOW:], y[:, WINDOW:]),
        "published %": PUBLISHED.get(model, ""),
        "series": len(y),
        "memory spikes": spikes.get("memory", 0.0),
        "hidden spikes": spikes.get("hidden", 0.0),
        "seconds": seconds,
    }


def nrmse(outputs, y):
    """Root mean square of the error over that of the target, in percent."""
    return 100 * float(rms(outputs - y) / rms(y))
