"""The error of a memory before it is simulated, and the neurons that an error takes.

Two parts, both through the closed loop. The noise of the spikes is white where they are
Poisson; then the covariance of the state's error follows from a Lyapunov equation. The
distortion of the decoders moves as the state does, in its band.
"""

from dataclasses import dataclass

import nengo
import numpy as np
from nengo.neurons import PoissonSpiking
from scipy.linalg import solve_discrete_lyapunov

from nengo_lmu import checks
from nengo_lmu.decoding import spikes_at_random
from nengo_lmu.legendre import state_space
from nengo_lmu.lti import map_to_synapse, synapse_system
from nengo_lmu.networks.population import gaussian_points
from nengo_lmu.networks.spiking_memory import SpikingMemory
from nengo_lmu.realization import window_metric

MOST_NEURONS = 2**15
"""Largest population that is tried for an error; drawing it takes half a gigabyte."""


@dataclass(frozen=True)
class Prediction:
    """Errors of the decoded window, as the root mean square over its RMS.

    Parameters
    ----------
    nrmse : float
        Expected error: root of noise² + distortion².
    noise : float
        From the randomness of the spikes, or from there being whole spikes only.
    distortion : float
        From decoders that do not represent all values equally well.
    bound : float or None
        Least noise that the Fisher information of Poisson neurons allows with these
        tuning curves and this synapse, whatever the decoders (Cramér-Rao); None for
        other neurons.
    rms : float
        RMS of the ideal window, in units of the input: what the others are parts of.
    """

    nrmse: float
    noise: float
    distortion: float
    bound: float | None
    rms: float

    @property
    def rmse(self):
        """Expected error in units of the input."""
        return self.nrmse * self.rms


def predict(memory):
    """Expected error of a memory, without simulation.

    For inputs as it was laid out for. Measured over predicted is within 15 % for
    Poisson neurons from 1,000 on. For regular spikes it is an estimate: each neuron's
    count of spikes is within a half of its integrated rate, independently of others.

    Parameters
    ----------
    memory : SpikingMemory

    Returns
    -------
    Prediction

    Raises
    ------
    ValidationError
        For neurons whose rate is not a function of their input, as it adapts.
    """
    kind = memory.neuron_type
    if _adapts(kind):
        allowed = "neurons whose rates depend on their input alone"
        checks.fail("neuron_type", allowed, kind, memory)
    loop = _Loop(memory)
    noise = distortion = least = 0.0
    # All loops of all channels are alike.
    for population in memory.loops[0].populations:
        x = _points(memory, population)
        rates = population.tuning.rates(x)
        rest = rates @ population.decoders - x
        distortion += loop.of_slow(population, rest.T @ rest / len(x))
        if spikes_at_random(kind):
            spectrum = _outer(population.decoders, kind.amplitude * rates.mean(axis=0))
            noise += loop.of_white(population, spectrum)
        elif kind.spiking:
            firing = np.mean(rates > 0, axis=0)
            counts = _outer(population.decoders, kind.amplitude**2 * firing / 12)
            noise += loop.of_counts(population, counts)
        if isinstance(kind, PoissonSpiking):
            least += loop.of_white(population, _least_noise(population.tuning, x))
    power = np.sum(np.diag(memory.expected.covariance) * window_metric(memory.order))
    rms = float(np.sqrt(power))
    # The errors of a channel's loops are independent, and their states averaged.
    power *= len(memory.loops) // memory.n_channels
    noise, distortion, least = np.sqrt(np.array([noise, distortion, least]) / power)
    return Prediction(
        nrmse=float(np.hypot(noise, distortion)),
        noise=float(noise),
        distortion=float(distortion),
        bound=float(least) if isinstance(kind, PoissonSpiking) else None,
        rms=rms,
    )


