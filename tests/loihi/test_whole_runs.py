"""Whole runs are nengo-loihi's: the chip to the bit, the host within rounding."""

import nengo
import numpy as np
import pytest
from nengo.exceptions import BuildError, SimulationError

from nengo_lmu import SpikingMemory
from nengo_lmu.loihi import Simulator, chip_design, lay_out
from nengo_lmu.loihi import compatibility as compat_loihi
from nengo_lmu.loihi.simulator import reference_simulator
from nengo_lmu.loihi.spike_encoder import SigmaDeltaEncoder

nengo_loihi = compat_loihi.load()

N_STEPS = 120

pytestmark = [
    pytest.mark.filterwarnings("ignore:Lost . extra bits"),
    pytest.mark.filterwarnings("ignore:Model is precomputable"),
    pytest.mark.filterwarnings("ignore:tau_s is"),
    pytest.mark.filterwarnings("ignore:Received PES error"),
    pytest.mark.filterwarnings("ignore:Clipping"),
]


def on_host(network, *ensembles):
    nengo_loihi.add_params(network)
    for ensemble in ensembles:
        network.config[ensemble].on_chip = False


def host_before_and_after(network):
    """The host feeds the chip and hears it, and what feeds the chip besides."""
    stimulus = nengo.Node(nengo.processes.WhiteSignal(1, high=5, seed=1))
    clock = nengo.Node(lambda t: np.sin(9 * t))
    poisson = nengo.PoissonSpiking(nengo.LIFRate())
    random = nengo.Ensemble(20, 1, neuron_type=poisson)
    on_chip = nengo.Ensemble(30, 2)
    hears = nengo.Node(lambda t, x: x * t, size_in=4)
    later = nengo.Node(size_in=4)
    nengo.Connection(stimulus, random, synapse=0.02)
    nengo.Connection(random, on_chip, transform=[[1], [0]])
    nengo.Connection(clock, on_chip.neurons, transform=np.full((30, 1), 0.1))
    nengo.Connection(clock, hears[0], synapse=None)
    nengo.Connection(random, hears[1], synapse=0.01)
    nengo.Connection(on_chip, hears[2:], synapse=0.01)
    nengo.Connection(hears, later, synapse=0.005)
    on_host(network, random)
    host = [
        nengo.Probe(stimulus),
        nengo.Probe(random, synapse=0.02),
        nengo.Probe(random.neurons, "rate_out"),
        nengo.Probe(hears),
        nengo.Probe(later, synapse=0.01),
    ]
    return [nengo.Probe(on_chip.neurons), nengo.Probe(on_chip, synapse=0.01)], host


def feedback(network):
    """What the chip says returns to it, by way of neurons and a Python function."""
    chip, host = host_before_and_after(network)
    back = nengo.Node(lambda t, x: [x[0] ** 2, -x[1]], size_in=2)
    neurons = nengo.Ensemble(25, 2, seed=3)
    on_chip = network.ensembles[1]
    nengo.Connection(on_chip.neurons, neurons, transform=np.ones((2, 30)) / 3e3)
    nengo.Connection(on_chip, back)
    nengo.Connection(back, neurons)
    nengo.Connection(neurons, on_chip, synapse=0.02)
    weights = np.random.RandomState(0).uniform(-1e-3, 1e-3, (30, 25))
    nengo.Connection(neurons.neurons, on_chip.neurons, transform=weights)
    spikes = nengo.Node(size_in=30)
    nengo.Connection(on_chip.neurons, spikes, synapse=0.01)
    on_host(network, neurons)
    # on cores that have not neighbours of it
    network.config[on_chip].block_shape = nengo_loihi.BlockShape((3, 4), (5, 6))
    host += [nengo.Probe(obj) for obj in (neurons, back, spikes)]
    return chip, host


def learning(network):
    """Two errors add up at one rule; another rule has its own."""
    stimulus = nengo.Node(lambda t: np.sin([20 * t, 31 * t]))
    pre = nengo.Ensemble(40, 2, seed=1)
    post = nengo.Node(size_in=2)
    errors = [nengo.Ensemble(20, 2, seed=k) for k in range(2)]
    rules = []
    nengo.Connection(stimulus, pre)
    for rate in (1e-3, 4e-4):
        learned = nengo.Connection(
            pre,
            post,
            function=lambda x: [0, 0],
            learning_rule_type=nengo.PES(learning_rate=rate),
        )
        rules.append(learned.learning_rule)
    for k, error in enumerate(errors):
        nengo.Connection(post, error)
        nengo.Connection(stimulus, error, transform=-1)
        nengo.Connection(error, rules[k])
    nengo.Connection(stimulus, rules[0], transform=0.2)
    chip = [nengo.Probe(pre.neurons), nengo.Probe(pre, synapse=nengo.Alpha(0.01))]
    return chip, [nengo.Probe(post), nengo.Probe(errors[0], synapse=0.01)]


