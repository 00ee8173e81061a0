"""The simulator gives nengo-loihi's results for whole networks, to the bit."""

import nengo
import numpy as np
import pytest
from nengo.exceptions import BuildError, ValidationError

from nengo_lmu.loihi import Simulator
from nengo_lmu.loihi import compatibility as compat_loihi

nengo_loihi = compat_loihi.load()

N_STEPS = 60

pytestmark = [
    pytest.mark.filterwarnings("ignore:Lost . extra bits"),
    pytest.mark.filterwarnings("ignore:Model is precomputable"),
    pytest.mark.filterwarnings("ignore:tau_s is"),
]


def stimulus(t):
    return np.sin(40 * t)


def recurrent_network():
    """Full weights on the chip, decoded connections, probes of all kinds."""
    with nengo.Network(seed=1) as net:
        stim = nengo.Node(stimulus)
        a = nengo.Ensemble(40, 1)
        b = nengo.Ensemble(30, 1, neuron_type=nengo.SpikingRectifiedLinear())
        nengo.Connection(stim, a, synapse=None)
        nengo.Connection(a, a, synapse=0.1, solver=nengo.solvers.LstsqL2(weights=True))
        nengo.Connection(a, b)
        out = nengo.Node(size_in=1)
        nengo.Connection(b, out)
        probes = [
            nengo.Probe(a.neurons),
            nengo.Probe(a.neurons[3:8], "voltage"),
            nengo.Probe(b.neurons, "input"),
            nengo.Probe(b, synapse=0.01),
            nengo.Probe(out),
        ]
    return net, probes


def split_network():
    """An ensemble spread over several cores."""
    net, probes = recurrent_network()
    nengo_loihi.add_params(net)
    net.config[net.ensembles[0]].block_shape = nengo_loihi.BlockShape((16,), (40,))
    return net, probes


def host_loop():
    """The chip's input depends on its output, one step before."""
    net, probes = recurrent_network()
    with net:
        back = nengo.Node(lambda t, x: np.cos(3 * x), size_in=1)
        nengo.Connection(net.ensembles[1], back)
        nengo.Connection(back, net.ensembles[0])
    return net, probes


def learning_network():
    """A connection that learns from an error on the host."""
    with nengo.Network(seed=2) as net:
        stim = nengo.Node(stimulus)
        pre = nengo.Ensemble(40, 1)
        post = nengo.Node(size_in=1)
        error = nengo.Node(size_in=1)
        nengo.Connection(stim, pre)
        learned = nengo.Connection(
            pre,
            post,
            function=lambda x: 0,
            learning_rule_type=nengo.PES(learning_rate=1e-3),
        )
        nengo.Connection(post, error)
        nengo.Connection(stim, error, transform=-1)
        nengo.Connection(error, learned.learning_rule)
        probes = [nengo.Probe(post), nengo.Probe(pre.neurons)]
    return net, probes


def convolution():
    """Weights that many axons share, chosen by atoms and bases."""
    with nengo.Network(seed=3) as net:
        stim = nengo.Node(np.linspace(-1, 1, 36))
        transform = nengo.Convolution(4, (6, 6, 1), kernel_size=(3, 3))
        a = nengo.Ensemble(36, 1, gain=np.full(36, 50.0), bias=np.full(36, 60.0))
        b = nengo.Ensemble(64, 1, gain=np.full(64, 50.0), bias=np.full(64, 20.0))
        nengo.Connection(stim, a.neurons, synapse=None)
        nengo.Connection(a.neurons, b.neurons, transform=transform)
        probes = [nengo.Probe(b.neurons), nengo.Probe(b.neurons, "voltage")]
    return net, probes


def run(make, net, probes, steps=(N_STEPS,), **kwargs):
    with make(net, **kwargs) as sim:
        for n_steps in steps:
            sim.run_steps(n_steps)
    return [sim.data[probe] for probe in probes]


def assert_equal(ours, theirs):
    assert any(np.ptp(x) > 0 for x in theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype
        assert np.array_equal(a, b)


@pytest.mark.parametrize(
    "network",
    [recurrent_network, split_network, host_loop, learning_network, convolution],
)
def test_equals_nengo_loihi(network):
    net, probes = network()
    with Simulator(net) as sim:
        assert sim.sims["emulator"].compiled
    assert_equal(run(Simulator, net, probes), run(nengo_loihi.Simulator, net, probes))


def test_precompute_and_parts_of_a_run_change_nothing():
    net, probes = recurrent_network()
    whole = run(Simulator, net, probes)
    assert_equal(run(Simulator, net, probes, precompute=False), whole)
    assert_equal(run(Simulator, net, probes, steps=(7, N_STEPS - 7)), whole)


def test_hands_over_what_it_cannot_do():
    net, probes = recurrent_network()
    with pytest.warns(UserWarning, match="nengo-loihi's own emulator: .*simreal"):
        ours = run(Simulator, net, probes, target="simreal")
    assert_equal(ours, run(nengo_loihi.Simulator, net, probes, target="simreal"))


@pytest.mark.skipif(nengo_loihi.hardware.HAS_NXSDK, reason="NxSDK is installed")
def test_board_without_nxsdk():
    net, _ = recurrent_network()
    with pytest.raises(ValidationError, match="Simulator.target: .*NxSDK") as error:
        Simulator(net, target="loihi")
    assert "\n" not in str(error.value)


def test_bad_arguments():
    net, _ = recurrent_network()
    with pytest.raises(ValidationError, match="target"):
        Simulator(net, target="chip")
    with pytest.raises(BuildError, match="on-chip"), nengo.Network() as empty:
        Simulator(empty)
