"""Host and chip by turns of many steps do what they do step by step."""

import nengo
import numpy as np
import pytest

from nengo_lmu import SpikingMemory
from nengo_lmu.loihi import Simulator, chip_design, lay_out
from nengo_lmu.loihi import compatibility as compat_loihi
from nengo_lmu.loihi.precompute import CHUNK, InTurn

nengo_loihi = compat_loihi.load()

pytestmark = [
    pytest.mark.filterwarnings("ignore:Lost . extra bits"),
    pytest.mark.filterwarnings("ignore:Model is precomputable"),
    pytest.mark.filterwarnings("ignore:tau_s is"),
]


def host_and_chip(feedback=False):
    """The host feeds the chip and hears it, and what feeds the chip besides."""
    with nengo.Network(seed=0) as network:
        stimulus = nengo.Node(nengo.processes.WhiteSignal(1, high=5, seed=1))
        clock = nengo.Node(lambda t: np.sin(9 * t))
        poisson = nengo.PoissonSpiking(nengo.LIFRate())
        on_host = nengo.Ensemble(20, 1, neuron_type=poisson)
        on_chip = nengo.Ensemble(30, 1)
        hears = nengo.Node(lambda t, x: x * t, size_in=3)
        later = nengo.Node(size_in=3)
        nengo.Connection(stimulus, on_host, synapse=0.02)
        nengo.Connection(on_host, on_chip)
        nengo.Connection(clock, hears[0], synapse=None)
        nengo.Connection(on_host, hears[1], synapse=0.01)
        nengo.Connection(on_chip, hears[2], synapse=0.01)
        nengo.Connection(hears, later, synapse=0.005)
        if feedback:
            nengo.Connection(later[2], on_chip, synapse=0.01)
        probes = [
            nengo.Probe(on_chip.neurons),
            nengo.Probe(stimulus),
            nengo.Probe(clock, sample_every=0.003),
            nengo.Probe(on_host, synapse=0.02),
            nengo.Probe(on_host.neurons, "rate_out"),
            nengo.Probe(hears),
            nengo.Probe(later, synapse=0.01),
        ]
    nengo_loihi.add_params(network)
    network.config[on_host].on_chip = False
    return network, probes


def memory():
    with nengo.Network(seed=0) as network:
        stimulus = nengo.Node(nengo.processes.WhiteSignal(1, high=3, seed=1))
        memory = SpikingMemory(40, 2, 0.1, freq=3.0, seed=0)
        nengo.Connection(stimulus, memory.input, synapse=None)
        delayed = nengo.Probe(memory.add_delay(0.05), synapse=0.01)
    laid_out = lay_out(network, {memory: chip_design(memory.design, n_loops=2)})
    with laid_out:
        (on_chip,) = laid_out.networks
        spikes = [nengo.Probe(ensemble.neurons) for ensemble in on_chip.loop_ensembles]
    return laid_out, [*spikes, delayed]


def run(network, probes, turns, **kwargs):
    """What probes record, and whether host and chip had turns of many steps."""
    with Simulator(network, target="sim", **kwargs) as simulator:
        for steps in turns:
            simulator.run_steps(steps)
        runs = getattr(simulator._runner.run_steps, "__self__", None)
        return [np.array(simulator.data[p]) for p in probes], isinstance(runs, InTurn)


@pytest.mark.parametrize("make", [host_and_chip, memory])
def test_turns_change_nothing(make):
    """Over the end of a chunk, and from one run to the next."""
    turns = [1, 30, CHUNK + 10]
    ours, by_turns = run(*make(), turns)
    assert by_turns
    stepwise, by_turns = run(*make(), turns, precompute=False)
    assert not by_turns
    assert np.any(ours[0])
    for mine, theirs in zip(ours, stepwise, strict=True):
        assert len(mine) == len(theirs) > 0
        # Sums over neurons at many steps at a time are rounded in another order.
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-9)
    assert np.array_equal(ours[0], stepwise[0])


def test_what_returns_to_the_chip_goes_step_by_step():
    network, probes = host_and_chip(feedback=True)
    _, by_turns = run(network, probes, [20])
    assert not by_turns


def test_what_nengo_loihi_precomputes_it_does():
    with nengo.Network(seed=0) as network:
        stimulus = nengo.Node(lambda t: np.sin(t))
        ensemble = nengo.Ensemble(10, 1)
        nengo.Connection(stimulus, ensemble)
        probes = [nengo.Probe(ensemble.neurons)]
    data, by_turns = run(network, probes, [20])
    assert not by_turns and data[0].shape == (20, 10)
