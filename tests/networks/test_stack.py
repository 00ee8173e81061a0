"""A stack is its layers one after the other."""

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu import LMU
from nengo_lmu.networks import FEED_FORWARD, GivenState, Stack
from nengo_lmu.networks.weights import get_weights, set_weights
from nengo_lmu.theory.states import last_state

LAYERS = [
    {"n_hidden": 4, "theta": 0.02, "order": 3, "bias": True},
    {"n_hidden": 5, "theta": 0.05, "order": 2, "hidden_type": nengo.RectifiedLinear()},
]


def run(network, probe, n_steps=40):
    with nengo.Simulator(network, progress_bar=False) as simulator:
        simulator.run_steps(n_steps)
    return simulator.data[probe]


def randomized(network, seed=0):
    rng = np.random.RandomState(seed)
    weights = {k: 0.5 * rng.randn(*w.shape) for k, w in get_weights(network).items()}
    set_weights(network, weights)
    return weights


def test_layers_follow_each_other():
    x = np.random.RandomState(1).randn(40, 2)
    with nengo.Network(seed=0) as network:
        source = nengo.Node(nengo.processes.PresentInput(x, 0.001))
        stack = Stack(2, LAYERS, 3, seed=0)
        first = LMU(2, **LAYERS[0])
        second = LMU(4, **LAYERS[1])
        for post in (stack.input, first.input):
            nengo.Connection(source, post, synapse=None)
        nengo.Connection(first.hidden, second.input, synapse=None)
        outputs = nengo.Probe(stack.output), nengo.Probe(second.hidden)
    weights = randomized(stack)
    for k, layer in enumerate([first, second]):
        own = {n[2:]: w for n, w in weights.items() if n.startswith(f"{k}.")}
        set_weights(layer, own)
    with nengo.Simulator(network, progress_bar=False) as simulator:
        simulator.run_steps(40)
    output, hidden = (simulator.data[probe] for probe in outputs)
    expected = hidden @ weights["readout"].T + weights["readout_bias"][:, 0]
    assert np.std(output) > 0.01
    assert np.allclose(output, expected, rtol=0, atol=1e-12)


def test_given_state_is_that_of_the_steps():
    """A network of one step on states known beforehand, and one with its memory."""
    layer = {"n_hidden": 6, "theta": 0.02, "order": 4, "bias": True, **FEED_FORWARD}
    u = np.random.RandomState(0).randn(40, 1)
    with nengo.Network(seed=0) as stepped:
        source = nengo.Node(nengo.processes.PresentInput(u, 0.001))
        stack = Stack(1, [layer], 2, seed=0)
        nengo.Connection(source, stack.input, synapse=None)
        probe = nengo.Probe(stack.output)
    weights = randomized(stack)
    expected = run(stepped, probe)[-1]
    with nengo.Network(seed=0) as at_once:
        stack = Stack(1, [layer], 2, memory=GivenState)
        state = nengo.Node(last_state(u[None, :-1], 4, 0.02)[0])
        x = nengo.Node(u[-2])
        nengo.Connection(state, stack.layers[0].memory.state, synapse=None)
        nengo.Connection(x, stack.input, synapse=None)
        probe = nengo.Probe(stack.output)
    set_weights(stack, weights)
    assert np.allclose(run(at_once, probe, 1)[0], expected, rtol=0, atol=1e-12)


def test_seeds():
    def weights(seed):
        return get_weights(Stack(1, LAYERS, 1, seed=seed))

    one, same, other = weights(0), weights(0), weights(1)
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not np.array_equal(one["0.W_h"], other["0.W_h"])


@pytest.mark.parametrize("arguments", [(0, LAYERS, 1), (1, [], 1), (1, LAYERS, 0)])
def test_wrong_arguments(arguments):
    with pytest.raises(ValidationError):
        Stack(*arguments)


class TestWeights:
    def test_of_another_network(self):
        stack = Stack(1, LAYERS, 1, seed=0)
        weights = get_weights(stack)
        before = {name: w.copy() for name, w in weights.items()}
        missing = {name: w for name, w in weights.items() if name != "0.b"}
        wrong = {
            "'0.b' is missing": missing,
            "'1.b' is new": {**weights, "1.b": np.zeros(5)},
            r"'readout' has the shape \(1, 5\), got \(2, 5\)": {
                **weights,
                "0.b": np.ones(4),
                "readout": np.zeros((2, 5)),
            },
        }
        for message, others in wrong.items():
            with pytest.raises(ValidationError, match=message):
                set_weights(stack, others)
        after = get_weights(stack)
        assert all(np.array_equal(before[name], after[name]) for name in before)

    def test_a_window_that_was_trained(self):
        stack = Stack(1, LAYERS, 1, seed=0)
        weights = get_weights(stack)
        set_weights(stack, {**weights, "1.theta": [np.log(0.05)]})
        with pytest.raises(ValidationError, match="build the network with 0.07 s, not"):
            set_weights(stack, {**weights, "1.theta": [np.log(0.07)]})
