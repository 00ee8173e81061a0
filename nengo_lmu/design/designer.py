"""From choices to numbers: the steps that design a memory."""

from dataclasses import fields
from functools import cached_property
from typing import Any

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.design.choices import Choices
from nengo_lmu.design.decoders import (
    NoiseAware,
    solve_with_lead,
    spike_variance,
    spikes_at_random,
)
from nengo_lmu.design.layout import lay_out
from nengo_lmu.design.loops import FastPath, Loop
from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.design.responses import RateResponses, RecordedResponses, expected_noise
from nengo_lmu.design.state_statistics import ExpectedState
from nengo_lmu.design.strategies import strategy_of, warn
from nengo_lmu.design.synapses import (
    correct_lead,
    effective_tau,
    lowpass_pole,
    map_to_synapse,
)
from nengo_lmu.design.tuning import (
    N_STD,
    NOISELESS_STD,
    STRAIGHT_RATE,
    Tuning,
    draw_encoders,
    draw_intercepts,
    is_straight,
)
from nengo_lmu.names import lookup
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.realizations import Realization, best_tau, noise_gain

EXCESS = 0.05
"""More noise than the least, for which neurons that spike at random have a shorter
recurrent synapse.

Measured at order 12 (4,800 Poisson neurons, noise to 2 Hz, windows of 1 s, a burst of
ten times the expected input, seeds 901 to 910): with 0, 0.02, 0.03 and 0.05 (0.64,
0.34, 0.31 and 0.27 s) the slowest of ten memories is back after 6.5, 3.6, 3.1 and 2.8
windows. The measured error is up to 5 % larger at orders 3 to 24, and smaller where
many values leave the range: at order 96 with 200 neurons a dimension 0.66, not 0.94."""

LEAST_STEPS = 10
"""Steps of this synapse, at least, where that of the least noise has as many."""


def design_memory(
    n_neurons: int, order: int, theta: float, **choices: Any
) -> MemoryDesign:
    """Design a memory.

    Parameters
    ----------
    n_neurons : int
        Neurons of a channel. The error of Poisson neurons falls with its root,
        that of regular ones faster.
    order : int
        Number of Legendre polynomials, 1 to 1000. A window holds about order / pi
        periods of a sine; each polynomial takes neurons from the others.
    theta : float
        Window in seconds, two time steps at least.
    n_channels : int, optional
        Signals, each with neurons of its own in the same network.
    neuron_type : nengo.neurons.NeuronType, optional
        ``PoissonSpiking(LIFRate())`` by default. Decoders of LIF neurons account
        for the phase lead of their rate over a moving input.
    freq, rms : float or (n_channels,) array, optional
        Band (Hz) and root mean square of the expected input. The range of the
        neurons follows them: a much larger input saturates, a much smaller one
        is lost in noise. By default order / (6 theta), about half of what the
        order can hold, and 0.5.
    sample : (n_steps,) or (n_steps, n_channels) array, optional
        An expected input, at steps of dt, two windows or longer, in place of
        ``freq`` and ``rms``.
    dt : float, optional
        Time step of the simulation, in seconds; 0.001 by default.
    layout : {"array", "single"}, optional
        One population for each dimension, or one for all. An array costs O(m) and
        suits each of its neurons to one dimension; a single population can decode
        functions of the window itself.
    realization : str, Realization or callable, optional
        Coordinates of the neurons: "min_noise" (default), "balanced",
        "normalized", "legendre" or "ladder", see `Realization`; or one of your own, or
        a function of (covariance, gain) that returns one.
    radii : float or (order,) array, optional
        Factor of the range of the neurons, 1 by default: 2.5 standard deviations; 4 for
        neurons without spikes.
    synapse : float or nengo.synapses.LinearFilter, optional
        The recurrent synapse; a number is the time constant of a lowpass in
        seconds. By default the lowpass that adds the least noise, of about
        0.6 theta; for random spikes the shortest that adds 5 % more, 0.5 theta at order
        2 and less at higher ones, with which a memory is back sooner after an input
        out of its range. Still shorter ones add more.
    max_rates : nengo.dists.Distribution or array, optional
        Rates at the end of the range, in Hz; 100 to 200 by default, 200 for
        ``PoissonSpiking(RectifiedLinear())``. Noise falls
        with the root of the rate. An array has a value for each neuron of a
        population.
    intercepts : nengo.dists.Distribution or array, optional
        Where neurons begin to fire, as a fraction of the range. By default
        distributed as the value itself, so that most neurons are sensitive where
        the value is most of the time; 0 for ``PoissonSpiking(RectifiedLinear())``,
        which are silent for half of the values. An array as for ``max_rates``.
    solver : nengo.solvers.Solver, optional
        Solver of the decoders; `NoiseAware` by default.
    recorded : bool, optional
        Whether decoders are solved for responses recorded from spikes, to noise
        of the expected band, in place of rates; for LIF neurons with a lowpass.
        The error is up to a half smaller, above 200 Hz most of all; it takes a
        second for each thousand neurons.
    tuning : str or object, optional
        How tuning curves are laid out: "drawn" at random; "interleaved", groups of
        alike neurons that fire in turn, for SpikingRectifiedLinear, RegularSpiking and
        LIF, whose error falls with their number, not its root; "steady", LIF neurons
        that never fall silent; or a strategy such as
        `nengo_lmu.design.interleaved.Interleaved`. By default "interleaved" for these
        neurons, "steady" for LIF neurons that would be drawn into step, unless
        ``max_rates``, ``intercepts``, ``solver``, a single population or ``recorded``
        are chosen.
    seed : int, optional
        The same seed gives the same design.

    Returns
    -------
    MemoryDesign

    Raises
    ------
    ValidationError
        If an argument is out of its range, or the synapse cannot be mapped.

    Examples
    --------
    >>> design = nengo_lmu.design_memory(600, order=6, theta=1.0, freq=1.0, seed=0)
    >>> design
    <MemoryDesign: 600 neurons (PoissonSpiking), order 6, theta 1 s, 1 channel to 1 Hz>
    >>> len(design.populations), design.populations[0].decoders.shape
    (6, (100, 1))
    """
    names = {f.name: None for f in fields(Choices)}
    for name in choices:
        lookup("choice of a memory", name, names)
    given = {"n_neurons": n_neurons, "order": order, "theta": theta, **choices}
    return Designer(Choices(**given)).design()