def neurons_needed(theta, order, nrmse, **kwargs):
    """The fewest neurons with which a memory is expected to have an error, or less.

    Parameters
    ----------
    theta : float
        Window in seconds.
    order : int
        Number of polynomials.
    nrmse : float
        Error of the decoded window, above 0.
    **kwargs
        Further arguments of `SpikingMemory`. Give a seed: the populations are drawn.

    Returns
    -------
    int
        A multiple of the order, within 2 % of the fewest.

    Raises
    ------
    ValidationError
        If even `MOST_NEURONS` a population would not do.
    """
    nrmse = checks.positive(nrmse, "nrmse")
    order = checks.order(order)

    def error(n_each):
        return predict(SpikingMemory(n_each * order, theta, order, **kwargs)).nrmse

    low, high = 0, 16
    while error(high) > nrmse:
        low, high = high, 2 * high
        size = high * order if kwargs.get("layout") == "single" else high
        if size > MOST_NEURONS:
            checks.fail("nrmse", f"above what {low * order:,} neurons have", nrmse)
    while high - low > max(1, high // 50):
        middle = (low + high) // 2
        low, high = (low, middle) if error(middle) <= nrmse else (middle, high)
    return high * order


def _adapts(neuron_type):
    kind = getattr(neuron_type, "base_type", neuron_type)
    adaptive = nengo.AdaptiveLIF, nengo.AdaptiveLIFRate, nengo.Izhikevich
    return isinstance(kind, adaptive)


class _Loop:
    """Gains of the closed loop, from errors of the decoded x to the window's power."""

    def __init__(self, memory):
        F, g, c = synapse_system(memory.mapped_synapse, memory.dt)
        A, B = memory.realization.system(*state_space(memory.order, memory.theta))
        recurrent, _ = map_to_synapse(A, B, memory.mapped_synapse, memory.dt)
        errors = memory.transforms(memory.loops[0])[0]
        eye = np.eye(memory.order)
        self.loop = np.kron(eye, F) + np.kron(recurrent, g @ c)
        self.entry = np.kron(errors, g)
        exit_ = np.kron(memory.realization.inverse, c)
        self.exit = np.sqrt(window_metric(memory.order))[:, None] * exit_
        energy = solve_discrete_lyapunov(self.loop.T, self.exit.T @ self.exit)
        self.white = self.entry.T @ energy @ self.entry / memory.dt
        direct = self.exit @ self.entry / memory.dt
        self.counts = direct.T @ direct
        self.slow = self._slow(memory)

    def _slow(self, memory):
        """Mean gain in the band of the state's squares, twice that of the state."""
        metric = window_metric(memory.order)
        speed, size = (
            np.sum(np.diag(moment) * metric)
            for moment in (memory.expected.velocity, memory.expected.covariance)
        )
        highest = min(2 * np.sqrt(3 * speed / size), np.pi / memory.dt)
        gains = 0
        for omega in (np.arange(32) + 0.5) / 32 * highest:
            z = np.exp(1j * omega * memory.dt)
            gain = self.exit @ np.linalg.solve(
                z * np.eye(len(self.loop)) - self.loop, self.entry
            )
            gains = gains + (gain.conj().T @ gain).real / 32
        return gains

    def of_white(self, population, spectrum):
        """Power from white noise of a spectral density in 1/Hz."""
        return _trace(self.white, population, spectrum)

    def of_counts(self, population, covariance):
        """Power from spikes that are early or late, by the covariance of the counts.

        An error q of the count that changes fast is an error ``dq/dt`` of the rate,
        and moves the state by the transform times q.
        """
        return _trace(self.counts, population, covariance)

    def of_slow(self, population, covariance):
        """Power from errors that move as the state does."""
        return _trace(self.slow, population, covariance)


def _trace(gain, population, covariance):
    return np.sum(gain[population.columns, population.columns] * covariance)


def _points(memory, population):
    """Values of a population's x as they are expected, (n_points, dimensions)."""
    covariance = memory.realization.covariance(memory.expected.covariance)
    covariance = covariance[population.columns, population.columns]
    points = gaussian_points(len(covariance))
    values, vectors = np.linalg.eigh(covariance)
    return points * np.sqrt(np.maximum(values, 0)) @ vectors.T


def _outer(decoders, weights):
    """Covariance of what is decoded, from independent neurons of these variances."""
    return (decoders * weights[:, None]).T @ decoders


def _least_noise(tuning, x, step=0.02):
    """Mean inverse of the Fisher information of Poisson neurons about x, in 1/Hz.

    The information of a second is the sum over neurons of r'² / r, and e e^T of their
    encoders. Slopes are taken over a fiftieth of the range: at the threshold itself
    that of a LIF neuron is infinite.
    """
    projections = x @ tuning.encoders.T
    below = tuning.rates_at(projections - step / 2)
    above = tuning.rates_at(projections + step / 2)
    middle = np.maximum((above + below) / 2, np.finfo(float).tiny)
    information = ((above - below) / step) ** 2 / middle
    least = 0
    for point in information / tuning.neuron_type.amplitude:
        full = (tuning.encoders * point[:, None]).T @ tuning.encoders
        least = least + np.linalg.inv(full) / len(x)
    return least
