"""Both trainers do the same, and the one that suits is taken."""

import subprocess
import sys
from importlib.util import find_spec

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.experiments.relu_reader import build_reader, fit_reader
from nengo_lmu.extras import MissingExtraError
from nengo_lmu.networks import FEED_FORWARD, GivenState, Stack
from nengo_lmu.networks.weights import get_weights
from nengo_lmu.training import train, trainers

N, ORDER = 40, 4
LAYER = {"n_hidden": 5, "theta": 0.01, "order": ORDER}


def network(size_out, hidden_type=None, **changes):
    """Two layers, the second with an input of hidden units and two windows."""
    second = {**LAYER, "n_hidden": 6, "theta": [0.01, 0.02], "n_channels": 2}
    second |= {"n_channels": 2, "bias": True}
    # Without an input of the memory, its channels are those of the layer's input.
    first = {**LAYER, "n_hidden": 2, "bias": True}
    settings = {**FEED_FORWARD, "memory": GivenState, "seed": 3, **changes}
    return Stack(1, [first, second], size_out, hidden_type=hidden_type, **settings)


def data(stack, n_steps, rng):
    """Random inputs of a network and states of its memories."""
    nodes = [stack.input, *(layer.memory.state for layer in stack.layers)]
    return {
        node: rng.standard_normal((N, n_steps, node.size_in)).astype(np.float32)
        for node in nodes
    }


@pytest.mark.parametrize(
    ("hidden_type", "loss", "n_steps", "n_targets"),
    [
        (nengo.RectifiedLinear(amplitude=0.7), "crossentropy", 1, 1),
        (nengo.Sigmoid(tau_ref=0.5), "mse", 3, 1),
        (nengo.Tanh(tau_ref=1), "mse", 2, 2),
    ],
)
def test_epochs_agree_within_rounding(hidden_type, loss, n_steps, n_targets):
    """Two epochs from the same weights, on the same batches, with the same noise."""
    found = {}
    for trainer in trainers.TRAINERS:
        rng = np.random.default_rng(0)
        stack = network(3, hidden_type)
        inputs = data(stack, n_steps, rng)
        targets = rng.integers(3, size=N)
        if loss == "mse":
            targets = rng.standard_normal((N, n_targets, 3))
        trained, history = train(
            stack,
            inputs,
            targets,
            loss=loss,
            smoothing=0.2 if loss == "crossentropy" else 0,
            epochs=2,
            batch=8,
            learning_rate=0.01,
            noise=0.1 * np.eye(ORDER),
            rates=(0.3, 0.5),
            trainer=trainer,
            progress=False,
        )
        found[trainer] = trained, history
    before = get_weights(network(3, hidden_type))
    (ours, our_history), (theirs, their_history) = found.values()
    for name, weights in ours.weights.items():
        assert np.max(np.abs(weights - before[name])) > 0.01, name
        np.testing.assert_allclose(weights, theirs.weights[name], atol=1e-5)
    for name, activity in ours.activity.items():
        np.testing.assert_allclose(activity, theirs.activity[name], rtol=1e-4)
    for row, other in zip(our_history, their_history, strict=True):
        for name in row.keys() - {"seconds"}:
            assert row[name] == pytest.approx(other[name], rel=1e-5)


def test_dropout_keeps_the_mean():
    """The mean output over many draws is that without dropout; the weights are fixed.

    The loss of outputs that are linear in what is dropped exceeds that without by
    their variance, p / (1 - p) times the sum of the squared contributions.
    """
    stack = Stack(
        1,
        [{**LAYER, "n_hidden": 300, "bias": True, "input_to_hidden": False}],
        1,
        hidden_type=nengo.RectifiedLinear(),
        memory=GivenState,
        seed=0,
        **FEED_FORWARD,
    )
    state = np.tile(np.random.default_rng(0).standard_normal(ORDER), (2000, 1))
    weights = get_weights(stack)
    hidden = np.maximum(weights["0.W_m"] @ state[0], 0)
    variance = 0.4 / 0.6 * np.sum((hidden * weights["readout"][0]) ** 2)
    inputs = {stack.layers[0].memory.state: state}
    target = np.tile(weights["readout"] @ hidden, (2000, 1))
    _, history = train(
        stack,
        inputs,
        target,
        validation=(inputs, target),
        epochs=1,
        batch=2000,
        learning_rate=1e-12,
        dropout=0.4,
        trainer="jax",
        progress=False,
    )
    assert history[0]["loss"] == pytest.approx(variance, rel=0.1)
    assert history[0]["val_loss"] < 1e-9


def test_jax_is_taken_where_it_suits():
    def choose(stack, trainer=None, nodes=None):
        states = [layer.memory.state for layer in stack.layers]
        return trainers.choose(trainer, stack, states if nodes is None else nodes)

    stack = network(1)
    assert choose(stack) == "jax"
    assert choose(stack, "nengo-dl") == "nengo-dl"
    others = [
        (Stack(1, [LAYER], 1), None),  # an ideal memory, with loops
        (network(1, nengo.LIFRate()), None),
        (stack, [stack.input]),  # states that are not given
        (stack, [layer.ensemble.neurons for layer in stack.layers]),
    ]
    for other, nodes in others:
        assert choose(other, nodes=nodes) == "nengo-dl"
        with pytest.raises(ValidationError, match="trainer: must be 'nengo-dl' for a"):
            choose(other, "jax", nodes)
    with pytest.raises(ValidationError, match="trainer: must be one of 'jax', 'nengo-"):
        choose(stack, "torch")


@pytest.mark.parametrize(
    ("missing", "taken"),
    [
        ({"optax"}, "nengo-dl"),
        ({"nengo_dl"}, "jax"),
        ({"jax", "nengo_dl"}, None),
    ],
)
def test_what_is_not_installed(missing, taken, monkeypatch):
    stack = network(1)
    nodes = [layer.memory.state for layer in stack.layers]
    monkeypatch.setattr(
        trainers, "find_spec", lambda name: None if name in missing else find_spec(name)
    )
    if taken is not None:
        assert trainers.choose(None, stack, nodes) == taken
        return
    both = r'pip install "nengo-lmu\[jax\]" or "nengo-lmu\[dl\]"'
    with pytest.raises(MissingExtraError, match=both):
        trainers.choose(None, stack, nodes)


@pytest.mark.parametrize(
    ("trainer", "module", "package", "extra"),
    [
        ("jax", "jax_trainer", "jax", "jax"),
        ("nengo-dl", "nengo_dl_trainer", "nengo_dl", "dl"),
    ],
)
def test_named_trainer_that_is_not_installed(
    trainer, module, package, extra, monkeypatch
):
    monkeypatch.delitem(sys.modules, f"nengo_lmu.training.{module}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    stack = build_reader({"n_hidden": 3, "order": 2}, 1.0)
    data = np.ones((9, 2)), np.ones((9, 1))
    with pytest.raises(MissingExtraError, match=rf"nengo-lmu\[{extra}\]"):
        fit_reader(stack, data, data, batch=9, trainer=trainer)


def test_jax_runs_without_tensorflow():
    code = """
import sys
import numpy as np
from nengo_lmu.experiments.relu_reader import build_reader, fit_reader
stack = build_reader({"n_hidden": 3, "order": 2}, 1.0)
data = np.ones((9, 2)), np.ones((9, 1))
fit_reader(stack, data, data, epochs=1, batch=9, progress=False)
print(sorted({"jax", "tensorflow", "nengo_dl"} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100
    )
    assert done.stdout.strip() == "['jax']", done.stderr
