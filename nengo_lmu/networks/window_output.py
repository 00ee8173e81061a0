"""A population that represents the whole window and decodes a function of it."""

import nengo
import numpy as np
from nengo.solvers import NoSolver
from scipy.linalg import block_diag

from nengo_lmu.design.decoders import NoiseAware, spike_variance
from nengo_lmu.design.designer import Designer
from nengo_lmu.design.tuning import (
    N_STD,
    Tuning,
    draw_intercepts,
    gaussian_points,
)
from nengo_lmu.theory.legendre import delay_readout

N_EVAL_POINTS = 2000
"""Number of windows for which the decoders are solved."""


def window_output(memory, of_state, n_neurons, tau):
    """Add a population to a memory, and a node with its decoded output.

    Half of the neurons prefer single moments of the window, and together they tile it.
    The other half prefer shapes of the expected signal. The first suit functions of
    single moments (a maximum, a product), the second functions of the whole window (a
    power).

    Parameters
    ----------
    memory : SpikingMemory
    of_state : callable
        Function of the state (n_channels * order,) that returns an array.
    n_neurons : int
    tau : float
        Time constant of the output's lowpass, in seconds.

    Returns
    -------
    nengo.Node
    """
    design, label = memory.design, of_state.__name__
    rng = np.random.RandomState(design.choices.seed)
    covariance = block_diag(*(expected.covariance for expected in design.expected))
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    encoders = _encoders(memory, root, n_neurons, rng)
    rates = design.choices.max_rates
    tuning = Tuning.draw(
        encoders,
        design.neuron_type,
        Designer.rates if rates is None else rates,
        draw_intercepts(n_neurons, rng),
        rng,
    )
    states = gaussian_points(len(root), N_EVAL_POINTS) @ root.T
    of_state.check(states, memory)
    targets = of_state.at_each(states)
    solver = NoiseAware(tau, spike_variance(design.neuron_type))
    decoders, _ = solver(tuning.rates(states), targets)
    with memory:
        ensemble = nengo.Ensemble(
            n_neurons,
            len(root),
            encoders=encoders,
            normalize_encoders=False,
            gain=tuning.gain,
            bias=tuning.bias,
            neuron_type=design.neuron_type,
            eval_points=np.zeros((1, len(root))),
            noise=None,
            label=label,
        )
        node = nengo.Node(size_in=targets.shape[1], label=label)
        nengo.Connection(memory.state, ensemble, synapse=None)
        nengo.Connection(
            ensemble, node, function=of_state, solver=NoSolver(decoders), synapse=tau
        )
    return node


def _encoders(memory, root, n_neurons, rng):
    """Encoders, scaled so that the expected input of a neuron fills its range."""
    readouts = delay_readout(memory.order, rng.rand(n_neurons))
    channel = np.eye(memory.n_channels)[rng.randint(memory.n_channels, size=n_neurons)]
    moments = (channel[:, :, None] * readouts[:, None, :]).reshape(n_neurons, -1)
    # Random in coordinates in which the expected state is white. Directions in which
    # the state hardly varies are dropped.
    shapes = rng.randn(n_neurons, len(root)) @ np.linalg.pinv(root, rcond=1e-2)
    encoders = np.where(np.arange(n_neurons)[:, None] % 2, moments, shapes)
    encoders *= np.where(rng.permutation(n_neurons) % 2, 1.0, -1.0)[:, None]
    return encoders / (N_STD * np.linalg.norm(encoders @ root, axis=1))[:, None]
