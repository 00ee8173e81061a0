"""Products with large constant weights, whose input is held or changes."""

import nengo
import numpy as np
import pytest

import nengo_lmu
from nengo_lmu.simulator.kernels import operator


def outputs(simulator, values, weights):
    with nengo.Network() as model:
        source = nengo.Node(nengo.processes.PresentInput(values, 0.002))
        target = nengo.Node(size_in=len(weights))
        nengo.Connection(source, target, transform=weights, synapse=None)
        nengo.Connection(nengo.Node(1.0), target, transform=np.ones((len(weights), 1)))
        probe = nengo.Probe(target)
    with simulator(model, progress_bar=False) as run:
        run.run_steps(12)
        first = run.data[probe].copy()
        run.reset()
        run.run_steps(12)
        np.testing.assert_array_equal(run.data[probe], first)
    return first


@pytest.mark.parametrize("held", [True, False])
def test_held_product(held):
    """Equal to Nengo's, whether single elements, all or none of the input change."""
    rng = np.random.RandomState(0)
    weights = rng.randn(300, 60)
    assert weights.size >= operator._LARGE
    values = np.zeros((6, 60))
    values[1:3] = rng.randn(60)
    values[2, -1] += 1.0
    values[4:] = rng.randn(2, 60)
    if not held:
        values = rng.randn(12, 60)
    ours = outputs(nengo_lmu.Simulator, values, weights)
    np.testing.assert_allclose(
        ours, outputs(nengo.Simulator, values, weights), rtol=1e-12, atol=1e-12
    )


def test_weights_that_learn_are_always_multiplied():
    """Their product changes although their input does not."""
    with nengo.Network(seed=0) as model:
        rates = nengo.Ensemble(60, 1, neuron_type=nengo.RectifiedLinear())
        target = nengo.Node(size_in=300)
        learned = nengo.Connection(
            rates,
            target,
            function=lambda x: np.zeros(300),
            synapse=None,
            learning_rule_type=nengo.PES(1e-2),
        )
        nengo.Connection(nengo.Node(np.ones(300)), learned.learning_rule)
        probe = nengo.Probe(target)
    found = []
    for simulator in (nengo.Simulator, nengo_lmu.Simulator):
        with simulator(model, progress_bar=False) as run:
            run.run_steps(20)
            found.append(run.data[probe].copy())
    assert np.ptp(found[0][:, 0]) > 0
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9)
