"""The network is the cell of the paper."""

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu import LMU, state_space
from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.networks import FEED_FORWARD, GivenState
from nengo_lmu.networks.weights import get_weights, set_weights
from nengo_lmu.theory.lti import discretize

N_STEPS = 60


def reference(weights, x, theta, order, n_channels=1, nonlinearity=np.tanh):
    """Equations 4 to 7 of the paper, step by step, and a bias.

    From a step without input on: `hidden` says h a time step after `input` says x.
    """
    A, B = discretize(*state_space(order, theta), 0.001)

    def product(name, vector):
        return weights[name] @ vector if name in weights else 0

    n_hidden = len(weights["W_m"])
    h, m = np.zeros(n_hidden), np.zeros((n_channels, order))
    states = []
    for x_t in np.vstack([np.zeros_like(x[:1]), x[:-1]]):
        u = product("e_x", x_t) if "e_x" in weights else x_t
        u = u + product("e_h", h) + product("e_m", m.ravel())
        m = m @ A.T + np.outer(u, B)
        h = product("W_x", x_t) + product("W_h", h) + product("W_m", m.ravel())
        h = nonlinearity(h + weights.get("b", 0))
        states.append(h)
    return np.array(states)


def randomize(network, rng):
    """Random weights, also where the first ones are zero; what they are."""
    weights = {k: 0.3 * rng.randn(*w.shape) for k, w in get_weights(network).items()}
    set_weights(network, weights)
    return weights


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("bias", [False, True])
def test_single_steps_are_those_of_the_paper(n_channels, bias):
    theta, order, rng = 0.02, 5, np.random.RandomState(n_channels)
    x = rng.randn(N_STEPS, 3)
    with nengo.Network(seed=0) as network:
        source = nengo.Node(nengo.processes.PresentInput(x, 0.001))
        lmu = LMU(3, 7, order, theta, n_channels=n_channels, bias=bias, seed=1)
        nengo.Connection(source, lmu.input, synapse=None)
        hidden = nengo.Probe(lmu.hidden)
    weights = randomize(lmu, rng)
    assert len(weights) == 6 + bias
    with nengo.Simulator(network, progress_bar=False) as simulator:
        simulator.run_steps(N_STEPS)
    expected = reference(weights, x, theta, order, n_channels)
    assert np.std(expected) > 0.1
    assert np.allclose(simulator.data[hidden], expected, rtol=0, atol=1e-12)


OPTIONS = (
    "input_to_memory",
    "input_to_hidden",
    "hidden_to_hidden",
    "hidden_to_memory",
    "memory_to_memory",
)


@pytest.mark.parametrize("option", OPTIONS)
def test_single_steps_without_one_of_the_ways(option):
    rng = np.random.RandomState(0)
    x = rng.randn(N_STEPS, 2)
    with nengo.Network(seed=0) as network:
        source = nengo.Node(nengo.processes.PresentInput(x, 0.001))
        lmu = LMU(2, 4, 5, 0.02, n_channels=2, seed=1, **{option: False})
        nengo.Connection(source, lmu.input, synapse=None)
        hidden = nengo.Probe(lmu.hidden)
    weights = randomize(lmu, rng)
    assert len(weights) == 5
    with nengo.Simulator(network, progress_bar=False) as simulator:
        simulator.run_steps(N_STEPS)
    expected = reference(weights, x, 0.02, 5, 2)
    assert np.allclose(simulator.data[hidden], expected, rtol=0, atol=1e-12)


def test_windows_of_their_own():
    """Two channels, each with its window: two memories of one channel."""
    thetas, rng = [0.02, 0.05], np.random.RandomState(0)
    u = rng.randn(N_STEPS, 2)
    with nengo.Network(seed=0) as network:
        source = nengo.Node(nengo.processes.PresentInput(u, 0.001))
        lmu = LMU(2, 4, 5, thetas, n_channels=2, seed=1, **FEED_FORWARD)
        nengo.Connection(source, lmu.input, synapse=None)
        state = nengo.Probe(lmu.memory.state)
    with nengo.Simulator(network, progress_bar=False) as simulator:
        simulator.run_steps(N_STEPS)
    expected = [ideal_state(u[:, k], 5, thetas[k]) for k in range(2)]
    expected = np.hstack(expected)[:-1]
    assert np.allclose(simulator.data[state][1:], expected, rtol=0, atol=1e-12)


def test_ways_can_be_left_out():
    with nengo.Network():
        lmu = LMU(1, 4, 3, 0.1, input_to_hidden=False, **FEED_FORWARD)
    assert set(lmu.weights) == {"W_m"}


@pytest.mark.parametrize(
    "options, attr",
    [
        ({"input_to_memory": False}, "n_channels"),
        ({"memory": GivenState}, "memory"),
        ({"memory": GivenState, "input_to_memory": False, "n_channels": 2}, "memory"),
        ({"theta": [0.1, 0.2]}, "theta"),
    ],
)
def test_options_that_do_not_go_together(options, attr):
    with pytest.raises(ValidationError, match=rf"LMU.{attr}: "):
        LMU(**{"size_in": 2, "n_hidden": 4, "theta": 0.1, "order": 3, **options})


def test_spiking_memory_follows_the_ideal_one():
    """The hidden state with a spiking memory, to a few parts in a hundred."""
    hidden = {}
    for n_neurons in (None, 1000):
        extra = {} if n_neurons is None else {"freq": 2.0, "rms": 0.5}
        with nengo.Network(seed=0) as network:
            noise = nengo.processes.WhiteSignal(2.0, high=2.0, rms=0.5, y0=0, seed=3)
            source = nengo.Node(noise)
            lmu = LMU(1, 10, 6, 0.5, n_neurons=n_neurons, seed=2, **extra)
            lmu.weights["e_x"].transform = [[1.0]]
            # The feedback of random weights may amplify any difference.
            lmu.weights["W_h"].transform = np.zeros((10, 10))
            nengo.Connection(source, lmu.input, synapse=None)
            probe = nengo.Probe(lmu.hidden)
        with nengo.Simulator(network, progress_bar=False) as simulator:
            simulator.run(2.0)
        hidden[n_neurons] = simulator.data[probe]
    error = hidden[1000] - hidden[None]
    assert np.sqrt(np.mean(error**2)) < 0.1 * np.sqrt(np.mean(hidden[None] ** 2))
    assert np.any(error)


@pytest.mark.parametrize("arguments", [(0, 4, 3, 0.1), (1, 2.5, 3, 0.1), (1, 4, 3, 0)])
def test_wrong_arguments(arguments):
    with pytest.raises(ValidationError):
        LMU(*arguments)


def test_seed_comes_from_the_enclosing_network():
    def weights(seed):
        with nengo.Network(seed=seed):
            lmu = LMU(2, 4, 3, 0.1, n_neurons=30)
        return lmu.weights["e_x"].transform.init, lmu.memory.seed

    first, again, other = weights(1), weights(1), weights(2)
    assert np.array_equal(first[0], again[0]) and first[1] == again[1]
    assert not np.array_equal(first[0], other[0]) and first[1] != other[1]
