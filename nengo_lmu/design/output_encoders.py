"""Neurons that see what a function of the state depends on.

Encoders lie in the subspace in which the function's gradient varies. Of three sets of
them the one with the least expected error is taken.
"""

import numpy as np

from nengo_lmu.design.decoders import NoiseAware, spike_variance
from nengo_lmu.design.tuning import Tuning

QUANTILE = 0.999
"""Part of the expected values in a neuron's range.

From 0.99 to 0.999 the error of products falls by a third, that of a maximum stays."""

SPREAD = 0.5
"""Part of evenly spread intercepts along the axes of a quadratic function, which bends
everywhere; the others lie at quantiles of what the neuron sees. Best of 0, 0.5, 1."""

POOL, LARGEST_POOL = 4, 6000
"""Candidates for each neuron that sees several dimensions, and candidates at most. The
best fourth errs by a quarter less than neurons drawn at once."""

SMALLEST = 1e-2
"""Directions with less of the largest slope are dropped."""

_BLOCK = 4096
"""Neurons whose rates are in memory at a time."""


def principal(slopes):
    """Directions in which slopes vary, (columns, n), and how much; all, if none does.

    Parameters
    ----------
    slopes : (n_points, columns, targets) array
    """
    moments = np.einsum("nit,njt->ij", slopes, slopes, optimize=True) / len(slopes)
    values, vectors = np.linalg.eigh(moments + 1e-12 * np.eye(len(moments)))
    keep = values > SMALLEST**2 * values[-1]
    return vectors[:, keep], np.sqrt(values[keep])


def curvature_axes(slopes, z, n_neurons):
    """Encoders along the axes of the function's mean curvature, (n_neurons, columns).

    A quadratic function is exactly a sum of functions of these: a product of two values
    is that of their sum and their difference.
    """
    axes, weights = [], []
    for target in np.moveaxis(slopes, 2, 0):
        hessian = np.linalg.lstsq(z, target - target.mean(0), rcond=None)[0]
        values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
        axes.append(vectors.T)
        weights.append(np.abs(values))
    axes, weights = np.vstack(axes), np.concatenate(weights)
    keep = weights >= 0.03 * weights.max()
    share = np.cumsum(weights[keep] + 1e-12)
    which = np.searchsorted(share / share[-1], (np.arange(n_neurons) + 0.5) / n_neurons)
    return axes[keep][np.minimum(which, len(share) - 1)]


