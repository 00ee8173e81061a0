"""A population of neurons that holds a Gaussian value, and its decoders."""

from dataclasses import dataclass, field

import nengo
import numpy as np
from nengo.dists import get_samples
from scipy.stats import norm, qmc

from nengo_lmu.decoding import N_EVAL_POINTS
from nengo_lmu.lif_ramp import ramp_rates


@dataclass(frozen=True, eq=False)
class Tuning:
    """How the neurons of a population respond to the value x that they hold.

    Their currents are ``gain * (encoders @ x) + bias``, as in nengo.

    Parameters
    ----------
    neuron_type : nengo.neurons.NeuronType
    gain, bias : (n,) array
    encoders : (n, dimensions) array
        Of length 1.
    lost : float, optional
        Time that a neuron loses at each spike, in seconds. On Loihi it is half a step:
        what a membrane has beyond its threshold at the end of a step is dropped.
    """

    neuron_type: nengo.neurons.NeuronType
    gain: np.ndarray = field(repr=False)
    bias: np.ndarray = field(repr=False)
    encoders: np.ndarray = field(repr=False)
    lost: float = 0.0

    @classmethod
    def draw(
        cls, n, dimensions, neuron_type, max_rates, intercepts, rng, lost=0.0
    ):
        """Draw a population.

        Parameters
        ----------
        n, dimensions : int
        neuron_type : nengo.neurons.NeuronType
        max_rates, intercepts : nengo.dists.Distribution or (n,) array
            As of a nengo.Ensemble.
        rng : RandomState
        lost : float, optional
        """
        if dimensions == 1:
            # As many neurons for one sign as for the other.
            encoders = np.where(rng.permutation(n) % 2, 1.0, -1.0)[:, None]
        else:
            encoders = nengo.dists.UniformHypersphere(surface=True).sample(
                n, dimensions, rng=rng
            )
        gain, bias = neuron_type.gain_bias(
            get_samples(max_rates, n, rng=rng), get_samples(intercepts, n, rng=rng)
        )
        return cls(neuron_type, gain, bias, encoders, lost)

    def rates(self, x, velocity=None):
        """Rates in Hz, (n_points, n), at the points x, (n_points, dimensions).

        For LIF neurons with the effect of how fast x moves, ``velocity`` in 1/s, of
        the shape of x.
        """
        kind = self.neuron_type
        if velocity is not None and moves_matter(kind):
            scaled = (self.encoders * self.gain[:, None]).T
            current, slope = x @ scaled + self.bias, velocity @ scaled
            rates = ramp_rates(current, slope, kind.tau_rc, kind.tau_ref)
            return self._as_counted(kind.amplitude * rates)
        return self.rates_at(x @ self.encoders.T)

    def rates_at(self, projections):
        """Rates in Hz at values along each neuron's encoder, both (n_points, n)."""
        rates = self.neuron_type.rates(projections, self.gain, self.bias)
        # nengo gives the rates of these types without their amplitude.
        wrapped = isinstance(self.neuron_type, nengo.neurons.RatesToSpikesNeuronType)
        amplitude = self.neuron_type.amplitude if wrapped else 1.0
        return self._as_counted(amplitude * rates)

    def _as_counted(self, rates):
        if self.lost == 0:
            return rates
        return rates / (1 + self.lost * rates / self.neuron_type.amplitude)


@dataclass(frozen=True, eq=False)
class Population:
    """One population of a memory.

    Parameters
    ----------
    ensemble : nengo.Ensemble
        Of radius 1.
    tuning : Tuning
    decoders : (n, dimensions) array
        Of ``x + lead * dx/dt``.
    lead : float
        In seconds.
    columns : slice
        Which dimensions of the memory's x it holds, channels one after the other.
    """

    ensemble: nengo.Ensemble
    tuning: Tuning
    decoders: np.ndarray = field(repr=False)
    lead: float
    columns: slice


def moves_matter(neuron_type):
    """Whether the rate depends on how fast the input changes: of LIF neurons only.

    Exactly LIF: its rate model knows nothing of it, and RegularSpiking and
    PoissonSpiking follow their rate model at once.
    """
    return type(neuron_type) is nengo.LIF


def gaussian_points(dimensions, with_velocity, n_std):
    """Evaluation points of a Gaussian value whose radius is n_std deviations.

    Returns
    -------
    x : (n_points, dimensions) array
        Standard deviation 1 / n_std.
    direction : (n_points, dimensions) array or None
        Independent of x, standard deviation 1 / n_std: a stationary value and its
        velocity at the same time do not correlate.
    """
    size = dimensions * (2 if with_velocity else 1)
    if size == 1:
        uniform = (np.arange(N_EVAL_POINTS) + 0.5)[:, None] / N_EVAL_POINTS
    else:
        n_points = N_EVAL_POINTS * min(size, 4)
        uniform = qmc.Halton(size, scramble=False).random(n_points + 1)[1:]
    points = norm.ppf(uniform) / n_std
    if with_velocity:
        return points[:, :dimensions], points[:, dimensions:]
    return points, None
