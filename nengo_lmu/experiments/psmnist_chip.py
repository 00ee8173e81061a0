"""The trained network of psMNIST on Loihi: memory and hidden layer on the chip.

The same two phases as `psmnist_run`. The host shows the pixels, reads the state from
the memory's spikes, holds the last one before the hidden layer, and sums up what the
spikes of that say. Everything recurrent or nonlinear is on the chip.
"""

import nengo
import numpy as np

from nengo_lmu import backends
from nengo_lmu.experiments.psmnist_network import build
from nengo_lmu.experiments.psmnist_run import HOLD, RATE, SYNAPSE, held, stream
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.networks.freeze import freeze

N_EACH = 16
"""Neurons for each dimension of the memory."""

MEMORY_SYNAPSE = 0.2
"""Time constant of the memory's synapse, in seconds."""


def run_memory(parameters, u, sample, backend, seed=0, n_each=N_EACH, **_):
    """As `psmnist_run.run_memory`."""
    dt = parameters["dt"]
    window = round(parameters["n_pixels"] * parameters["pixel"] / dt)
    values = stream(u, parameters)
    with nengo.Network(seed=seed) as network:
        memory = SpikingMemory(
            n_each * parameters["order"],
            window * dt,
            parameters["order"],
            neuron_type=nengo.SpikingRectifiedLinear(),
            sample=held(sample, parameters),
            synapse=MEMORY_SYNAPSE,
            dt=dt,
            on_chip=True,
            seed=0,
        )
        source = nengo.Node(nengo.processes.PresentInput(values[:, None], dt))
        nengo.Connection(source, memory.input, synapse=None)
        state = nengo.Probe(memory.state)
        units = [nengo.Probe(p.ensemble.neurons) for p in memory.populations]
    states, *spikes = _run(network, backend, len(values), dt, seed, [state, *units])
    count = sum(np.sum(s, axis=1) for s in spikes) * dt
    count = count.reshape(-1, window).sum(axis=1)
    return states[window - 1 :: window][1:], count[1:], sum(s.shape[1] for s in spikes)


def run_hidden(trained, states, backend, expected):
    """As `psmnist_run.run_hidden`.

    Parameters
    ----------
    trained : Trained
    states : (n, order) array
    backend : str
    expected : (n, order) array
        States of other digits. The chip takes in values from -1 to 1, which is as far
        as these go.
    """
    dt = trained.parameters["dt"]
    n_steps = round(HOLD / dt)
    reader = freeze(build(trained.parameters), trained, rate=RATE, synapse=SYNAPSE)
    layer = reader.layers[0]
    units = layer.ensemble
    reach = np.max(np.abs(expected), axis=0)
    values = np.clip(states / reach, -1, 1)
    with nengo.Network(seed=0) as network:
        source = nengo.Node(nengo.processes.PresentInput(values, HOLD))
        hidden = nengo.Ensemble(
            units.n_neurons,
            1,
            neuron_type=units.neuron_type,
            gain=units.gain,
            bias=units.bias,
        )
        weights = layer.weights["W_m"].transform.init * reach
        nengo.Connection(source, hidden.neurons, transform=weights, synapse=0.01)
        probe = nengo.Probe(hidden.neurons)
    (spikes,) = _run(network, backend, n_steps * len(states), dt, 0, [probe])
    activity = nengo.Lowpass(SYNAPSE).filt(spikes, dt=dt)[n_steps - 1 :: n_steps]
    activity = activity * layer.from_units.transform.init
    weights = trained.weights
    outputs = activity @ weights["readout"].T + weights["readout_bias"][:, 0]
    return outputs, spikes.reshape(len(states), -1).sum(axis=1) * dt


def _run(network, backend, n_steps, dt, seed, probes):
    Simulator = backends.get(backend)
    with Simulator(network, dt=dt, seed=seed, progress_bar=None) as simulator:
        simulator.run_steps(n_steps)
        return [np.array(simulator.data[probe]) for probe in probes]
