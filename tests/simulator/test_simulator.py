"""The simulator against nengo.Simulator, and its interface."""

import math
import pickle

import nengo
import numpy as np
import pytest
from nengo.exceptions import (
    BuildError,
    SimulationError,
    SimulatorClosed,
    ValidationError,
)

from nengo_lmu.simulator import Simulator, plan, simulator

NEURONS = [
    nengo.AdaptiveLIF(tau_n=0.05, inc_n=0.01),
    nengo.AdaptiveLIFRate(tau_n=0.05, inc_n=0.01),
    nengo.Direct(),
    nengo.Izhikevich(),
    nengo.LIF(),
    nengo.LIF(tau_rc=0.004, min_voltage=-1, amplitude=0.5),
    nengo.LIFRate(),
    nengo.LIFRate(tau_ref=0, amplitude=2),
    nengo.RectifiedLinear(amplitude=0.5),
    nengo.RegularSpiking(nengo.LIFRate()),
    nengo.RegularSpiking(nengo.Sigmoid()),
    nengo.Sigmoid(),
    nengo.SpikingRectifiedLinear(),
    nengo.Tanh(),
]


def run_both(network, n_steps=200, **kwargs):
    """Both simulators after a run of this network; both are closed."""
    sims = []
    for cls in (nengo.Simulator, Simulator):
        with cls(network, progress_bar=False, **kwargs) as sim:
            sim.run_steps(n_steps)
        sims.append(sim)
    return sims


def assert_equal_data(network, n_steps=200, atol=1e-9, **kwargs):
    ref, sim = run_both(network, n_steps, **kwargs)
    assert network.all_probes
    for probe in network.all_probes:
        assert sim.data[probe].shape == ref.data[probe].shape
        assert sim.data[probe].dtype == ref.data[probe].dtype
        np.testing.assert_allclose(
            sim.data[probe], ref.data[probe], rtol=1e-9, atol=atol, err_msg=str(probe)
        )


def counter():
    """A function of time that is not pure."""
    calls = []

    def count(t):
        calls.append(t)
        return len(calls)

    return count, calls


@pytest.mark.parametrize("neuron_type", NEURONS, ids=str)
def test_neurons(neuron_type):
    with nengo.Network(seed=3) as network:
        stimulus = nengo.Node(nengo.processes.WhiteSignal(1, high=10, seed=1))
        ens = nengo.Ensemble(
            30,
            2,
            neuron_type=neuron_type,
            max_rates=nengo.dists.Uniform(250, 300),
        )
        nengo.Connection(stimulus, ens[0])
        nengo.Probe(ens, synapse=0.01)
        if not isinstance(neuron_type, nengo.Direct):
            nengo.Probe(ens.neurons)
            for state in neuron_type.state:
                nengo.Probe(ens.neurons, state)
    assert_equal_data(network)


@pytest.mark.parametrize("dt", [0.0002, 0.005])
def test_lif_at_other_steps(dt):
    """Short steps use series, long ones the exact functions."""
    with nengo.Network(seed=3) as network:
        ens = nengo.Ensemble(50, 1)
        nengo.Connection(nengo.Node(0.7), ens)
        nengo.Probe(ens.neurons)
        nengo.Probe(ens.neurons, "refractory_time")
    assert_equal_data(network, dt=dt)


@pytest.mark.parametrize(
    "synapse",
    [
        nengo.Lowpass(0.01),
        nengo.Lowpass(0),
        nengo.Alpha(0.01),
        nengo.LinearFilter([1, 2], [0.01, 0.3, 1]),
        nengo.LinearFilter([0.5], [1, -0.5], analog=False),
        nengo.LinearFilter([1, 0.2], [1, -0.5], analog=False),
        nengo.synapses.Triangle(0.01),
        None,
    ],
    ids=str,
)
def test_synapses(synapse):
    with nengo.Network(seed=0) as network:
        stimulus = nengo.Node(
            nengo.processes.WhiteSignal(1, high=10, seed=1), size_out=3
        )
        target = nengo.Node(size_in=4)
        nengo.Connection(stimulus[::2], target[1:3], synapse=synapse)
        nengo.Connection(stimulus, target[[3, 0, 0]], synapse=synapse, transform=2)
        nengo.Probe(target)
        nengo.Probe(stimulus, synapse=synapse)
    assert_equal_data(network)


