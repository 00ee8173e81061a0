"""Training lowers the loss, goes on where it stopped, and stops where it has to."""

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.files import read_table
from nengo_lmu.networks import FEED_FORWARD, GivenState, Stack
from nengo_lmu.networks.trained_network import Trained
from nengo_lmu.networks.weights import get_weights
from nengo_lmu.theory.states import last_state
from nengo_lmu.training import DivergedError, train
from nengo_lmu.training.progress import TrainingProgress
from nengo_lmu.training.trainers import TRAINERS

THETA, ORDER = 0.06, 6
LAYER = {"n_hidden": 30, "theta": THETA, "order": ORDER, "bias": True}


def network(size_out=1):
    return Stack(
        1,
        [LAYER],
        size_out,
        seed=1,
        hidden_type=nengo.RectifiedLinear(),
        input_to_hidden=False,
        memory=GivenState,
        **FEED_FORWARD,
    )


@pytest.fixture(scope="module")
def data():
    """States of windows of a random walk, and the larger of two delayed values."""
    u = np.cumsum(np.random.RandomState(0).randn(600, 60, 1), axis=1) / 8
    return last_state(u, ORDER, THETA), np.maximum(u[:, -30], u[:, -5])


@pytest.fixture(scope="module", params=TRAINERS)
def trainer(request):
    return request.param


def fit(data, stack=None, targets=None, **options):
    """All that a training can have besides."""
    stack = network() if stack is None else stack
    options = {
        "epochs": 4,
        "learning_rate": 0.01,
        "batch": 50,
        "dropout": 0.1,
        "noise": 1e-3 * np.eye(ORDER),
        "rates": (2.0, 0.01),
        "progress": False,
        **options,
    }
    targets = data[1] if targets is None else targets
    return train(stack, {stack.layers[0].memory.state: data[0]}, targets, **options)


def test_goes_on_as_if_it_had_not_been_stopped(data, tmp_path, monkeypatch, trainer):
    same = {"trainer": trainer}
    whole, history = fit(data, **same)
    assert history[-1]["val_loss"] < 0.3 * np.var(data[1])

    end_of_batch = TrainingProgress.end_batch

    def stopped(self, batch, loss):
        if (self.epoch, batch) == (2, 3):
            raise KeyboardInterrupt
        end_of_batch(self, batch, loss)

    with monkeypatch.context() as patch:
        patch.setattr(TrainingProgress, "end_batch", stopped)
        with pytest.raises(KeyboardInterrupt):
            fit(data, out=tmp_path, **same)
    assert not (tmp_path / "model.npz").exists()
    # The weights to begin with are others, so the checkpoint's must have been taken.
    stack = network()
    stack.weights["0.W_m"].transform = np.zeros((30, ORDER))
    trained, again = fit(data, stack, out=tmp_path, **same)

    for ours, theirs in (
        (whole.weights, trained.weights),
        (whole.activity, trained.activity),
    ):
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert [row["loss"] for row in again] == [row["loss"] for row in history]
    # Once more: there is nothing left to do.
    done, _ = fit(data, out=tmp_path, **same)
    assert np.array_equal(done.weights["readout"], whole.weights["readout"])

    saved = Trained.load(tmp_path / "model.npz", "network")
    assert np.array_equal(saved.weights["0.b"], whole.weights["0.b"])
    assert np.array_equal(get_weights(stack)["0.b"], whole.weights["0.b"])
    package = {"jax": "optax", "nengo-dl": "tensorflow"}[trainer]
    assert package in saved.versions
    assert len(read_table(tmp_path / "history.csv")) == 4
    assert (tmp_path / "learning-curve.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValidationError, match=r"seed: must be 0 to go on with .*got 1"):
        fit(data, out=tmp_path, **same, seed=1)
    (other,) = set(TRAINERS) - {trainer}
    with pytest.raises(ValidationError, match=f"trainer: must be '{trainer}' to go on"):
        fit(data, out=tmp_path, trainer=other)
    checkpoint = tmp_path / "checkpoint.npz"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-500])
    with pytest.raises(ValidationError, match="cut off"):
        fit(data, out=tmp_path, **same)


def test_loss_that_is_no_number(data, tmp_path, trainer):
    """The learning rate explodes in the second epoch; the weights of the first stay."""
    good, _ = fit(data, epochs=1, trainer=trainer)
    stack = network()
    with pytest.raises(DivergedError, match=r"at step 1[2-9] \(epoch 2\); the best"):
        fit(
            data,
            stack,
            learning_rate=lambda epoch: 0.01 if epoch == 0 else 1e30,
            out=tmp_path,
            trainer=trainer,
        )
    saved = Trained.load(tmp_path / "model.npz")
    for weights in (saved.weights, get_weights(stack)):
        assert all(np.array_equal(good.weights[k], weights[k]) for k in weights)


