"""The window is learned through the discretization."""

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu import state_space
from nengo_lmu.networks import FEED_FORWARD, IdealMemory, Stack
from nengo_lmu.networks.weights import get_weights, set_weights
from nengo_lmu.theory.lti import discretize
from nengo_lmu.training import TrainableMemory, train
from nengo_lmu.training.theta import zero_order_hold

tf = pytest.importorskip("tensorflow")

DT = 0.01


@pytest.mark.parametrize("order", [1, 6, 20])
@pytest.mark.parametrize("theta", [0.005, 0.05, 2.0])
def test_gradient_is_that_of_finite_differences(order, theta):
    weights = np.random.RandomState(order).randn(order, order + 1)

    def weighted(log_theta):
        system = discretize(*state_space(order, np.exp(log_theta)), 0.001)
        return np.sum(weights * np.hstack(system))

    log_theta = tf.Variable(np.log(theta), dtype=tf.float64)
    with tf.GradientTape() as tape:
        Ad, Bd = zero_order_hold(log_theta, order, 0.001)
        value = tf.reduce_sum(weights * tf.concat([Ad, Bd[:, None]], axis=1))
    assert float(value) == pytest.approx(weighted(np.log(theta)), rel=1e-9)
    step = 1e-5
    ends = (weighted(np.log(theta) + sign * step) for sign in (1, -1))
    slope = (next(ends) - next(ends)) / (2 * step)
    assert float(tape.gradient(value, log_theta)) == pytest.approx(slope, rel=1e-5)


def stack(theta, memory=TrainableMemory, **options):
    layer = {"n_hidden": 6, "theta": theta, "order": 6, **FEED_FORWARD}
    options = {"hidden_type": nengo.RectifiedLinear(), "memory": memory, **options}
    return Stack(1, [layer], 1, seed=0, bias=True, dt=DT, **options)


@pytest.fixture(scope="module")
def delay():
    """Filtered noise, and what it was 0.2 s ago."""
    white = np.random.RandomState(0).randn(60, 256)
    u = 3 * nengo.Lowpass(0.05).filt(white, dt=DT).T[:, :, None]
    return u, np.concatenate([np.zeros((256, 20, 1)), u[:, :-20]], axis=1)


def test_time_scale_is_found_from_one_four_times_too_short(delay):
    """A delay of 0.2 s from a window of 0.05 s, which holds a quarter of it.

    Measured for four seeds: 0.204 to 0.222 s, and 0.18 to 0.34 of the variance.
    """
    u, target = delay
    network = stack(0.05)
    options = {"learning_rate": 0.1, "batch": 32, "seed": 0, "progress": False}
    trained, history = train(network, u, target, epochs=15, **options)
    theta = float(np.exp(trained.weights["0.theta"][0]))
    assert 0.15 < theta < 0.27
    assert network.layers[0].memory.theta == pytest.approx(theta)
    assert history[-1]["val_loss"] < 0.5 * np.var(target[:, 20:])

    # What was learned is deployed in a memory of that window, and of no other.
    deployed = stack(theta, memory=IdealMemory)
    set_weights(deployed, trained.weights)
    with nengo.Network() as model:
        model.add(deployed)
        source = nengo.Node(nengo.processes.PresentInput(u[0], DT))
        nengo.Connection(source, deployed.input, synapse=None)
        probe = nengo.Probe(deployed.output)
    with nengo.Simulator(model, dt=DT, progress_bar=False) as simulator:
        simulator.run_steps(60)
    rest = simulator.data[probe][20:] - target[0, 20:]
    assert np.mean(rest**2) < np.mean(target[0, 20:] ** 2)
    with pytest.raises(
        ValidationError, match=r"0.theta was trained: build the network"
    ):
        set_weights(stack(0.05, memory=IdealMemory), trained.weights)


def test_a_window_for_each_channel():
    """Each moves, by its own way, in a step of training."""
    layer = {"n_hidden": 4, "theta": [0.1, 0.3], "order": 3, "n_channels": 2}
    options = {"memory": TrainableMemory, **FEED_FORWARD}
    network = Stack(2, [layer], 2, seed=0, dt=DT, **options)
    assert {"0.theta.0", "0.theta.1"} < network.weights.keys()
    before = get_weights(network)
    u = np.random.RandomState(0).randn(8, 4, 2)
    trained, _ = train(network, u, u, epochs=1, batch=6, progress=False)
    moved = [trained.weights[f"0.theta.{k}"] - before[f"0.theta.{k}"] for k in (0, 1)]
    assert all(0 < np.abs(change[0]) < 0.01 for change in moved)
    assert moved[0] != moved[1]