@pytest.mark.parametrize(
    "rule",
    [
        nengo.PES(),
        nengo.RLS(),
        nengo.BCM(learning_rate=1e-9),
        nengo.Oja(),
        nengo.Voja(),
        [nengo.PES(), nengo.BCM(learning_rate=1e-9)],
    ],
    ids=str,
)
def test_learning_rules(rule):
    rules = rule if isinstance(rule, list) else [rule]
    with nengo.Network(seed=0) as network:
        stimulus = nengo.Node(nengo.processes.WhiteSignal(1, high=5, seed=1))
        pre = nengo.Ensemble(40, 1)
        post = nengo.Ensemble(30, 1)
        error = nengo.Node(size_in=1)
        nengo.Connection(stimulus, pre)
        nengo.Connection(post, error)
        nengo.Connection(stimulus, error, transform=-1)
        weights = any(r.modifies == "weights" for r in rules)
        connection = nengo.Connection(
            pre,
            post,
            learning_rule_type=rule,
            solver=nengo.solvers.LstsqL2(weights=weights),
        )
        built = connection.learning_rule
        for r in built if isinstance(built, list) else [built]:
            if isinstance(r.learning_rule_type, (nengo.PES, nengo.RLS)):
                nengo.Connection(error, r)
        nengo.Probe(post, synapse=0.01)
        if rules[0].modifies == "encoders":
            nengo.Probe(built, "scaled_encoders")
        else:
            nengo.Probe(connection, "weights", sample_every=0.02)
    assert_equal_data(network)


def test_transforms():
    """Full, sparse and convolutional weights; functions; noise; merged operators."""
    rng = np.random.RandomState(0)
    with nengo.Network(seed=0) as network:
        stimulus = nengo.Node(lambda t: [np.sin(9 * t), np.cos(9 * t), t])
        array = nengo.networks.EnsembleArray(20, 3)
        noisy = nengo.Ensemble(20, 3, noise=nengo.processes.WhiteNoise(seed=3))
        nengo.Connection(stimulus, array.input)
        nengo.Connection(array.output, noisy, transform=rng.randn(3, 3))
        product = nengo.Connection(noisy, noisy.neurons, transform=rng.randn(20, 3) / 9)
        nengo.Connection(stimulus, noisy, function=lambda x: x[::-1] ** 2)
        sparse = nengo.Sparse((5, 3), indices=[(0, 0), (4, 1), (4, 2)], init=[1, 2, 3])
        target = nengo.Node(size_in=5)
        nengo.Connection(stimulus, target, transform=sparse)
        image = nengo.Node(size_in=8)
        convolution = nengo.Convolution(4, (3, 1), kernel_size=(2,), strides=(1,))
        nengo.Connection(stimulus, image, transform=convolution)
        for obj in (array.output, noisy, target, image, product):
            nengo.Probe(obj)
    assert_equal_data(network)
    assert_equal_data(network, optimize=True)


def a_product(stimulate):
    network = nengo.networks.Product(30, 2)
    stimulate(network.input_a, network.input_b)
    return network.output


def a_convolution(stimulate):
    network = nengo.networks.CircularConvolution(20, 4)
    stimulate(network.input_a, network.input_b)
    return network.output


def an_array(stimulate):
    network = nengo.networks.EnsembleArray(20, 3)
    stimulate(network.input)
    return network.add_output("square", np.square)


def basal_ganglia(stimulate):
    network = nengo.networks.BasalGanglia(3, n_neurons_per_ensemble=30)
    thalamus = nengo.networks.Thalamus(3, n_neurons_per_ensemble=20)
    nengo.Connection(network.output, thalamus.input)
    stimulate(network.input)
    return thalamus.output


def associative_memory(stimulate):
    network = nengo.networks.AssociativeMemory(np.eye(3), n_neurons=20)
    network.add_wta_network(1.5)
    network.add_threshold_to_outputs()
    stimulate(network.input)
    return network.output