def test_classes_and_early_stopping(data, trainer):
    """Learns a sign; at a learning rate of almost none it stops after the patience."""
    classes = (data[1][:, 0] > 0).astype(int)
    options = {"loss": "crossentropy", "rates": None, "dropout": 0, "noise": None}
    options["trainer"] = trainer
    _, history = fit(data, network(2), classes, epochs=6, **options)
    assert history[-1]["val_accuracy"] > 0.8
    held_back = {}
    stack = network(2)
    held_back[stack.layers[0].memory.state] = data[0][:77]
    options["validation"] = held_back, classes[:77]
    _, history = fit(
        data, stack, classes, learning_rate=1e-30, patience=2, **options, epochs=9
    )
    assert len(history) == 3


def test_without_validation_the_last_weights_are_kept(data):
    """They are those of all data: the error is not measured, so patience is none."""
    kept = {}

    def rate(epoch):
        return 0.01 if epoch < 2 else 1e-30

    for epochs in (1, 2, 3):
        trained, history = fit(data, epochs=epochs, validation=None, learning_rate=rate)
        kept[epochs] = trained.weights["0.W_m"]
    assert {"epoch", "loss", "learning_rate", "seconds"} == history[0].keys()
    assert np.any(kept[1] != kept[2]) and np.array_equal(kept[2], kept[3])


def test_activities_are_kept_below_a_limit(data, trainer):
    """Measured after 3 epochs: without, 170 times as much is above the limit."""
    free, _ = fit(data, epochs=3, rates=None, trainer=trainer)
    limit = 0.5 * np.max(free.activity["0"])
    kept, _ = fit(data, epochs=3, rates=(limit, 1000.0), trainer=trainer)

    def excess(trained):
        return np.mean(np.maximum(trained.activity["0"] - limit, 0))

    assert 0 < excess(kept) < excess(free) / 20


def test_steps_and_stacks_are_those_of_nengo():
    """A stack with all its loops, trained on a delay, and run by nengo afterwards."""
    u = np.random.RandomState(0).randn(20, 15, 2)
    targets = np.roll(u, 3, axis=1)[:, :, :1]
    layers = [
        {"n_hidden": 4, "theta": 0.01, "order": 3, "bias": True},
        {"n_hidden": 5, "theta": 0.02, "order": 4, "n_channels": 2},
    ]
    stack = Stack(2, layers, 1, seed=0)
    before = get_weights(stack)
    _, history = train(
        stack,
        u,
        targets,
        epochs=1,
        batch=6,
        validation=(u[:7], targets[:7]),
        progress=False,
    )
    after = get_weights(stack)
    assert all(np.any(before[name] != after[name]) for name in before)
    k = 0
    with nengo.Network() as model:
        model.add(stack)
        source = nengo.Node(lambda t: u[k, int(round(t / 0.001)) - 1])
        nengo.Connection(source, stack.input, synapse=None)
        probe = nengo.Probe(stack.output)
    losses = []
    for k in range(7):
        with nengo.Simulator(model, progress_bar=False) as simulator:
            simulator.run_steps(15)
        losses.append(np.mean((simulator.data[probe] - targets[k]) ** 2))
    assert history[0]["val_loss"] == pytest.approx(np.mean(losses), rel=1e-5)


def test_data_that_does_not_fit(data):
    stack = network()
    state = stack.layers[0].memory.state
    wrong = [
        ({state: data[0][:, :5]}, data[1], "inputs: must be of size 6"),
        ({state: data[0]}, data[1][:-1], "targets: must be 600 of them"),
        ({state: np.array(["a"])}, data[1], "inputs: must be numbers"),
        (data[0], data[1], "inputs: must be of size 1"),
        ({state: data[0]}, np.zeros((600, 2)), "targets: must be of size 1"),
        ({state: data[0]}, np.zeros((600, 2, 1)), "targets: must be of 1 steps or"),
        ({state: data[0], stack.input: np.zeros((600, 2, 1))}, data[1], "same number"),
    ]
    classes = [np.zeros(600), np.full(600, 2), np.full(600, -1)]
    for targets in classes:
        with pytest.raises(ValidationError, match="whole numbers from 0 to 1, got"):
            fit(data, network(2), targets, loss="crossentropy")
    for inputs, targets, message in wrong:
        with pytest.raises(ValidationError, match=message):
            train(stack, inputs, targets)
    options = [
        ({"loss": "msee"}, "loss: must be one of 'mse'"),
        ({"validation": 1.0}, r"validation: must be a number in \(0, 1\)"),
        ({"smoothing": 1}, r"smoothing: must be a number in \[0, 1\)"),
        ({"smoothing": 0.1}, "smoothing: must be 0 unless the loss is 'crossentropy'"),
        ({"batch": 1000}, "batch: must be at most the 540 samples"),
        ({"learning_rate": 0}, "learning_rate: must be a finite number above 0"),
        ({"noise": np.eye(4)}, r"noise: must be of shape \(6, 6\)"),
        ({"dropout": 1.0}, r"dropout: must be a number in \[0, 1\)"),
        ({"epochs": 0}, "epochs: must be an integer"),
        ({"rates": 0.1}, "rates: must be a pair, limit and weight"),
        ({"rates": (0, 1)}, "rates: must be a finite number above 0"),
    ]
    for option, message in options:
        with pytest.raises(ValidationError, match=message):
            fit(data, **option)
    assert len(stack.layers[0].connections) == len(network().layers[0].connections)