def encoders(network):
    """Values as spikes of lines, one value for all of them and one for each."""
    stimulus = nengo.Node(lambda t: np.sin([20 * t, 31 * t, 5 * t]))
    chip, host = [], []
    for size, peak in ((1, 0.5), (3, np.array([0.4, 1.0, 2.0]))):
        lines = nengo.Node(SigmaDeltaEncoder(peak), size_in=size, size_out=4)
        ensemble = nengo.Ensemble(12, 1, seed=size)
        nengo.Connection(stimulus[:size], lines, synapse=0.01)
        weights = np.random.RandomState(0).uniform(-1, 1, (12, 4))
        nengo.Connection(lines, ensemble.neurons, transform=weights)
        chip += [nengo.Probe(ensemble.neurons), nengo.Probe(ensemble.neurons, "input")]
        host.append(nengo.Probe(lines))
    return chip, host


def memory(network):
    stimulus = nengo.Node(nengo.processes.WhiteSignal(1, high=3, seed=1))
    own = SpikingMemory(40, 2, 0.1, freq=3.0, seed=0)
    nengo.Connection(stimulus, own.input, synapse=None)
    delayed = nengo.Probe(own.add_delay(0.05))
    laid_out = lay_out(network, {own: chip_design(own.design, n_loops=2)})
    with laid_out:
        (on_chip,) = laid_out.networks
        spikes = [nengo.Probe(ensemble.neurons) for ensemble in on_chip.loop_ensembles]
    return spikes, [delayed], laid_out


def nothing_on_the_host(network):
    a = nengo.Ensemble(20, 1)
    b = nengo.Ensemble(20, 1)
    nengo.Connection(a, b)
    return [nengo.Probe(b.neurons, "voltage"), nengo.Probe(b, synapse=0.03)], []


MODELS = [
    host_before_and_after,
    feedback,
    learning,
    encoders,
    memory,
    nothing_on_the_host,
]


def build(model):
    with nengo.Network(seed=0) as network:
        chip, host, *laid_out = model(network)
    return laid_out[0] if laid_out else network, chip, host


def run(make, network, probes, turns=(N_STEPS,), **kwargs):
    with make(network, **kwargs) as simulator:
        for steps in turns:
            simulator.run_steps(steps)
        return [np.array(simulator.data[p]) for p in probes], simulator


def assert_same(ours, theirs, n_exact):
    """The first arrays are equal to the bit, the others within rounding."""
    assert len(ours) == len(theirs)
    for k, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        assert mine.dtype == other.dtype and mine.shape == other.shape
        assert len(mine) > 0 and np.any(other)
        if k < n_exact:
            np.testing.assert_array_equal(mine, other)
        else:
            scale = np.max(np.abs(other))
            np.testing.assert_allclose(mine / scale, other / scale, rtol=0, atol=1e-12)


@pytest.mark.parametrize("model", MODELS)
def test_whole_run_is_that_of_nengo_loihi(model):
    network, chip, host = build(model)
    ours, simulator = run(Simulator, network, [*chip, *host])
    assert "host_pre" not in simulator.sims and simulator.n_steps == N_STEPS
    theirs, _ = run(reference_simulator, network, [*chip, *host])
    assert_same(ours, theirs, len(chip))


@pytest.mark.parametrize("model", MODELS)
def test_turns_change_nothing(model):
    """Runs of any length, over the end of a block; with and without precompute."""
    network, chip, host = build(model)
    ours, _ = run(Simulator, network, [*chip, *host], [1, 30, 1100, 1])
    whole, _ = run(Simulator, network, [*chip, *host], [1132], precompute=False)
    assert_same(ours, whole, len(ours))


def test_precompute():
    """It is no other run, but refuses a model in which the chip's output returns."""
    network, _, _ = build(feedback)
    with pytest.raises(BuildError, match="precompute"):
        Simulator(network, precompute=True)
    with nengo.Network(seed=0) as network:
        stimulus = nengo.Node(lambda t: np.sin(9 * t))
        ensemble = nengo.Ensemble(20, 1)
        out = nengo.Node(size_in=1)
        nengo.Connection(stimulus, ensemble)
        nengo.Connection(ensemble, out)
        probes = [nengo.Probe(ensemble.neurons), nengo.Probe(out)]
    ours, simulator = run(Simulator, network, probes, precompute=True)
    assert simulator.precompute
    assert_same(ours, run(Simulator, network, probes, precompute=False)[0], 2)
    assert_same(ours, run(reference_simulator, network, probes)[0], 1)


def test_the_host_hears_the_chip_a_step_late_from_the_first_step_on():
    """nengo-loihi's host hears the first step at once where it precomputes."""
    with nengo.Network(seed=0) as network:
        gain, bias = np.ones(5), np.full(5, 50.0)
        kind = nengo.SpikingRectifiedLinear()
        ensemble = nengo.Ensemble(5, 1, gain=gain, bias=bias * 40, neuron_type=kind)
        out = nengo.Node(size_in=5)
        nengo.Connection(ensemble.neurons, out, synapse=None)
        probes = [nengo.Probe(ensemble.neurons), nengo.Probe(out)]
    (spikes, heard), _ = run(Simulator, network, probes)
    assert np.any(spikes[0])
    np.testing.assert_array_equal(heard[0], 0)
    np.testing.assert_array_equal(heard[1:], spikes[:-1])