@pytest.mark.parametrize(
    "make",
    [
        a_product,
        a_convolution,
        an_array,
        basal_ganglia,
        associative_memory,
    ],
    ids=lambda make: make.__name__,
)
def test_networks_of_nengo(make):
    def stimulate(*targets):
        for target in targets:
            signal = nengo.processes.WhiteSignal(1, high=5, rms=0.5)
            stimulus = nengo.Node(signal, size_out=target.size_in)
            nengo.Connection(stimulus, target)

    with nengo.Network(seed=0) as network:
        nengo.Probe(make(stimulate), synapse=0.01)
    assert_equal_data(network, 100)


def test_one_call_without_python():
    """A network without Python in its loop is one range of compiled rows."""
    with nengo.Network() as network:
        ens = nengo.Ensemble(20, 1)
        nengo.Connection(nengo.Node(lambda t: np.sin(t)), ens)
        nengo.Connection(nengo.Node(nengo.processes.WhiteNoise()), ens)
        nengo.Connection(ens, ens)
        nengo.Probe(ens)
    with Simulator(network, progress_bar=False) as sim:
        assert len(sim._plan.parts) == 1
        assert isinstance(sim._plan.parts[0], tuple)


def test_python_runs_step_by_step():
    """Functions that share state see each other's values of the same step."""
    state = {}

    def write(t):
        state["t"] = t
        return t

    def read(t, x):
        return state["t"] + x

    with nengo.Network() as network:
        first = nengo.Node(write)
        second = nengo.Node(read, size_in=1)
        nengo.Connection(first, second, synapse=None)
        probe = nengo.Probe(second)
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(20)
    np.testing.assert_allclose(sim.data[probe][:, 0], 2 * sim.trange())


def test_function_that_reads_the_simulator():
    """A node may look at what has been recorded, as in Nengo."""
    seen = []

    def look(t):
        seen.append((sim.n_steps, len(sim.data[probe])))
        return t

    with nengo.Network() as network:
        probe = nengo.Probe(nengo.Node(look, size_out=1))
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(5)
        sim.step()
    assert seen == [(k, k) for k in range(6)]


def test_step_is_run():
    with nengo.Network(seed=0) as network:
        ens = nengo.Ensemble(30, 1, neuron_type=nengo.PoissonSpiking(nengo.LIFRate()))
        nengo.Connection(nengo.Node(nengo.processes.WhiteNoise()), ens)
        nengo.Connection(nengo.Node(lambda t: t), ens)
        probe = nengo.Probe(ens)
        seldom = nengo.Probe(ens, sample_every=0.003)
    data = []
    for pieces in ([25], [1] * 25, [10, 15], [24, 1]):
        with Simulator(network, progress_bar=False) as sim:
            for n in pieces:
                sim.step() if n == 1 else sim.run_steps(n)
            assert sim.n_steps == 25
            assert sim.time == pytest.approx(0.025)
        data.append((sim.data[probe], sim.data[seldom]))
        assert len(sim.data[seldom]) == len(sim.trange(sample_every=0.003)) == 8
    for other in data[1:]:
        np.testing.assert_array_equal(other[0], data[0][0])
        np.testing.assert_array_equal(other[1], data[0][1])


@pytest.mark.parametrize("n_steps", [3, 2500])
def test_reset(n_steps):
    with nengo.Network(seed=0) as network:
        ens = nengo.Ensemble(30, 1, neuron_type=nengo.PoissonSpiking(nengo.LIFRate()))
        noise = nengo.Node(nengo.processes.WhiteNoise())
        nengo.Connection(noise, ens)
        probes = [nengo.Probe(ens), nengo.Probe(noise)]
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(n_steps)
        first = [np.array(sim.data[probe]) for probe in probes]
        sim.reset()
        assert sim.n_steps == 0 and all(len(sim.data[p]) == 0 for p in probes)
        sim.run_steps(n_steps)
        for old, probe in zip(first, probes, strict=True):
            np.testing.assert_array_equal(sim.data[probe], old)
        sim.reset(seed=sim.seed + 1)
        sim.run_steps(n_steps)
        for old, probe in zip(first, probes, strict=True):
            assert n_steps < 10 or not np.array_equal(sim.data[probe], old)
        sim.clear_probes()
        assert len(sim.data[probes[0]]) == 0
        sim.run_steps(2)
        assert len(sim.data[probes[0]]) == 2 and sim.n_steps == n_steps + 2


