"""The error of a memory's state, before it is simulated.

Two parts, both through the closed loop. The noise of the spikes is white where they are
Poisson; then the covariance of the state's error follows from a Lyapunov equation. The
distortion of the decoders moves as the state does, in its band.
"""

import nengo
import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from nengo_lmu import checks
from nengo_lmu.design.count_prediction import count_errors
from nengo_lmu.design.decoders import spikes_at_random
from nengo_lmu.design.synapses import lowpass_pole, map_to_synapse, synapse_system
from nengo_lmu.design.tuning import gaussian_points
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.realizations import window_metric

_BLOCK = 4096
"""Neurons that are looked at together."""


def state_noise(design, channel=0):
    """Expected error of a memory's state, without simulation.

    A network that is trained on states with this error suits the memory when it is
    deployed.

    Parameters
    ----------
    design : MemoryDesign
    channel : int, optional

    Returns
    -------
    (order, order) array
        Covariance of the error of one channel, in Legendre coordinates: noise and
        distortion.

    Raises
    ------
    ValidationError
        For neurons whose rate is not a function of their input, as it adapts.
    """
    of_channel = design.loops[channel * design.loops_per_channel]
    expected = design.expected[channel]
    if of_channel.counted:
        highest = _highest(expected, design.dt) / (2 * np.pi)
        found = count_errors(design, of_channel, expected)
        return found.state_covariance(highest)
    loop = _Loop(design, of_channel, expected)
    if of_channel.has_spectrum:
        return loop.of_spectrum()
    errors = _Errors(design, of_channel, expected)
    spikes = loop.entry @ errors.white @ loop.entry.T / design.dt
    spikes = loop.to_state @ solve_discrete_lyapunov(loop.loop, spikes)
    direct = loop.to_state @ loop.entry / design.dt
    covariance = spikes @ loop.to_state.T + direct @ errors.counts @ direct.T
    for gain in loop.gains:
        covariance += (gain @ errors.slow @ gain.conj().T).real / len(loop.gains)
    # The errors of a channel's loops are independent, and their states averaged.
    return (covariance + covariance.T) / 2 / design.loops_per_channel


def _adapts(neuron_type):
    kind = getattr(neuron_type, "base_type", neuron_type)
    adaptive = nengo.AdaptiveLIF, nengo.AdaptiveLIFRate, nengo.Izhikevich
    return isinstance(kind, adaptive)


class _Errors:
    """Errors of what is decoded, before they go around, (order, order) covariances.

    Attributes
    ----------
    white : array
        Of randomness that is white, as spectral density in 1/Hz.
    counts : array
        Of spikes that are early or late, as covariance of their counts.
    slow : array
        Of errors that move as the state does.
    """

    def __init__(self, design, loop, expected):
        kind = design.neuron_type
        if _adapts(kind):
            allowed = "neurons whose rates depend on their input alone"
            checks.fail("neuron_type", allowed, kind, design)
        shape = design.order, design.order
        self.white, self.counts = np.zeros(shape), np.zeros(shape)
        self.slow = np.zeros(shape)
        covariance = loop.realization.covariance(expected.covariance)
        for population in loop.populations:
            block = population.columns, population.columns
            x = _points(covariance[block])
            decoded, rates, firing = _responses(population, x)
            rest = decoded - x
            self.slow[block] = rest.T @ rest / len(x)
            if spikes_at_random(kind):
                variance = kind.amplitude * rates
                self.white[block] = _outer(population.decoders, variance)
            elif kind.spiking:
                # An error q of the count that changes fast is an error dq/dt of the
                # rate, and moves the state by the transform times q.
                variance = kind.amplitude**2 * firing / 12
                self.counts[block] = _outer(population.decoders, variance)


class _Loop:
    """Gains of the closed loop, from errors of the decoded x to the state."""

    def __init__(self, design, loop, expected):
        order, dt = design.order, design.dt
        self.design, self.of = design, loop
        F, g, c = synapse_system(design.mapped_synapse, dt)
        A, B = loop.realization.system(*state_space(order, design.theta))
        recurrent, _ = map_to_synapse(A, B, design.mapped_synapse, dt)
        self.loop = np.kron(np.eye(order), F) + np.kron(recurrent, g @ c)
        self.entry = np.kron(loop.recurrent, g)
        self.to_state = np.kron(loop.realization.inverse, c)
        if not loop.has_spectrum:
            self.gains = self._gains(expected, dt)

    def of_spectrum(self, n_points=100):
        """Covariance of the state's error, from the spectra of the loop's errors.

        The frequencies are dense in the band of the memory.
        """
        design, dt = self.design, self.design.dt
        band, highest = design.order / (2 * design.theta), 0.5 / dt
        ratio = np.log1p(highest / band)
        at = (np.arange(n_points) + 0.5) / n_points * ratio
        frequencies, widths = band * np.expm1(at), band * np.exp(at) * ratio / n_points
        pole = lowpass_pole(design.mapped_synapse, dt)
        densities = self.of.noise(pole, frequencies, dt) * 2 * widths[:, None]
        gains = self._gains_at(2 * np.pi * frequencies, dt)
        return sum(
            ((gain * density) @ gain.conj().T).real
            for gain, density in zip(gains, densities, strict=True)
        )

    def _gains(self, expected, dt):
        """From errors to the state, in the band of the state's squares."""
        highest = _highest(expected, dt)
        return list(self._gains_at((np.arange(32) + 0.5) / 32 * highest, dt))

    def _gains_at(self, omegas, dt):
        """From errors to the state, at frequencies in rad/s."""
        eye = np.eye(len(self.loop))
        for omega in omegas:
            turn = np.exp(1j * omega * dt) * eye
            yield self.to_state @ np.linalg.solve(turn - self.loop, self.entry)


def _highest(expected, dt):
    """End of the band of the state's squares, in 1/s: twice that of the state."""
    metric = window_metric(len(expected.covariance))
    speed, size = (
        np.sum(np.diag(moment) * metric)
        for moment in (expected.velocity, expected.covariance)
    )
    return min(2 * np.sqrt(3 * speed / size), np.pi / dt)


def _points(covariance):
    """Expected values of a population's x, (n_points, dimensions)."""
    points = gaussian_points(len(covariance))
    values, vectors = np.linalg.eigh(covariance)
    return points * np.sqrt(np.maximum(values, 0)) @ vectors.T


def _responses(population, x):
    """What is decoded at the points x, and each neuron's mean rate and part of x.

    A neuron's part of x are the points at which it fires. In blocks: the rates of a
    large population at all points would take more memory than its simulation.
    """
    decoded, rates, firing = 0, [], []
    for first in range(0, len(population.decoders), _BLOCK):
        block = slice(first, first + _BLOCK)
        activities = population.tuning.part(block).rates(x)
        decoded = decoded + activities @ population.decoders[block]
        rates.append(activities.mean(axis=0))
        firing.append(np.mean(activities > 0, axis=0))
    return decoded, np.concatenate(rates), np.concatenate(firing)


def _outer(decoders, weights):
    """Covariance of what is decoded, from independent neurons of these variances."""
    return (decoders * weights[:, None]).T @ decoders