def redesign(design: MemoryDesign, **choices: Any) -> MemoryDesign:
    """Design a memory of the same choices but for these.

    Parameters
    ----------
    design : MemoryDesign
    **choices
        Arguments of `design_memory`.

    Returns
    -------
    MemoryDesign

    Examples
    --------
    >>> design = nengo_lmu.design_memory(600, order=6, theta=1.0, freq=1.0, seed=0)
    >>> nengo_lmu.redesign(design, neuron_type=nengo.LIF())
    <MemoryDesign: 600 neurons (LIF), order 6, theta 1 s, 1 channel to 1 Hz>
    """
    return design_memory(**design.choices.but_for(**choices))


class Designer:
    """Makes the numbers of a memory step by step.

    For a target with other neurons, synapses or connections a subclass replaces steps.

    Parameters
    ----------
    choices : Choices
    """

    kind = MemoryDesign

    room = 1.0
    """Factor of the expected input that the neurons' range is made for."""

    rates = nengo.dists.Uniform(100, 200)
    """Rates at the end of the range, in Hz, unless others are chosen."""

    def __init__(self, choices):
        self.choices = choices
        self.order, self.theta, self.dt = choices.order, choices.theta, choices.dt
        self.system = state_space(self.order, self.theta)
        self.neuron_type = self.target_neurons(choices.neuron_type)
        self.expected = self._expected()
        self.synapse = self.target_synapse(choices.synapse)
        self.mapped_synapse = self.mapped(self.synapse)
        self.tau = effective_tau(self.synapse, self.dt)
        self.solver = choices.solver
        if self.solver is None:
            self.solver = NoiseAware(self.tau, spike_variance(self.neuron_type))
        self.rng = np.random.RandomState(choices.seed)

    def design(self):
        """The whole design."""
        return self.kind(
            self.choices,
            self.neuron_type,
            self.expected,
            self.synapse,
            tuple(self.loops()),
        )

    # --- steps that a target may replace

    def target_neurons(self, neuron_type):
        """The target's neuron type for the chosen one."""
        return neuron_type

    def target_synapse(self, synapse):
        """The recurrent synapse; by default the lowpass of least noise, or nearly."""
        if synapse is not None:
            return synapse
        if self.order == 1:
            warn(
                "the memory of order 1 is a lowpass of theta: by default the recurrent "
                "synapse is this lowpass, and neurons do not take part; its error is "
                "near 0 and says nothing of them (synapse=0.1 is held by neurons)"
            )
        designs = [expected.design for expected in dict.fromkeys(self.expected)]
        # Beyond their range rates rise ever less, and the loop is slow to come back.
        bends = spikes_at_random(self.neuron_type) and not is_straight(self.neuron_type)
        excess, least = (EXCESS if bends else 0.0), LEAST_STEPS * self.dt
        return nengo.Lowpass(best_tau(designs, self.theta, excess, least))

    def mapped(self, synapse):
        """What the target makes of the synapse."""
        return synapse

    def tuning(self, n, dimensions, values=None):
        """Tuning curves of a population, for a Gaussian value or like ``values``."""
        intercepts = self.choices.intercepts
        if intercepts is None and dimensions == 1 and is_straight(self.neuron_type):
            intercepts = 0.0
        elif intercepts is None:
            intercepts = draw_intercepts(n, self.rng, values)
        return self.draw(n, dimensions, intercepts)

    def loops(self):
        """The loops of all channels."""
        return strategy_of(self).loops(self)

    # --- steps

    def input_of(self, channel):
        """Band, RMS and sample (or None) of the input that a channel is made for."""
        c = self.choices
        if c.sample is None:
            return float(c.freq[channel]), self.room * float(c.rms[channel]), None
        return None, None, self.room * c.sample[:, channel]

    def _expected(self):
        """Statistics of each channel's state; channels of the same input share them."""
        known, of_channels = {}, []
        for channel in range(self.choices.n_channels):
            freq, rms, sample = self.input_of(channel)
            key = (freq, rms) if sample is None else sample.tobytes()
            if key not in known and sample is None:
                known[key] = ExpectedState.in_band(self.order, self.theta, freq, rms)
            elif key not in known:
                known[key] = ExpectedState.from_sample(
                    self.order, self.theta, sample, self.dt
                )
            of_channels.append(known[key])
        return tuple(of_channels)

    @cached_property
    def layouts(self):
        """Coordinates and connections for the errors of counts, by expected state."""
        return {each: lay_out(self, each) for each in dict.fromkeys(self.expected)}

    def realization(self, expected, rng=None, gain=None):
        """Coordinates, scaled so that the expected state fills the neurons' range.

        They are those of least noise for what the loop makes of it, ``gain``; by
        default of white noise.
        """
        given = self.choices.realization
        if isinstance(given, Realization):
            realization = given
        elif given in ("legendre", "normalized", "ladder"):
            realization = getattr(Realization, given)(self.order)
        else:
            if gain is None:
                gain = noise_gain(self.order, self.theta, self.tau)
            make = given if callable(given) else getattr(Realization, given)
            rotated = {"rng": rng} if given == "min_noise" else {}
            realization = make(expected.design, gain, **rotated)
        size = np.shape(getattr(realization, "transform", None))
        if not isinstance(realization, Realization) or size != 2 * (self.order,):
            allowed = f"a Realization of order {self.order}"
            checks.fail("realization", allowed, realization, Choices)
        deviations = np.sqrt(np.diag(realization.covariance(expected.design)))
        n_std = N_STD if self.neuron_type.spiking else NOISELESS_STD
        return realization.scaled(n_std * deviations * self.choices.radii)

    def responses(self, channel, realization):
        """Responses for which the decoders of a channel are solved."""
        if not self.choices.recorded:
            return RateResponses(realization, self.expected[channel])
        return self.recording(RecordedResponses, channel, realization)

    def recording(self, recorded, channel, realization, seed=0):
        """Recorded responses to the sample, or to noise of the expected band."""
        freq, rms, sample = self.input_of(channel)
        if sample is None:
            sample = expected_noise(freq, rms, self.dt, seed)
        pole = lowpass_pole(self.mapped_synapse, self.dt)
        return recorded(realization, self.order, self.theta, sample, pole, self.dt)

    def shares(self, n_neurons):
        """Dimensions of each population of a loop, and the number of its neurons."""
        size = 1 if self.choices.layout == "array" else self.order
        for k, n in enumerate(share(n_neurons, self.order // size)):
            yield slice(k * size, (k + 1) * size), n

    def draw(self, n, dimensions, intercepts, lost=0.0):
        """Tuning curves with these intercepts."""
        rates = self.choices.max_rates
        if rates is None:
            rates = STRAIGHT_RATE if is_straight(self.neuron_type) else self.rates
        return Tuning.draw(
            draw_encoders(n, dimensions, self.rng),
            self.neuron_type,
            rates,
            intercepts,
            self.rng,
            lost=lost,
        )

    def decode(self, tuning, activities, x, velocity):
        """Decoders (n, dimensions), and the phase lead of what they decode, in s."""
        n = len(tuning.gain)
        return solve_with_lead(self.solver, activities, n, x, velocity, self.rng)

    def close(self, channel, realization, populations, paths=None, slow=None):
        """The loop of a channel, with the transforms of what is decoded.

        ``paths`` are connections, (synapse, recurrent, drive), with transforms of x; by
        default one through the mapped synapse.
        """
        A, B = realization.system(*self.system)
        if paths is None:
            mapped = map_to_synapse(A, B, self.mapped_synapse, self.dt)
            paths = [(self.synapse, *mapped)]
        leads = np.empty((self.order, 1))
        for population in populations:
            leads[population.columns] = population.lead
        first, *fast = [
            (synapse, *correct_lead(recurrent, drive, A, B, leads))
            for synapse, recurrent, drive in paths
        ]
        return Loop(
            channel,
            realization,
            tuple(populations),
            *first[1:],
            fast=tuple(FastPath(*path) for path in fast),
            slow=slow,
        )


def share(n, parts):
    """n in so many parts, as even as can be."""
    each, rest = divmod(n, parts)
    return [each + (k < rest) for k in range(parts)]