def test_pickle():
    with nengo.Network(seed=0) as network:
        ens = nengo.Ensemble(30, 1)
        nengo.Connection(nengo.Node(lambda t: t), ens)
        network.probe = nengo.Probe(ens, synapse=0.01)
    network.nodes[0].output = np.sin
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(20)
        state = pickle.dumps(sim)
        sim.run_steps(20)
    with pickle.loads(state) as copy:
        copy.run_steps(20)
        data = copy.data[copy.model.toplevel.probe]
    np.testing.assert_array_equal(data, sim.data[network.probe])


def test_closed():
    with nengo.Network() as network:
        probe = nengo.Probe(nengo.Node(1.0))
    sim = Simulator(network, progress_bar=False)
    sim.run_steps(3)
    sim.close()
    sim.close()
    assert sim.data[probe].tolist() == [[1.0]] * 3
    for call in (sim.step, sim.reset, lambda: sim.run_steps(1), lambda: sim.run(1)):
        with pytest.raises(SimulatorClosed):
            call()


def test_data_is_read_only():
    with nengo.Network() as network:
        probe = nengo.Probe(nengo.Node(np.sin))
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(3)
        first = sim.data[probe]
        sim.run_steps(3)
        assert len(first) == 3 and len(sim.data[probe]) == 6
        with pytest.raises(ValueError):
            sim.data[probe][0] = 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("n_before", [0, 7])
def test_interrupt_keeps_data(error, n_before):
    """What was recorded before an interrupt or an error stays."""
    count, calls = counter()

    def stop_once(t):
        count(t)
        if len(calls) == n_before + 1:
            raise error
        return t

    with nengo.Network(seed=0) as network:
        noise = nengo.Node(nengo.processes.WhiteNoise(seed=1))
        node = nengo.Node(stop_once, size_out=1)
        probes = [nengo.Probe(noise), nengo.Probe(node)]
    with Simulator(network, progress_bar=False) as sim:
        with pytest.raises(error):
            sim.run_steps(20)
        assert [len(sim.data[probe]) for probe in probes] == [n_before] * 2
        assert np.ravel(sim.data[probes[1]]).tolist() == calls[:-1]


def test_error_in_a_block():
    """A pure function that fails at its 8th step: 7 steps are recorded, no noise is
    lost, and the error is Nengo's."""
    with nengo.Network(seed=0) as network:
        noise = nengo.Node(nengo.processes.WhiteNoise(seed=1))
        node = nengo.Node(lambda t: 1 / (round(t * 1000) - 8))
        infinite = nengo.Node(lambda t: math.inf if t > 0.0085 else 1)
        probes = [nengo.Probe(x) for x in (noise, node, infinite)]
    with Simulator(network, progress_bar=False) as sim:
        assert len(sim._plan.sources) == 3
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                sim.run_steps(20)
            assert [len(sim.data[probe]) for probe in probes] == [7] * 3
    network.nodes.remove(node)
    network.probes.remove(probes[1])
    with Simulator(network, progress_bar=False) as sim:
        with pytest.raises(SimulationError, match="non-finite"):
            sim.run_steps(20)
        assert len(sim.data[probes[0]]) == 8
    with nengo.Network() as alone:
        noise = nengo.Node(nengo.processes.WhiteNoise(seed=1))
        probe = nengo.Probe(noise)
    with Simulator(alone, progress_bar=False) as ref:
        ref.run_steps(8)
    np.testing.assert_array_equal(sim.data[probes[0]], ref.data[probe])


class NaN(nengo.Process):
    def make_step(self, shape_in, shape_out, dt, rng, state):
        return lambda t: np.full(shape_out, np.nan if t > 0.003 else 1.0)


def test_nan():
    """NaN that is computed with is an error; before it, data stays."""
    with nengo.Network() as network:
        node = nengo.Node(NaN(default_size_in=0, default_size_out=1))
        probe = nengo.Probe(node)
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(5)
        assert np.isnan(sim.data[probe]).sum() == 2
    with network:
        nengo.Probe(node, synapse=0.01)
        nengo.Probe(nengo.Ensemble(5, 1))
    with Simulator(network, progress_bar=False) as sim:
        with pytest.raises(SimulationError, match="NaN"):
            sim.run_steps(5)
        assert len(sim.data[probe]) == 5