def test_sampled_probes_are_every_nth_value():
    """On the chip, where nengo-loihi has no such probes, as on the host."""
    network, chip, host = build(feedback)
    on_chip, hears = network.ensembles[1], network.nodes[2]
    with network:
        more = [
            nengo.Probe(on_chip.neurons, sample_every=0.003),
            nengo.Probe(on_chip, synapse=0.01, sample_every=0.0025),
            nengo.Probe(hears, sample_every=0.003),
        ]
    (spikes, decoded, heard, *sampled), simulator = run(
        Simulator, network, [*chip, host[3], *more], [1, 1104]
    )
    steps = np.arange(1, 1106)
    for probe, whole, part in zip(more, (spikes, decoded, heard), sampled, strict=True):
        np.testing.assert_array_equal(
            part, whole[steps % (probe.sample_every / 0.001) < 1]
        )
        assert len(simulator.trange(probe.sample_every)) == len(part)


def test_cleared_probes_begin_again():
    network, chip, host = build(feedback)
    with Simulator(network) as simulator:
        simulator.run_steps(50)
        whole = [np.array(simulator.data[p]) for p in [*chip, *host]]
        simulator.clear_probes()
        assert all(len(simulator.data[p]) == 0 for p in [*chip, *host])
    with Simulator(network) as simulator:
        simulator.run_steps(20)
        simulator.clear_probes()
        simulator.run_steps(30)
        for probe, values in zip([*chip, *host], whole, strict=True):
            np.testing.assert_array_equal(simulator.data[probe], values[20:])


def test_same_seed_same_run():
    """Processes on the host that have no seed of their own get the simulator's."""
    with nengo.Network(seed=0) as network:
        noise = nengo.Node(nengo.processes.WhiteNoise())
        ensemble = nengo.Ensemble(10, 1)
        nengo.Connection(noise, ensemble)
        probes = [nengo.Probe(noise), nengo.Probe(ensemble.neurons, "voltage")]
    first, _ = run(Simulator, network, probes, seed=1)
    assert_same(first, run(Simulator, network, probes, seed=1)[0], 2)
    assert np.any(first[0] != run(Simulator, network, probes, seed=2)[0][0])


def test_an_error_in_a_function_keeps_what_was_recorded():
    def fail(t, x):
        if t > 0.0305:
            raise RuntimeError("no more")
        return x

    with nengo.Network(seed=0) as network:
        ensemble = nengo.Ensemble(10, 1)
        node = nengo.Node(fail, size_in=1)
        nengo.Connection(ensemble, node)
        probes = [nengo.Probe(ensemble.neurons), nengo.Probe(node)]
    with Simulator(network) as simulator:
        with pytest.raises(RuntimeError, match="no more"):
            simulator.run_steps(100)
        assert simulator.n_steps == 30 and simulator.time == pytest.approx(0.03)
        assert [len(simulator.data[p]) for p in probes] == [30, 30]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_for_the_encoder_that_is_not_finite(value):
    with nengo.Network(seed=0) as network:
        stimulus = nengo.Node(nengo.processes.PresentInput([0.0, value], 0.01))
        lines = nengo.Node(SigmaDeltaEncoder(1.0), size_in=1, size_out=3)
        ensemble = nengo.Ensemble(10, 1)
        nengo.Connection(stimulus, lines, synapse=None)
        nengo.Connection(lines, ensemble.neurons, transform=np.ones((10, 3)))
    with Simulator(network) as simulator:
        simulator.run_steps(9)
        with pytest.raises(SimulationError, match="spike encoder is not finite"):
            simulator.run_steps(100)


def test_runs_on_nengos_simulator_where_nothing_is_compiled(monkeypatch):
    monkeypatch.setattr("nengo_lmu.simulator.plan.DTYPES", ())
    network, chip, host = build(feedback)
    ours, simulator = run(Simulator, network, [*chip, *host])
    assert type(simulator.sims["host"]) is nengo.Simulator
    assert simulator.sims["emulator"].compiled
    theirs, _ = run(reference_simulator, network, [*chip, *host])
    assert_same(ours, theirs, len(ours))


def test_single_precision_on_the_host(monkeypatch):
    """The host in 32 bits says what it says in 64, within their rounding."""
    network, chip, host = build(host_before_and_after)
    whole, _ = run(Simulator, network, [*chip, *host])
    bits = nengo.rc.get("precision", "bits")
    nengo.rc.set("precision", "bits", "32")
    try:
        single, simulator = run(Simulator, network, [*chip, *host])
    finally:
        nengo.rc.set("precision", "bits", bits)
    assert simulator.sims["host"].model.time.dtype == np.float32
    for mine, other in zip(single[len(chip) :], whole[len(chip) :], strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-3 * np.max(np.abs(other)))