def active_directions(slopes, n_neurons, rng):
    """Encoders distributed as the slopes: half as Gaussian ones, half as they are."""
    vectors, values = principal(slopes)
    encoders = rng.randn(n_neurons, len(values)) @ (vectors * values).T
    some = rng.randint(len(slopes), size=n_neurons // 2)
    seen = slopes[some, :, rng.randint(slopes.shape[2], size=len(some))]
    encoders[: len(some)] = seen + 1e-3 * encoders[: len(some)]
    return encoders[rng.permutation(n_neurons)]


class Sought:
    """Neurons to be drawn for a function.

    Parameters
    ----------
    n_neurons : int
    neuron_type : nengo.neurons.NeuronType
    max_rates : nengo.dists.Distribution, float or array
        Rates at the end of the range, in Hz. Of an array as many as are needed are
        drawn.
    rng : RandomState
    """

    def __init__(self, n_neurons, neuron_type, max_rates, rng):
        self.n_neurons, self.neuron_type = n_neurons, neuron_type
        self.max_rates, self.rng = max_rates, rng

    def best(self, parts, tau):
        """The tuning with the least expected error, by rates at rest.

        Parameters
        ----------
        parts : object
            Of the function: ``z`` (n_points, dimensions), expected values; ``targets``
            (n_points, targets), its nonlinear part there; ``usual`` (n_points,), where
            the error counts; ``gradient`` (dimensions, targets) of the linear part;
            ``slopes`` (n_slopes, dimensions, targets) of the rest at ``slopes_at``
            (n_slopes, dimensions).
        tau : float
            Effective time constant of the output's filter, in seconds.
        """
        z, half = parts.z, len(parts.z) // 2
        n = min(self.n_neurons, LARGEST_POOL)
        best, least = None, np.inf
        for encoders, spread, pool in (
            (lambda n: curvature_axes(parts.slopes, parts.slopes_at, n), SPREAD, n),
            (lambda n: np.resize(parts.gradient.T + 1e-9, (n, z.shape[1])), 0.0, n),
            (
                lambda n: active_directions(parts.slopes, n, self.rng),
                0.0,
                max(n, min(POOL * n, LARGEST_POOL)),
            ),
        ):
            tuning = self.draw(encoders(pool), z, spread)
            tuning = pruned(tuning, n, z[:half], parts.targets[:half], tau)
            fit = Fit(tuning, z[:half], usual=parts.usual[:half])
            error = np.hypot(*fit.decode(parts.targets[:half], tau)[1:])
            if error < least:
                best, least, kept = tuning, error, (encoders, spread)
        if self.n_neurons > n:
            encoders, spread = kept
            best = self.draw(encoders(self.n_neurons), z, spread)
        return best

    def draw(self, encoders, z, spread):
        """Neurons that cover what their encoders see of z."""
        n, rng = len(encoders), self.rng
        encoders = encoders * np.where(np.arange(n) % 2, 1.0, -1.0)[:, None]
        radius, intercepts = np.empty((2, n))
        even = (rng.permutation(n) + rng.rand(n)) / n
        for first in range(0, n, _BLOCK):
            part = slice(first, first + _BLOCK)
            seen = z[: len(z) // 4] @ encoders[part].T
            radius[part] = np.quantile(np.abs(seen), QUANTILE, axis=0)
            rank = (even[part] * len(seen)).astype(int)
            at = np.sort(seen, axis=0)[rank, np.arange(len(rank))]
            intercepts[part] = at / radius[part] * (1 - spread)
        intercepts = np.clip(intercepts + spread * (2 * even - 1), -0.95, 0.95)
        rates = self.max_rates
        if np.ndim(rates) == 1:
            rates = rng.choice(rates, n)
        encoders = encoders / radius[:, None]
        return Tuning.draw(encoders, self.neuron_type, rates, intercepts, rng)


def pruned(tuning, n_neurons, z, targets, tau):
    """The neurons that contribute most to what is decoded; half go at a time."""
    rates = tuning.rates(z) if len(tuning.gain) > n_neurons else None
    solver = NoiseAware(tau, spike_variance(tuning.neuron_type))
    while len(tuning.gain) > n_neurons:
        decoders, _ = solver(rates, targets)
        contributed = rates.std(0) * np.linalg.norm(decoders, axis=1)
        keep = max(n_neurons, len(contributed) // 2)
        kept = np.sort(np.argsort(-contributed)[:keep])
        tuning, rates = tuning.part(kept), rates[:, kept]
    return tuning


class Fit:
    """Responses of neurons at expected values, to decode functions of these.

    Three points of four are for the decoders, one for the distortion.

    Parameters
    ----------
    tuning : Tuning
    z, velocity : (n_points, dimensions) array
        Values, and their derivatives in 1/s for neurons that respond to them.
    usual : (n_points,) array of bool, optional
        Points that count for the distortion; the others are rare.
    """

    def __init__(self, tuning, z, velocity=None, usual=True):
        self.tuning, self.z, self.velocity = tuning, z, velocity
        self.solved = np.arange(len(z)) % 4 != 3
        self.known = ~self.solved & usual
        self.rates = None
        if len(tuning.gain) <= LARGEST_POOL:
            self.rates = tuning.rates(z, velocity)

    def _rates(self, part, some):
        if self.rates is not None:
            return self.rates[some, part]
        velocity = None if self.velocity is None else self.velocity[some]
        return self.tuning.part(part).rates(self.z[some], velocity)

    def decode(self, targets, tau):
        """Decoders, and the RMS of the distortion and of the noise to expect of them.

        Parameters
        ----------
        targets : (n_points, targets) array
        tau : float
            Effective time constant of the filter, in seconds.
        """
        n = len(self.tuning.gain)
        variance = spike_variance(self.tuning.neuron_type)
        decoders, _ = NoiseAware(tau, variance).solve(
            lambda part: self._rates(part, self.solved), n, targets[self.solved]
        )
        decoded, power = 0, 0
        for first in range(0, n, _BLOCK):
            part = slice(first, first + _BLOCK)
            rates = self._rates(part, self.known)
            decoded = decoded + rates @ decoders[part]
            power = power + np.abs(rates).mean(axis=0) @ decoders[part] ** 2
        missed = np.sqrt(np.mean((decoded - targets[self.known]) ** 2))
        return decoders, missed, np.sqrt(np.mean(power) * variance / (2 * tau))
