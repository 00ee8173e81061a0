"""Decoders in time and memory O(m): least squares that knows how neurons spike.

A decoded value errs in two ways: its curve over the represented range is not straight
(distortion), and its spikes come at random or at least one by one (noise). The solver
here weighs both in one unit, that of the value's variance, so nothing is left to be
tuned by hand.
"""

import time
from collections.abc import Callable

import numpy as np
from nengo.neurons import PoissonSpiking, StochasticSpiking
from nengo.params import NumberParam
from nengo.solvers import Solver
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

N_EVAL_POINTS = 400
"""Evaluation points of one dimension: enough for any number of neurons."""

_ELEMENTS = 2**26
"""Activities that are in memory at a time: half a gigabyte."""

REGULARITY = 0.02
"""Variance of regular spikes, filtered, over that of Poisson spikes.

Regular spikes leave no slow noise. What stands for it is that neurons do not follow
their rates to more than a few parts in a hundred. Measured: within 20 % of the best
error from 600 to 9,600 neurons."""


class NoiseAware(Solver):
    r"""Least squares in which each neuron costs what its spikes add in variance.

    Minimizes, over the decoders D and for activities a(x) at evaluation points x,

    .. math:: \mathrm{E}_x\,\|D a(x) - y(x)\|^2 + \sum_i v_i \|D_i\|^2, \qquad
       v_i = \mathrm{variance} \cdot \mathrm{E}_x\, |a_i(x)| / (2 \tau)

    where :math:`v_i` is, for ``variance=1``, the variance of a Poisson train of rate
    :math:`a_i` behind a lowpass of time constant tau. Where there are more neurons than
    evaluation points the dual is solved: O(n_neurons) in time and memory.

    Parameters
    ----------
    tau : float, optional
        Effective time constant that the decoded value is filtered with, in seconds.
        Longer ones trust the filter with more noise and lower the distortion.
    variance : float, optional
        Variance of a neuron's spikes over that of a Poisson train with spikes of area
        1, see `spike_variance`: 1 for Poisson neurons, near 0 for regular ones. 0 is
        plain least squares.
    weights : bool, optional
        As in every nengo solver.

    Examples
    --------
    It is a solver of Nengo, so any connection takes it:

    >>> solver = nengo_lmu.NoiseAware(tau=0.05)
    >>> with nengo.Network() as model:
    ...     poisson = nengo.PoissonSpiking(nengo.LIFRate())
    ...     noisy = nengo.Ensemble(100, 1, neuron_type=poisson)
    ...     value = nengo.Node(size_in=1)
    ...     _ = nengo.Connection(noisy, value, synapse=0.05, solver=solver)
    """

    compositional = True
    tau = NumberParam("tau", low=0, low_open=True)
    variance = NumberParam("variance", low=0)

    def __init__(
        self, tau: float = 0.1, variance: float = 1.0, weights: bool = False
    ) -> None:
        super().__init__(weights=weights)
        self.tau = tau
        self.variance = variance

    def __call__(self, A, Y, rng=np.random):
        """Decoders, (n_neurons, n_targets), and a dict of information.

        Parameters
        ----------
        A : (n_eval_points, n_neurons) array
            Activities in Hz.
        Y : (n_eval_points, n_targets) array
            Values to be decoded.
        rng : RandomState
            Not used.
        """
        start = time.perf_counter()
        A, Y = np.asarray(A, dtype=float), np.asarray(Y, dtype=float)
        targets = Y.reshape(len(Y), -1)
        decoders, decoded = self.solve(lambda part: A[:, part], A.shape[1], targets)
        info = {
            "rmses": np.sqrt(np.mean((decoded - targets) ** 2, axis=0)),
            "time": time.perf_counter() - start,
        }
        return decoders.reshape(-1, *Y.shape[1:]), info

    def solve(
        self, activities: Callable[[slice], NDArray], n_neurons: int, targets: NDArray
    ) -> tuple[NDArray, NDArray]:
        """Decoders where not all activities are in memory at a time.

        Parameters
        ----------
        activities : callable
            From a slice of the neurons to their activities in Hz,
            (n_eval_points, n_in_slice). It is called three times for each slice where
            there is more than one.
        n_neurons : int
        targets : (n_eval_points, n_targets) array

        Returns
        -------
        decoders : (n_neurons, n_targets) array
        decoded : (n_eval_points, n_targets) array
            What they decode from the activities.
        """
        n_eval = len(targets)
        dual = n_neurons > n_eval
        size = max(1, _ELEMENTS // n_eval) if dual else n_neurons
        parts = [slice(k, min(k + size, n_neurons)) for k in range(0, n_neurons, size)]
        if len(parts) == 1:
            whole = activities(parts[0])
            activities = lambda part: whole  # noqa: E731
        rates = np.concatenate([_mean_rates(activities(part)) for part in parts])
        # A neuron that hardly ever spikes would cost nothing and get a huge decoder.
        cost = rates + 1e-3 * np.mean(rates) + np.finfo(float).tiny
        cost = n_eval * cost * max(self.variance, 1e-9) / (2 * self.tau)
        if dual:
            return _solve_dual(activities, parts, targets, cost)
        decoders = _solve_primal(whole, targets, cost)
        return decoders, whole @ decoders


def _mean_rates(A):
    """Mean of the rates' size, (n_neurons,), without a copy of A."""
    return sum((np.abs(row) for row in A), np.zeros(A.shape[1])) / len(A)


def _solve_primal(A, Y, cost):
    gram = A.T @ A
    gram[np.diag_indices_from(gram)] += cost
    return cho_solve(cho_factor(gram, lower=True), A.T @ Y)


def _solve_dual(activities, parts, Y, cost):
    """D = C A^T z with (A C A^T + I) z = Y, C = 1 / cost; so A D = Y - z."""
    gram = np.eye(len(Y))
    for part in parts:
        A, root = activities(part), np.sqrt(cost[part])
        for first in range(0, len(root), 4096):
            scaled = A[:, first : first + 4096] / root[first : first + 4096]
            gram += scaled @ scaled.T  # NumPy computes one half of it
    z = cho_solve(cho_factor(gram, lower=True), Y)
    decoders = np.concatenate([activities(part).T @ z for part in parts])
    return decoders / cost[:, None], Y - z


def solve_with_lead(solver, activities, n_neurons, x, velocity, rng):
    """Decoders, and by how many seconds the value that they decode leads.

    They decode x + lead dx/dt, where that is easier than x alone: the recurrent
    transform corrects the lead.

    Parameters
    ----------
    solver : nengo.solvers.Solver
    activities : callable
        As of `NoiseAware.solve`. nengo's solvers take all neurons at once.
    n_neurons : int
    x, velocity : (n_points, dimensions) array
        Values, and their derivatives in 1/s or None.
    rng : RandomState

    Returns
    -------
    decoders : (n_neurons, dimensions) array
    lead : float
    """

    def solve(targets):
        if isinstance(solver, NoiseAware):
            return solver.solve(activities, n_neurons, targets)
        whole = activities(slice(0, n_neurons))
        decoders, _ = solver(whole, targets, rng=rng)
        return decoders, whole @ decoders

    if velocity is None:
        return solve(x)[0], 0.0
    both, decoded = solve(np.hstack([x, velocity]))
    of_x, of_velocity = np.hsplit(both, 2)
    # The cost of the targets y is y times its residual; a quadratic in the lead.
    decoded_x, decoded_velocity = np.hsplit(decoded, 2)
    lead = -np.sum(velocity * (x - decoded_x)) / np.sum(
        velocity * (velocity - decoded_velocity)
    )
    return of_x + lead * of_velocity, lead


def spikes_at_random(neuron_type):
    """Whether a neuron's spikes are independent of one another: Poisson, stochastic."""
    return isinstance(neuron_type, (PoissonSpiking, StochasticSpiking))


def spike_variance(neuron_type):
    """Low-frequency variance of a neuron's spikes over that of a Poisson train.

    Parameters
    ----------
    neuron_type : nengo.neurons.NeuronType

    Returns
    -------
    float
        1 for Poisson and stochastic spiking, `REGULARITY` for all others: regular
        spikes, and rates too, whose decoders must not grow without bounds either.
        Times the amplitude: a spike of area b has the variance b², an activity of b
        times the rate has b of that in its mean.
    """
    relative = 1.0 if spikes_at_random(neuron_type) else REGULARITY
    return relative * getattr(neuron_type, "amplitude", 1.0)
