"""A delay that is learned online on the chip: as well as on the CPU, or a warning."""

import warnings

import nengo
import numpy as np
import pytest

import nengo_lmu
from nengo_lmu.signals import white_noise

loihi = pytest.importorskip("nengo_lmu.loihi")
SECONDS, DT = 12.0, 0.001


def network(rate, n_neurons):
    """Readers of a window on the host learn to tell what was half a second ago."""
    u = white_noise(SECONDS, 1.0, 0.5, seed=5)[:, None]
    with nengo.Network(seed=0) as model:
        signal = nengo.Node(nengo.processes.PresentInput(u, DT))
        memory = nengo_lmu.IdealMemory(6, 1.0)
        nengo.Connection(signal, memory.input, synapse=None)
        readers = nengo.Ensemble(
            n_neurons, 4, radius=1.2, intercepts=nengo.dists.Uniform(-0.1, 0.9)
        )
        nengo.Connection(memory.add_window(4), readers, synapse=None)
        learned, target = nengo.Node(size_in=1), memory.add_delay(0.5)
        error = nengo.Node(size_in=1)
        nengo.Connection(learned, error, synapse=None)
        nengo.Connection(target, error, transform=-1, synapse=None)
        connection = nengo.Connection(
            readers,
            learned,
            function=lambda x: 0,
            synapse=0.05,
            learning_rule_type=nengo.PES(rate),
        )
        nengo.Connection(error, connection.learning_rule, synapse=None)
        probes = nengo.Probe(learned), nengo.Probe(target)
    return model, probes


def error_of(simulator, rate, n_neurons):
    model, probes = network(rate, n_neurons)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Received PES error")
        with simulator(model, progress_bar=None) as sim:
            sim.run(SECONDS)
    learned, target = (sim.data[probe][-5000:] for probe in probes)
    return np.sqrt(np.mean((learned - target) ** 2) / np.mean(target**2))


@pytest.mark.parametrize("rate, n_neurons", [(1e-3, 200), (1e-3, 900), (2e-4, 900)])
def test_the_error_is_at_most_half_as_large_again_as_on_the_cpu(rate, n_neurons):
    on_chip = error_of(loihi.Simulator, rate, n_neurons)
    assert on_chip < 1.5 * error_of(nengo_lmu.Simulator, rate, n_neurons)


def test_a_rate_that_is_rounded_to_zero_is_named():
    model, probes = network(1e-7, 200)
    with pytest.warns(UserWarning, match="learn nothing: take one .* times as large"):
        with loihi.Simulator(model, progress_bar=None) as sim:
            sim.run(2.0)
    assert np.all(sim.data[probes[0]] == 0)


def test_a_rate_that_can_be_represented_is_not():
    model, _ = network(1e-3, 200)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with loihi.Simulator(model, progress_bar=None):
            pass
    assert not any("PES learning rate" in str(warning.message) for warning in caught)