@pytest.mark.parametrize("n_dimensions", [1, 2])
def test_nan_into_poisson_neurons(n_dimensions):
    with nengo.Network() as network:
        ens = nengo.Ensemble(
            20, n_dimensions, neuron_type=nengo.PoissonSpiking(nengo.LIFRate())
        )
        nengo.Connection(
            nengo.Node(NaN(default_size_in=0, default_size_out=n_dimensions)),
            ens,
            synapse=None,
        )
        nengo.Probe(ens, synapse=0.1)
    with Simulator(network, progress_bar=False) as sim:
        with pytest.raises(SimulationError, match="NaN"):
            sim.run_steps(10)


def test_operator_without_counterpart():
    """An operator of the user's own runs as its own step, in its place."""

    class Square(nengo.builder.Operator):
        def __init__(self, x, y):
            super().__init__()
            self.sets, self.incs, self.reads, self.updates = [y], [], [x], []

        def make_step(self, signals, dt, rng):
            x, y = signals[self.reads[0]], signals[self.sets[0]]

            def step():
                y[...] = x**2

            return step

    with nengo.Network() as network:
        node = nengo.Node(np.sin)
        target = nengo.Node(size_in=1)
        nengo.Connection(node, target, synapse=None)
        probe = nengo.Probe(target)
    model = nengo.builder.Model(dt=0.001)
    model.build(network)
    x = model.sig[target]["in"]
    y = nengo.builder.Signal(np.zeros(1), name="y")
    model.add_op(Square(x, y))
    model.sig[probe]["in"] = y
    with Simulator(None, model=model, progress_bar=False) as sim:
        sim.run_steps(10)
        np.testing.assert_allclose(sim.data[probe][:, 0], np.sin(sim.trange()) ** 2)


def test_single_precision():
    with nengo.Network(seed=0) as network:
        ens = nengo.Ensemble(50, 2, neuron_type=nengo.LIFRate())
        nengo.Connection(nengo.Node([0.5, -0.4]), ens)
        nengo.Connection(ens, ens, synapse=nengo.Alpha(0.1), transform=0.9)
        poisson = nengo.Ensemble(
            50, 1, neuron_type=nengo.PoissonSpiking(nengo.LIFRate())
        )
        nengo.Connection(ens[0], poisson)
        probe = nengo.Probe(ens, synapse=0.01)
        spikes = nengo.Probe(poisson, synapse=0.1)
    before = nengo.rc.get("precision", "bits")
    with Simulator(network, dtype="float32", progress_bar=False) as sim:
        sim.run_steps(300)
        assert {v.dtype.kind + str(v.itemsize) for v in sim.signals.values()} == {
            "f4",
            "i4",
        }
    assert nengo.rc.get("precision", "bits") == before
    with nengo.Simulator(network, progress_bar=False) as ref:
        ref.run_steps(300)
    assert sim.data[probe].dtype == np.float32
    np.testing.assert_allclose(sim.data[probe], ref.data[probe], atol=1e-4)
    assert sim.data[spikes][-1] == pytest.approx(ref.data[spikes][-1], abs=0.5)
    with pytest.raises(ValidationError, match="float16"):
        Simulator(network, dtype="float16")


def test_memory_is_said(monkeypatch):
    with nengo.Network() as network:
        nengo.Probe(nengo.Ensemble(1000, 1).neurons)
    with Simulator(network, progress_bar=False) as sim:
        monkeypatch.setattr(simulator, "available_bytes", lambda: 10**6)
        with pytest.raises(SimulationError, match=r"0\.80 GB .* 0\.00 GB"):
            sim.run_steps(100_000)
        sim.run_steps(10)
    monkeypatch.setattr(plan, "available_bytes", lambda: 1000)
    with pytest.raises(BuildError, match="GB"):
        Simulator(network, progress_bar=False)


def test_progress_moves():
    class Progress(nengo.utils.progress.ProgressBar):
        def __init__(self):
            super().__init__()
            self.steps = []

        def update(self, progress):
            self.steps.append(progress.n_steps)

        def close(self):
            pass

    with nengo.Network() as network:
        nengo.Ensemble(10, 1)
    with Simulator(network, progress_bar=False) as sim:
        progress = Progress()
        sim.run_steps(2500, progress_bar=progress)
    assert progress.steps[-1] == 2500
