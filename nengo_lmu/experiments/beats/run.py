"""The trained detector of wide beats in spikes, and its sensitivity and precision."""

from pathlib import Path

import nengo
import numpy as np
from scipy.signal import find_peaks

from nengo_lmu import backends, report
from nengo_lmu.evaluation.spikes import spike_counter
from nengo_lmu.experiments.beats.data import SEEN, STEP, filtered, label
from nengo_lmu.experiments.beats.network import N_EACH, RATE, build, in_spikes
from nengo_lmu.experiments.memory_run import play, run_network
from nengo_lmu.experiments.relu_reader import rate_outputs
from nengo_lmu.files import update_json
from nengo_lmu.networks import IdealMemory, SpikingMemory
from nengo_lmu.networks.to_spiking import to_spiking
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained

NAME = "beats"

THRESHOLD = 0.5
APART = 0.3
"""Seconds from one report to the next, at least."""

TOLERANCE = 0.15
"""Seconds by which a report may be off, as in ANSI/AAMI EC57."""

SYNAPSE = 0.05
"""Time constant of what the output reads from spikes, in seconds."""


def evaluate(directory, *, backend="nengo", memory="ideal", data=None):
    """Run the network over the held-out span; see `tasks.run_evaluation`.

    Prints the row of `score`, and adds it to ``evaluations.json``.
    """
    directory = Path(directory)
    trained = Trained.load(directory / MODEL_FILE, NAME)
    y, spikes = run(trained, memory, backend)
    row = score(backend, memory, y, trained.parameters, spikes)
    update_json(directory / "evaluations.json", {f"{backend} {memory}": row})
    report.print_table([row], title="Wide beats of the held-out span")
    return row


def span(parameters):
    """First and last step of the held-out span."""
    return tuple(round(t / STEP) for t in parameters["spans"][1:])


def rates(trained, states):
    """Output without spikes, (n_steps,)."""
    return rate_outputs(trained, states)[:, 0]


def run(trained, memory, backend):
    """Output over the held-out span, (n_steps,), and spikes a second.

    The memory is empty at the beginning, so it runs for a window before.
    """
    parameters, chip = trained.parameters, backends.find(backend).chip
    settings = {"memory": IdealMemory}
    if memory == "spiking":
        settings = in_spikes(parameters, chip)
    first, last = span(parameters)
    before = round(parameters["theta"] / STEP)
    u = filtered()[first - before : last]
    with nengo.Network(seed=0) as model:
        network = build(parameters, **settings)
        to_spiking(network, trained, rate=RATE, synapse=SYNAPSE)
        play(u, network.input, STEP)
        layer = network.layers[0]
        units = [layer.ensemble.neurons]
        if isinstance(layer.memory, SpikingMemory):
            units.append(layer.memory)
        output = nengo.Probe(network.output)
        count = nengo.Probe(spike_counter(units, STEP), sample_every=1.0)
    probes = output, count
    y, spikes = run_network(model, probes, len(u), backend=backend, dt=STEP).data
    return y[before:, 0], float(np.mean(np.diff(spikes[:, 0])))


def reports(y):
    """Steps at which beats are reported: peaks of the output above the threshold."""
    return find_peaks(y, height=THRESHOLD, distance=round(APART / STEP))[0]


def score(backend, memory, y, parameters, spikes=0.0):
    """Sensitivity and precision of an output over the held-out span, with counts.

    Returns
    -------
    dict
        ``beats`` (wide ones, by their label), ``found``, ``false`` reports,
        ``sensitivity`` (found of the beats), ``precision`` (found of the reports) in
        percent, ``spikes_per_s``, and what was run.
    """
    first, last = (step * STEP for step in span(parameters))
    found = reports(y) * STEP + first - np.mean(SEEN)
    # A beat whose report would fall out of the span, and the report of one before it,
    # count for nothing.
    edges = first + TOLERANCE, last - SEEN[1] - TOLERANCE
    found = found[(found > edges[0]) & (found < edges[1])]
    beats = [peak for peak in label().wide if edges[0] < peak < edges[1]]
    hits = match(beats, found)
    percent = [100 * hits / max(len(of), 1) for of in (beats, found)]
    return {
        "backend": backend,
        "memory": memory,
        "memory_neurons": N_EACH * parameters["order"] if memory == "spiking" else 0,
        "beats": len(beats),
        "found": hits,
        "false": len(found) - hits,
        "sensitivity": percent[0],
        "precision": percent[1],
        "spikes_per_s": spikes,
    }


def match(beats, found):
    """How many beats have a report of their own within the tolerance."""
    free, hits = list(found), 0
    for beat in beats:
        near = [t for t in free if abs(t - beat) <= TOLERANCE]
        if near:
            free.remove(min(near, key=lambda t: abs(t - beat)))
            hits += 1
    return hits
