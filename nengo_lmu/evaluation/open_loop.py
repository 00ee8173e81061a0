"""What the neurons of a loop decode of given values, with the loop open.

Neurons without a memory of their own, whose spikes are random or that have none, are
fully described by their tuning curves. All others are run.
"""

import nengo
import numpy as np

from nengo_lmu.design.decoders import spikes_at_random
from nengo_lmu.networks.population import ensemble_of

N_POINTS = 500
"""Values at which the curve of a dimension is computed."""

N_STD = 5.0
"""Standard deviations up to which a Gaussian value is looked at."""

_BLOCK = 512
"""Values of several dimensions at a time."""


def is_described(kind):
    """Whether tuning curves say all of these neurons, but for the noise of spikes."""
    rates = getattr(kind, "base_type", kind)
    return not rates.state and (not kind.spiking or spikes_at_random(kind))


def decoded_by_curves(loop, x):
    """Mean decoded values, (n_steps, order), and the covariance of their noise.

    Parameters
    ----------
    loop : Loop
    x : (n_steps, order) array

    Returns
    -------
    decoded : (n_steps, order) array
    density : (n_steps, order) array
        Spectral density of the noise of random spikes at each step, in 1/Hz.
    covariance : (order, order) array
        Its mean, between dimensions too.
    """
    decoded, density = np.empty_like(x), np.empty_like(x)
    covariance = np.zeros(2 * x.shape[1:])
    for population in loop.populations:
        columns, decoders = population.columns, population.decoders
        found = _by_curves(population, x[:, columns])
        decoded[:, columns], density[:, columns], rates = found
        weighted = decoders * rates[:, None]
        covariance[columns, columns] = weighted.T @ decoders
    return decoded, density, covariance


def _by_curves(population, x):
    """Decoded values, density of their noise, mean rates of the neurons."""
    amplitude = getattr(population.tuning.neuron_type, "amplitude", 1.0)
    each = np.hstack([population.decoders, amplitude * population.decoders**2])
    if x.shape[1] == 1:
        low, high = np.min(x), np.max(x)
        at = np.linspace(low, high if high > low else low + 1, N_POINTS)
        rates = population.tuning.rates(at[:, None])
        curves = (rates @ each).T
        both = [np.interp(x[:, 0], at, curve)[:, None] for curve in curves]
        share, _ = np.histogram(x[:, 0], N_POINTS, (at[0], at[-1]))
        return *both, amplitude * (share / len(x)) @ rates
    parts, total = [], 0.0
    for first in range(0, len(x), _BLOCK):
        rates = population.tuning.rates(x[first : first + _BLOCK])
        parts.append(rates @ each)
        total = total + np.sum(rates, axis=0)
    return *np.hsplit(np.vstack(parts), 2), amplitude * total / len(x)


def gaussian_errors(population, deviation):
    """Mean squares of a curve's error, inside and outside of the range.

    Parameters
    ----------
    population : Population
        Of one dimension.
    deviation : float
        Standard deviation of its value, Gaussian.

    Returns
    -------
    inside, outside : float
    """
    x = np.linspace(-N_STD, N_STD, N_POINTS) * deviation
    share = np.exp(-((x / deviation) ** 2) / 2)
    rates = population.tuning.rates(x[:, None])
    squares = ((rates @ population.decoders)[:, 0] - x) ** 2 * share / np.sum(share)
    outside = np.abs(x) > 1
    return np.sum(squares[~outside]), np.sum(squares[outside])


def is_integrator(kind):
    """Whether neurons integrate their rate, and nothing else.

    They decode an error that they are given as they decode a value. Of all others, what
    they make of it depends on when they spike, and so on what they decoded before.
    """
    return type(kind) in (nengo.SpikingRectifiedLinear, nengo.RegularSpiking)


class RunLoop:
    """The neurons of a loop, on `nengo_lmu.Simulator`.

    Parameters
    ----------
    design : MemoryDesign
    loop : Loop
    closed : bool, optional
        Whether the loop is closed. Neurons are then given an input, and the values of
        x are found; else they are given x, and what they decode is found.
    """

    def __init__(self, design, loop, closed=False):
        from nengo_lmu.simulator import Simulator  # importing it takes a second

        self.dt, self.first = design.dt, 0
        self.given = np.zeros((1, 1 if closed else design.order))
        with nengo.Network(seed=0) as network:
            source = nengo.Node(self._value, size_out=self.given.shape[1])
            x, decoded = (nengo.Node(size_in=design.order) for _ in range(2))
            for population in loop.populations:
                tuning, columns = population.tuning, population.columns
                neurons = ensemble_of(tuning, population.neuron_type, "recorded")
                nengo.Connection(x[columns], neurons, synapse=None)
                nengo.Connection(
                    neurons.neurons,
                    decoded[columns],
                    transform=population.decoders.T,
                    synapse=None,
                )
            if closed:
                _close(design, loop, source, decoded, x)
            else:
                nengo.Connection(source, x, synapse=None)
            self.probe = nengo.Probe(x if closed else decoded, synapse=None)
        self.simulator = Simulator(network, dt=self.dt, seed=0, progress_bar=False)

    def _value(self, t):
        return self.given[max(round(t / self.dt) - 1 - self.first, 0)]

    def run(self, given):
        """What is found at each step, (n_steps, order).

        The neurons go on where they are; at first, at the voltages of the design.

        Parameters
        ----------
        given : (n_steps, size) array
        """
        self.given, self.first = given, self.simulator.n_steps
        self.simulator.run_steps(len(given))
        return np.array(self.simulator.data[self.probe][self.first :])


def _close(design, loop, source, decoded, x):
    """The paths of a loop, of what is decoded and of the input, to x."""
    paths = [(design.synapse, loop.recurrent, loop.drive)]
    paths += [(path.synapse, path.recurrent, path.drive) for path in loop.fast]
    for synapse, recurrent, drive in paths:
        nengo.Connection(decoded, x, transform=recurrent, synapse=synapse)
        nengo.Connection(source, x, transform=drive, synapse=synapse)
