"""The detector of wide beats: its network, a run of it, and how well it does."""

import nengo
import numpy as np
from scipy.signal import find_peaks

from nengo_lmu import backends
from nengo_lmu.experiments.trained.beats_labels import STEP, filtered, label
from nengo_lmu.experiments.trained.psmnist_run import spike_counter
from nengo_lmu.networks import FEED_FORWARD, SpikingMemory, Stack
from nengo_lmu.networks.to_spiking import freeze

SEEN = (0.1, 0.25)
"""Seconds after the peak of a beat in which it is reported: all of it is in the window
by then."""

THRESHOLD = 0.5
APART = 0.3
"""Seconds from one report to the next, at least."""

TOLERANCE = 0.15
"""Seconds by which a report may be off, as in ANSI/AAMI EC57."""

SYNAPSE = 0.05
"""Time constant of what the output reads from spikes, in seconds."""

N_EACH = 100
"""Neurons for each dimension of the memory."""

RATE = 200.0
"""Rate in Hz of a neuron at the end of its range."""


def build(parameters, **settings):
    """The network: a memory of the signal, a hidden layer of ReLU, one output."""
    layer = {
        "n_hidden": parameters["n_hidden"],
        "theta": parameters["theta"],
        "order": parameters["order"],
        "hidden_type": nengo.RectifiedLinear(),
        "input_to_hidden": False,
        "bias": True,
        **FEED_FORWARD,
    }
    return Stack(1, [layer], 1, dt=STEP, **settings)


def in_spikes(parameters, on_chip=False):
    """Arguments of a spiking memory, laid out for the part that is trained on.

    Its neurons are rectified and alike, so that they take turns; on the chip they
    differ as in any memory.
    """
    alike = {"max_rates": np.full(N_EACH, RATE), "intercepts": np.zeros(N_EACH)}
    return {
        "n_neurons": N_EACH * parameters["order"],
        "neuron_type": nengo.SpikingRectifiedLinear(),
        "sample": filtered()[: round(parameters["spans"][0] / STEP)],
        "seed": 0,
        **({"on_chip": True} if on_chip else alike),
    }


def span(parameters):
    """First and last step of the held-out span."""
    return tuple(round(t / STEP) for t in parameters["spans"][1:])


def rates(trained, states):
    """Output without spikes, (n_steps,)."""
    w = trained.weights
    hidden = np.maximum(states @ w["0.W_m"].T + w["0.b"], 0)
    return hidden @ w["readout"][0] + w["readout_bias"][0, 0]


def run(trained, memory, backend):
    """Output over the held-out span, (n_steps,), and spikes a second.

    The memory is empty at the beginning, so it runs for a window before.
    """
    parameters, chip = trained.parameters, backends.find(backend).chip
    settings = {} if memory == "ideal" else in_spikes(parameters, chip)
    first, last = span(parameters)
    before = round(parameters["theta"] / STEP)
    u = filtered()[first - before : last]
    with nengo.Network(seed=0) as model:
        network = build(parameters, **settings)
        freeze(network, trained, rate=RATE, synapse=SYNAPSE, on_chip=chip)
        source = nengo.Node(nengo.processes.PresentInput(u[:, None], STEP))
        nengo.Connection(source, network.input, synapse=None)
        layer = network.layers[0]
        units = [layer.ensemble.neurons]
        if isinstance(layer.memory, SpikingMemory):
            units += [p.neurons for p in layer.memory.populations]
        output = nengo.Probe(network.output)
        count = nengo.Probe(spike_counter(units, STEP), sample_every=1.0)
    with backends.get(backend)(model, STEP, seed=0, progress_bar=None) as simulator:
        simulator.run_steps(len(u))
        y, spikes = simulator.data[output][before:, 0], simulator.data[count][:, 0]
    return y, float(np.mean(np.diff(spikes)))


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
