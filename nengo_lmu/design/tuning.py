"""Tuning curves of a population, and how they are drawn."""

from dataclasses import dataclass, field, replace

import nengo
import numpy as np
from nengo.dists import get_samples
from scipy.linalg import block_diag
from scipy.special import ndtri

from nengo_lmu import checks
from nengo_lmu.design.decoders import N_EVAL_POINTS
from nengo_lmu.theory.lif_rates import ramp_rates, static_rates

N_STD = 2.5
"""Standard deviations of a value in the range of its neurons.

Fewer lower the noise of the spikes, more lower the distortion; 2.5 is near the best for
100 to 10,000 neurons a dimension."""

NOISELESS_STD = 4.0
"""The same for neurons without spikes, which have no noise.

With 2.5, most of their error comes from a value in a minute that leaves the range.
Measured over 2,000 s at order 6, 200 neurons a dimension: 0.0033, 0.0008, 0.0006 and
0.0007 with 2.5, 3.2, 4 and 5."""

STRAIGHT_RATE = 200.0
"""Rate at the end of the range of all neurons for which `is_straight`, in Hz."""

_TILE = 128
"""Neurons whose rates are computed at a time: in the processor's cache, in a fifth of
the time."""


@dataclass(frozen=True, eq=False)
class Tuning:
    """How the neurons of a population respond to the value x that they hold.

    Their currents are ``gain * (encoders @ x) + bias``, as in nengo.

    Parameters
    ----------
    neuron_type : nengo.neurons.NeuronType
    gain, bias : (n,) array
    encoders : (n, dimensions) array
        Neuron i fires at its maximal rate where ``encoders[i] @ x`` is 1.
    lost : float, optional
        Time that a neuron loses at each spike, in seconds: half a step where what a
        membrane has beyond its threshold at the end of a step is dropped.
    """

    neuron_type: nengo.neurons.NeuronType
    gain: np.ndarray = field(repr=False)
    bias: np.ndarray = field(repr=False)
    encoders: np.ndarray = field(repr=False)
    lost: float = 0.0

    @classmethod
    def draw(cls, encoders, neuron_type, max_rates, intercepts, rng, lost=0.0):
        """Neurons with these encoders.

        Parameters
        ----------
        encoders : (n, dimensions) array
        neuron_type : nengo.neurons.NeuronType
        max_rates, intercepts : nengo.dists.Distribution or (n,) array
            As of a nengo.Ensemble.
        rng : RandomState
        lost : float, optional
        """
        n = len(encoders)
        gain, bias = neuron_type.gain_bias(
            _one_each(max_rates, n, rng, "max_rates", "above 0 Hz", lambda x: x > 0),
            _one_each(intercepts, n, rng, "intercepts", "below 1", lambda x: x < 1),
        )
        return cls(neuron_type, gain, bias, encoders, lost)

    def rates(self, x, velocity=None):
        """Rates in Hz, (n_points, n), at the points x, (n_points, dimensions).

        For LIF neurons with the effect of how fast x moves, ``velocity`` in 1/s, of
        the shape of x.
        """
        n = len(self.gain)
        rates = np.empty((len(x), n))
        for first in range(0, n, _TILE):
            part = slice(first, first + _TILE)
            rates[:, part] = self.part(part)._rates(x, velocity)
        return rates

    def part(self, part):
        """The tuning of a slice of the neurons."""
        return replace(
            self,
            gain=self.gain[part],
            bias=self.bias[part],
            encoders=self.encoders[part],
        )

    def _rates(self, x, velocity):
        kind = self.neuron_type
        if velocity is not None and moves_matter(kind):
            scaled = (self.encoders * self.gain[:, None]).T
            current, slope = x @ scaled + self.bias, velocity @ scaled
            rates = ramp_rates(current, slope, kind.tau_rc, kind.tau_ref)
            return self._as_counted(kind.amplitude * rates)
        if self._lif is None:
            return self.rates_at(x @ self.encoders.T)
        return self._lif_rates(x @ (self.encoders * self.gain[:, None]).T)

    def rates_at(self, projections):
        """Rates in Hz at values along each neuron's encoder, both (n_points, n)."""
        if self._lif is None:
            rates = self.neuron_type.rates(projections, self.gain, self.bias)
            return self._as_counted(rates)
        return self._lif_rates(projections * self.gain)

    @property
    def _lif(self):
        """The LIF type whose rates these neurons have, or None."""
        kind = getattr(self.neuron_type, "base_type", self.neuron_type)
        return kind if type(kind) in (nengo.LIF, nengo.LIFRate) else None

    @property
    def threshold(self):
        """The current at which neurons begin to fire, if they do so at any."""
        return 0.0 if self._lif is None else 1.0

    def _lif_rates(self, current):
        """Rates at currents that lack the bias, in their place."""
        current += self.bias
        rates = static_rates(current, self._lif.tau_rc, self._lif.tau_ref)
        if self._lif.amplitude != 1:
            rates *= self._lif.amplitude
        return self._as_counted(rates)

    def _as_counted(self, rates):
        """In place, the rates of spikes as nengo counts them."""
        kind = self.neuron_type
        # nengo gives the rates of these types without their amplitude.
        if isinstance(kind, nengo.neurons.RatesToSpikesNeuronType):
            if kind.amplitude != 1:
                rates *= kind.amplitude
        if self.lost:
            rates /= 1 + self.lost * rates / kind.amplitude
        return rates


