"""The network is the cell of the paper."""

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu import LMU, state_space
from nengo_lmu.lti import discretize

N_STEPS = 60


def reference(weights, x, theta, order, n_channels, nonlinearity=np.tanh):
    """Equations 4 to 7 of the paper, step by step."""
    A, B = discretize(*state_space(order, theta), 0.001)
    n_hidden = len(weights["W_h"])
    h, m = np.zeros(n_hidden), np.zeros((n_channels, order))
    states = []
    for x_t in x:
        u = weights["e_x"] @ x_t
        u = u + weights.get("e_h", 0) @ h + weights.get("e_m", 0) @ m.ravel()
        m = m @ A.T + np.outer(u, B)
        h = weights["W_h"] @ h + weights["W_m"] @ m.ravel()
        h = nonlinearity(h + weights["W_x"] @ x_t)
        states.append(h)
    return np.array(states)


@pytest.mark.parametrize("n_channels", [1, 2])
def test_single_steps_are_those_of_the_paper(n_channels):
    theta, order, rng = 0.02, 5, np.random.RandomState(n_channels)
    x = rng.randn(N_STEPS, 3)
    with nengo.Network(seed=0) as network:
        source = nengo.Node(nengo.processes.PresentInput(x, 0.001))
        lmu = LMU(3, 7, theta, order, n_channels=n_channels, seed=1)
        nengo.Connection(source, lmu.input, synapse=None)
        hidden = nengo.Probe(lmu.hidden)
    weights = {}
    for name, connection in lmu.weights.items():
        # Also those that begin at zero are in the equations.
        weights[name] = rng.randn(*connection.transform.init.shape) * 0.3
        connection.transform = weights[name]
    with nengo.Simulator(network, progress_bar=False) as simulator:
        simulator.run_steps(N_STEPS)
    expected = reference(weights, x, theta, order, n_channels)
    assert np.std(expected) > 0.1
    assert np.allclose(simulator.data[hidden][1:], expected[:-1], rtol=0, atol=1e-12)


def test_ways_can_be_left_out():
    options = ("input_to_hidden", "hidden_to_memory", "memory_to_memory")
    with nengo.Network():
        lmu = LMU(1, 4, 0.1, 3, **dict.fromkeys(options, False))
    assert set(lmu.weights) == {"e_x", "W_h", "W_m"}


def test_spiking_memory_follows_the_ideal_one():
    """The hidden state with a spiking memory, to a few parts in a hundred."""
    hidden = {}
    for n_neurons in (None, 1000):
        extra = {} if n_neurons is None else {"freq": 2.0, "rms": 0.5}
        with nengo.Network(seed=0) as network:
            noise = nengo.processes.WhiteSignal(2.0, high=2.0, rms=0.5, y0=0, seed=3)
            source = nengo.Node(noise)
            lmu = LMU(1, 10, 0.5, 6, n_neurons=n_neurons, seed=2, **extra)
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


@pytest.mark.parametrize("arguments", [(0, 4, 0.1, 3), (1, 2.5, 0.1, 3), (1, 4, 0, 3)])
def test_wrong_arguments(arguments):
    with pytest.raises(ValidationError):
        LMU(*arguments)


def test_seed_comes_from_the_enclosing_network():
    def weights(seed):
        with nengo.Network(seed=seed):
            lmu = LMU(2, 4, 0.1, 3, n_neurons=30)
        return lmu.weights["e_x"].transform.init, lmu.memory.seed

    first, again, other = weights(1), weights(1), weights(2)
    assert np.array_equal(first[0], again[0]) and first[1] == again[1]
    assert not np.array_equal(first[0], other[0]) and first[1] != other[1]
