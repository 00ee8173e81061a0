"""The memory on the Loihi emulator, nengo-loihi's and ours."""

import nengo
import numpy as np
import pytest
from nengo.exceptions import BuildError, ValidationError
from scipy.signal import lfilter

from nengo_lmu import SpikingMemory, window_nrmse
from nengo_lmu.design.tuning import N_STD
from nengo_lmu.loihi import compatibility as compat_loihi
from nengo_lmu.networks.spiking_memory import regular_twin
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import RealPole, discretize

nengo_loihi = compat_loihi.load()
loihi = pytest.importorskip("nengo_lmu.loihi")

pytestmark = [
    pytest.mark.filterwarnings("ignore:Lost . extra bits"),
    pytest.mark.filterwarnings("ignore:Model is precomputable"),
]


def model(n_neurons, order, u, dt=0.001, freq=1.0, **options):
    """A memory of 1 s on the chip, with probes of its state and of its spikes."""
    options = {"on_chip": True, "neuron_type": nengo.LIF(), "seed": 0, **options}
    with nengo.Network(seed=0) as network:
        source = nengo.Node(nengo.processes.PresentInput(u[:, None], dt))
        memory = SpikingMemory(n_neurons, order, 1.0, freq=freq, dt=dt, **options)
        nengo.Connection(source, memory.input, synapse=None)
        state = nengo.Probe(memory.state)
        spikes = [nengo.Probe(e.neurons) for e in memory.all_ensembles]
    return network, state, spikes


def test_both_emulators_give_the_same_spikes():
    u = white_noise(0.3, 10.0, 0.5, seed=0)
    network, state, spikes = model(60, 3, u)
    with nengo_loihi.Simulator(network, target="sim") as theirs:
        theirs.run(0.3)
    with loihi.Simulator(network, target="sim") as ours:
        ours.run(0.3)
    for probe in spikes:
        assert np.array_equal(ours.data[probe], theirs.data[probe])
    # Of many steps at a time, the sums over neurons are rounded in another order.
    assert np.allclose(ours.data[state], theirs.data[state], rtol=0, atol=1e-12)
    assert all(np.any(ours.data[probe]) for probe in spikes)


def test_error_on_the_chip():
    """m = 300, order 6: measured 0.060 and 0.039 for two seeds."""
    u = white_noise(3.0, 1.0, 0.5, seed=0)
    network, state, _ = model(300, 6, u)
    with loihi.Simulator(network, target="sim") as simulator:
        simulator.run(3.0)
    assert window_nrmse(simulator.data[state], u, 1.0) <= 0.08


def test_stable_for_a_minute():
    """30,000 steps of 2 ms. Measured: 0.073 over the minute, 0.079 in its last part."""
    dt = 0.002
    u = white_noise(60.0, 0.5, 0.5, seed=0, dt=dt)
    rectified = nengo.SpikingRectifiedLinear()
    network, state, _ = model(60, 3, u, dt=dt, freq=0.5, neuron_type=rectified)
    with loihi.Simulator(network, dt=dt, target="sim") as simulator:
        simulator.run(60.0)
    recorded = simulator.data[state]
    assert window_nrmse(recorded, u, 1.0, dt) <= 0.11
    # The same over its last quarter, of which the first second is left out.
    last = slice(22_500, None)
    assert window_nrmse(recorded[last], u[last], 1.0, dt) <= 0.12


def test_full_weights_and_no_synapse_twice():
    memory = SpikingMemory(60, 3, 1.0, on_chip=True, seed=0)
    (ensemble,) = memory.all_ensembles
    into = [c for c in memory.all_connections if c.post == ensemble.neurons]
    inner, outer = sorted(into, key=lambda c: c.pre != ensemble.neurons)
    assert inner.pre == ensemble.neurons
    weights = inner.transform.init
    assert weights.shape == (60, 60) and np.mean(weights != 0) > 0.6
    assert inner.synapse == memory.synapse
    assert outer.pre.label == "spike input" and outer.synapse is None


def test_neurons_are_dealt_out_to_loops_that_know_nothing_of_each_other():
    """By default of 100 neurons a dimension at most."""
    memory = SpikingMemory(250, 1, 1.0, n_channels=2, freq=5, on_chip=True, seed=0)
    assert [loop.channel for loop in memory.loops] == [0, 0, 0, 1, 1, 1]
    ensembles = [loop.populations[0].ensemble for loop in memory.loops]
    assert [e.n_neurons for e in ensembles] == 2 * [84, 83, 83]
    neurons = [e.neurons for e in ensembles]
    among = [c for c in memory.all_connections if c.pre in neurons]
    assert all(c.pre == c.post for c in among if c.post in neurons)
    assert len([c for c in among if c.post in neurons]) == 6
    one = SpikingMemory(250, 1, 1.0, freq=5, on_chip=True, n_loops=1, seed=0)
    assert len(one.loops) == 1


def test_loops_hold_the_window_in_coordinates_of_their_own():
    memory = SpikingMemory(60, 3, 1.0, on_chip=True, n_loops=2, seed=0)
    one, other = (loop.realization for loop in memory.loops)
    assert one is memory.realization
    assert not np.allclose(one.transform, other.transform, atol=0.1)
    ranges = [np.diag(r.covariance(memory.expected.design)) for r in (one, other)]
    assert np.allclose(ranges, 1 / N_STD**2)


