"""Results equal those of nengo.Simulator within rounding."""

import nengo
import numpy as np
import pytest

from nengo_lmu.simulator import Simulator

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
    """Run a network in both simulators; both are closed afterwards."""
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
    """Short steps use series, long steps the exact functions."""
    with nengo.Network(seed=3) as network:
        ens = nengo.Ensemble(50, 1)
        nengo.Connection(nengo.Node(0.7), ens)
        nengo.Probe(ens.neurons)
        nengo.Probe(ens.neurons, "refractory_time")
    assert_equal_data(network, dt=dt)


@pytest.mark.parametrize("dt", [0.001, 0.0002])
def test_lif_in_single_precision(dt):
    """Voltages and spike times have the precision of 32 bits."""
    with nengo.Network(seed=3) as network:
        ens = nengo.Ensemble(200, 1)
        nengo.Connection(nengo.Node(0.7), ens, synapse=None)
        spikes = nengo.Probe(ens.neurons)
        refractory = nengo.Probe(ens.neurons, "refractory_time")
    with nengo.Simulator(network, dt=dt, progress_bar=False) as ref:
        ref.run_steps(1000)
    with Simulator(network, dt=dt, dtype="float32", progress_bar=False) as sim:
        sim.run_steps(1000)
    counts, expected = (np.cumsum(s.data[spikes] * dt, axis=0) for s in (sim, ref))
    assert np.all(np.abs(counts - expected) <= 1)
    # A spike close to the end of a step may move to the next one
    assert np.mean(counts != expected) < 1e-3
    error = np.abs(sim.data[refractory] - ref.data[refractory])[counts == expected]
    assert np.max(error[: len(error) // 10]) < 1e-6
    assert np.median(error) < 2e-7


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