def _one_each(given, n, rng, attr, limit, within):
    """A value for each of n neurons, from a distribution or as given."""
    values = checks.array(get_samples(given, n, rng=rng), attr)
    if values.shape not in ((), (n,)) or not np.all(within(values)):
        allowed = f"a distribution, one number, or {n} (a population has as many)"
        checks.fail(attr, f"{allowed}, {limit}", given)
    return np.broadcast_to(values, n)


def join(tunings):
    """The tunings of populations that follow one another in x, as that of one."""
    return Tuning(
        tunings[0].neuron_type,
        np.concatenate([tuning.gain for tuning in tunings]),
        np.concatenate([tuning.bias for tuning in tunings]),
        block_diag(*(tuning.encoders for tuning in tunings)),
        tunings[0].lost,
    )


def draw_encoders(n, dimensions, rng):
    """Unit vectors, (n, dimensions): evenly both signs, or random on the sphere."""
    if dimensions == 1:
        return np.where(rng.permutation(n) % 2, 1.0, -1.0)[:, None]
    sphere = nengo.dists.UniformHypersphere(surface=True)
    return sphere.sample(n, dimensions, rng=rng)


def draw_intercepts(n, rng, values=None):
    """Intercepts distributed as the value, in its range; Gaussian by default, (n,).

    At even quantiles: random ones would leave gaps.
    """
    quantiles = (rng.permutation(n) + rng.rand(n)) / n
    if values is None:
        intercepts = ndtri(quantiles) / N_STD
    else:
        intercepts = np.quantile(values, quantiles)
    return np.clip(intercepts, -0.95, 0.95)


def is_straight(neuron_type):
    """Whether neurons spike at random, at rates that are straight lines.

    Such neurons are best silent for half of the values: their noise is then in
    proportion to the value, and most values are small. Their decoders are exact.
    """
    random = type(neuron_type) is nengo.PoissonSpiking
    return random and type(neuron_type.base_type) is nengo.RectifiedLinear


def moves_matter(neuron_type):
    """Whether the rate depends on how fast the input changes: of LIF neurons only.

    Exactly LIF: its rate model knows nothing of it, and RegularSpiking and
    PoissonSpiking follow their rate model at once.
    """
    return type(neuron_type) is nengo.LIF


def gaussian_points(dimensions, n_points=None):
    """Evaluation points of a Gaussian value, spread evenly, (n_points, dimensions).

    Of standard deviation 1 in each dimension. By default `N_EVAL_POINTS` for each
    dimension up to four.
    """
    if n_points is None:
        n_points = N_EVAL_POINTS * min(dimensions, 4)
    if dimensions == 1:
        uniform = (np.arange(n_points) + 0.5)[:, None] / n_points
    else:
        uniform = _low_discrepancy(dimensions, n_points)
    return ndtri(uniform)


def _low_discrepancy(dimensions, n_points):
    """Points that fill the unit cube evenly, (n_points, dimensions).

    The lattice of Roberts, "The unreasonable effectiveness of quasirandom sequences",
    2018: multiples of the powers of the root of x^(d+1) = x + 1.
    """
    root = 1.5
    for _ in range(60):
        root = (1 + root) ** (1 / (dimensions + 1))
    steps = root ** -np.arange(1.0, dimensions + 1)
    return (0.5 + np.outer(np.arange(1, n_points + 1), steps)) % 1