def test_state_is_the_mean_of_the_loops():
    """What their spikes say, carried on by a step, through the recurrent synapse."""
    u = white_noise(0.4, 10.0, 0.5, seed=0)
    with nengo.Network(seed=0) as network:
        source = nengo.Node(nengo.processes.PresentInput(u[:, None], 0.001))
        memory = SpikingMemory(60, 3, 1.0, on_chip=True, n_loops=2, seed=0)
        nengo.Connection(source, memory.input, synapse=None)
        state = nengo.Probe(memory.state)
        spikes = [nengo.Probe(p.neurons) for p in memory.populations]
    with loihi.Simulator(network, target="sim") as simulator:
        simulator.run(0.4)
    said = [simulator.data[probe] for probe in spikes]
    by_loop = [np.hstack(said[:3]), np.hstack(said[3:])]
    pole, expected = np.exp(-0.001 / memory.synapse.tau), 0
    for loop, fired in zip(memory.loops, by_loop, strict=True):
        system = loop.realization.system(*state_space(3, 1.0))
        Ad, Bd = discretize(*system, 0.001)
        recurrent, drive = memory.transforms(loop)
        # Spikes come to the host at the next step.
        w = np.vstack([np.zeros(3), fired[:-1] @ loop.decoders])
        before = np.append(0, u[:-1])[:, None]
        fed = (w @ Ad.T + before @ Bd.T) @ recurrent.T + u[:, None] @ drive.T
        x = lfilter([0, 1 - pole], [1, -pole], fed, axis=0)
        expected = expected + x @ loop.realization.inverse.T / 2
    assert np.std(expected) > 0.05
    assert np.allclose(simulator.data[state], expected, rtol=0, atol=1e-9)


def test_errors_of_loops_average_out():
    """Measured for four loops of 150: see the figures beside the bounds."""
    u = white_noise(6.0, 1.0, 0.5, seed=1)
    errors = {}
    for n_loops in (1, 4):
        network, state, _ = model(150 * n_loops, 6, u, n_loops=n_loops)
        with loihi.Simulator(network, target="sim") as simulator:
            simulator.run(6.0)
        errors[n_loops] = window_nrmse(simulator.data[state], u, 1.0)
    assert errors[4] < 0.7 * errors[1]


@pytest.mark.parametrize(
    "options",
    [
        {"n_loops": 0},
        {"n_loops": 1.5},
        {"n_loops": 21},
        {"n_loops": 2, "on_chip": False},
    ],
)
def test_numbers_of_loops_that_cannot_be(options):
    with pytest.raises(ValidationError, match="n_loops: must be an integer") as refused:
        SpikingMemory(60, 3, 1.0, **{"on_chip": True, **options})
    assert "\n" not in str(refused.value)


def test_pole_of_the_chip_is_what_is_mapped():
    memory = SpikingMemory(60, 3, 1.0, on_chip=True, synapse=0.1, seed=0)
    assert memory.mapped_synapse == RealPole.on_loihi(0.1, 0.001)
    assert memory.mapped_synapse.pole != pytest.approx(np.exp(-0.01), rel=1e-6)
    assert SpikingMemory(60, 3, 1.0, on_chip=True, seed=0).synapse.tau <= 0.1


@pytest.mark.parametrize(
    ("neuron_type", "twin"),
    [
        (nengo.PoissonSpiking(nengo.LIFRate(tau_rc=0.03)), nengo.LIF(tau_rc=0.03)),
        (nengo.LIFRate(tau_ref=0.003), nengo.LIF(tau_ref=0.003)),
        (nengo.LIF(), nengo.LIF()),
        (nengo.RectifiedLinear(), nengo.SpikingRectifiedLinear()),
        (
            nengo.StochasticSpiking(nengo.RectifiedLinear()),
            nengo.SpikingRectifiedLinear(),
        ),
    ],
)
def test_regular_twins(neuron_type, twin):
    assert regular_twin(neuron_type) == twin


REFUSED = [nengo.AdaptiveLIF(), nengo.Sigmoid(), nengo.Izhikevich(), nengo.Tanh()]


@pytest.mark.parametrize("neuron_type", REFUSED)
def test_neurons_that_the_chip_has_not(neuron_type):
    with pytest.raises(ValidationError, match="neuron_type: must be LIF") as refused:
        SpikingMemory(60, 3, 1.0, on_chip=True, neuron_type=neuron_type)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("synapse", [nengo.Alpha(0.1), np.nan, 0, "x"])
def test_synapses_that_the_chip_has_not(synapse):
    with pytest.raises(ValidationError, match="synapse"):
        SpikingMemory(60, 3, 1.0, on_chip=True, synapse=synapse)


@pytest.mark.parametrize(
    "neuron_type", [None, nengo.AdaptiveLIF(), nengo.Sigmoid(), nengo.LIFRate()]
)
def test_memory_not_made_for_the_chip_is_refused_before_it_is_built(neuron_type):
    with nengo.Network() as network:
        SpikingMemory(60, 3, 1.0, neuron_type=neuron_type, seed=0)
    with pytest.raises(ValidationError, match="on_chip=True") as refused:
        loihi.Simulator(network, target="sim")
    assert "\n" not in str(refused.value)


def test_neurons_left_on_the_host_may_be_of_any_kind():
    with nengo.Network(seed=0) as network:
        on_chip = nengo.Ensemble(10, 1)
        on_host = nengo.Ensemble(10, 1, neuron_type=nengo.Sigmoid())
        nengo.Connection(on_chip, on_host)
    nengo_loihi.add_params(network)
    network.config[on_host].on_chip = False
    with loihi.Simulator(network, target="sim") as simulator:
        simulator.run_steps(3)
    with pytest.raises(BuildError, match="on-chip"), nengo.Network() as empty:
        loihi.Simulator(empty)
