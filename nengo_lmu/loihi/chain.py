"""The design of a memory as a chain of populations that compare and do not integrate.

A neuron of Loihi that integrates its current drops charge: at each spike what its
membrane has beyond the threshold, and below zero all that is negative. The register of
its synapse drops nothing. So here membranes keep nothing (LIF with a time constant far
below the step and no refractory period), and the memory is in the registers of the
synapses. A neuron spikes at each step at which its register is above its threshold. The
thresholds of a population are spread over the range of its dimension
(`nengo_lmu.design.levels`), and what lies between two levels stays in the register for
later steps. With y what the spikes say of x and a the pole of the synapse, the loop is

    x[t + 1] = a x[t] + (Ad - a I) y[t] + Bd u[t],

exact but for y - x. In the coordinates of `nengo_lmu.theory.ladder.chain_system` Ad has
five diagonals: each population is connected to its neighbours only.
"""

from dataclasses import dataclass, field

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.design.designer import Designer, share
from nengo_lmu.design.levels import N_STD, Levels, level_noise
from nengo_lmu.design.memory_design import Loop, Population
from nengo_lmu.design.synapses import discrete_lowpass, lowpass_pole
from nengo_lmu.design.tuning import Tuning
from nengo_lmu.loihi.arithmetic import current_pole
from nengo_lmu.loihi.chain_run import run_chain
from nengo_lmu.loihi.chain_weights import MOST_NEURONS, ChainCore, Weights, gains
from nengo_lmu.loihi.dense import ChipDesign, OnChip, regular_twin
from nengo_lmu.theory.ladder import chain_system
from nengo_lmu.theory.lti import band_gramian, simulate
from nengo_lmu.theory.realizations import Realization

TAU = 0.3, 1.0
"""Recurrent time constant in seconds, of windows up to 1 s and at most; between them it
is in proportion to the window.

It is to be longer than the time that a value spends between two levels, in which the
register would forget where it is. In a window of 1 s the error is the same within a
tenth from 0.1 to 1 s. In one of 3.9 s, order 8, 24 neurons a dimension, a stream of
pixels (NRMSE of three digits) it is 0.78 with 0.05 s, 0.36 with 0.15 s, 0.10 with
0.3 s, 0.038 with 1 s and 0.043 with 2 s."""

ROOM = 1.25
"""Range of a value over its largest one in a sample."""


LEAST_NEURONS = 24
"""Neurons of a dimension from which a chain is taken, unless a form is chosen.

Measured against dense loops at orders 3, 6 and 12: with 10 and 16 dense loops err as
much or less at orders 3 and 6, with 24 chains do by 0 to 30 %, with 50 by a half to two
thirds. At order 1, where nothing is passed on, loops err less up to 50."""


@dataclass(frozen=True, eq=False)
class ChainLoop(OnChip, Loop):
    """A chain of populations, one for each dimension, on cores.

    Parameters
    ----------
    cores : tuple of ChainCore
        In the order of the neurons: a core has several populations, or one, or a part.
    deviations, speeds : (order,) array
        Standard deviations of the expected x and of its velocity (1/s).
    """

    cores: tuple[ChainCore, ...] = field(repr=False)
    deviations: np.ndarray = field(repr=False)
    speeds: np.ndarray = field(repr=False)

    has_spectrum = True

    def run(self, u, design):
        """Its neurons with their rounded weights, see `Loop.run`."""
        return run_chain(self, u, design)

    def noise(self, pole, frequencies, dt):
        """Spectral densities of what is decoded less x, (n_frequencies, order)."""
        values = [_staircase(p, dt)[1] for p in self.populations]
        of_steps = [
            np.average(
                np.diff(v) ** 2 / 12,
                weights=np.exp(-(((v[1:] + v[:-1]) / 2 / s) ** 2) / 2) * np.diff(v),
            )
            for v, s in zip(values, self.deviations, strict=True)
        ]
        # The errors of the neighbours move x as well, at each step.
        jumps = ((1 - pole) * self.recurrent) ** 2 @ of_steps / dt**2
        each = zip(
            values, self.deviations, np.sqrt(self.speeds**2 + jumps), strict=True
        )
        return np.stack([level_noise(*of, frequencies, dt) for of in each], axis=1)


@dataclass(frozen=True, eq=False, repr=False)
class ChainDesign(ChipDesign):
    """A memory on Loihi as a chain: as `ChipDesign`, with one `ChainLoop` a channel."""

    form = "chain"
    solved_for = "levels of comparators"

    @classmethod
    def classes(cls):
        return *super().classes(), ChainLoop, ChainCore


class ChainDesigner(Designer):
    """The steps that make a chain.

    Parameters
    ----------
    choices : Choices
    most_neurons : int, optional
        Of a core. The cores of a chain that is read by n others on the chip, each of
        which takes an output axon of each neuron, are to have 4,096 / (n + 4) or so.

    Raises
    ------
    ValidationError
        If something is chosen that a chain does not have, see `refused`.
    """

    def __init__(self, choices, most_neurons=MOST_NEURONS):
        self.most_neurons = most_neurons
        for attr, allowed in refused(choices):
            checks.fail(attr, allowed, getattr(choices, attr), ChainDesign)
        super().__init__(choices)

    def design(self):
        return ChainDesign(
            self.choices,
            self.neuron_type,
            self.expected,
            self.synapse,
            tuple(self.loops()),
        )

    def target_neurons(self, neuron_type):
        regular_twin(neuron_type)  # raises for what the chip does not have
        return comparators(self.dt)

    def target_synapse(self, synapse):
        if synapse is not None:
            return synapse
        least, most = TAU
        return nengo.Lowpass(float(np.clip(least * self.theta, least, most)))

    def mapped(self, synapse):
        return discrete_lowpass(current_pole(synapse.tau, self.dt))

    def loops(self):
        made = {}
        for channel, expected in enumerate(self.expected):
            if expected not in made:
                made[expected] = self._loop(channel, expected)
            loop = made[expected]
            values = {name: getattr(loop, name) for name in loop.__dataclass_fields__}
            yield ChainLoop(**values | {"channel": channel})

    def _loop(self, channel, expected):
        Ad, Bd, transform, inverse = chain_system(self.order, self.theta, self.dt)
        deviations, speeds, radii = self._range(channel, Ad, Bd)
        realization = Realization("ladder", transform, inverse).scaled(radii)
        Ad, Bd = Ad / radii[:, None] * radii, Bd / radii[:, None]
        pole = lowpass_pole(self.mapped_synapse, self.dt)
        recurrent = Ad - pole * np.eye(self.order)
        sizes = share(self.choices.n_neurons, self.order)
        levels = [
            [Levels.gaussian(n, r / s) for n in ((size + 1) // 2, size // 2)]
            for size, r, s in zip(sizes, radii, deviations, strict=True)
        ]
        drive = Bd[:, 0] * expected.peak
        populations = tuple(
            self._population(k, of, gain)
            for k, (of, gain) in enumerate(
                zip(levels, gains(levels, recurrent, drive), strict=True)
            )
        )
        tunings = [p.tuning for p in populations]
        weights = Weights(
            levels, tunings, recurrent, drive, pole, self.dt, self.most_neurons
        )
        return ChainLoop(
            channel,
            realization,
            populations,
            recurrent / (1 - pole),
            Bd / (1 - pole),
            tuple(weights.cores()),
            deviations / radii,
            speeds / radii,
        )

    def _range(self, channel, Ad, Bd):
        """Standard deviations of x and of its velocity, and its range."""
        freq, rms, sample = self.input_of(channel)
        if sample is None:
            freq = min(freq, 0.5 / self.dt)
            moments = (
                band_gramian(Ad, Bd, freq, rms, self.dt, derivative=k) for k in (0, 1)
            )
            deviations, speeds = (np.sqrt(np.diag(m)) for m in moments)
            return deviations, speeds, N_STD * deviations * self.choices.radii
        x = simulate(Ad, Bd, sample)
        # The onset of a sample with a mean may be the largest of all.
        radii = ROOM * np.max(np.abs(x), axis=0) * self.choices.radii
        x = x[round(self.theta / self.dt) :]
        deviations = np.sqrt(np.mean(x**2, axis=0))
        speeds = np.sqrt(np.mean(np.diff(x, axis=0) ** 2, axis=0)) / self.dt
        return deviations, speeds, radii

    def _population(self, k, levels, gain):
        """Comparators of both signs, in the order of their thresholds."""
        thresholds = np.concatenate([of.thresholds for of in levels])
        signs = np.repeat([1.0, -1.0], [len(of.values) for of in levels])
        steps = np.concatenate([np.diff(of.values, prepend=0.0) for of in levels])
        encoders = signs[:, None]
        tuning = Tuning(self.neuron_type, gain, 1 - gain * thresholds, encoders)
        decoders = (signs * steps * self.dt)[:, None]
        columns = slice(k, k + 1)
        return Population(columns, tuning, decoders, 0.0, self.neuron_type)


def form_of(choices):
    """The form in which a memory errs less on the chip: "chain" or "dense"."""
    order = choices.order
    enough = order > 1 and choices.n_neurons >= LEAST_NEURONS * order
    # A short synapse would forget what lies between levels, see `TAU`.
    tau = getattr(choices.synapse, "tau", TAU[1])
    enough = enough and tau >= min(0.1 * choices.theta, TAU[1])
    # With fewer steps a window `chain_system` has none.
    fits = order**2 <= 20 * choices.theta / choices.dt
    return "chain" if enough and fits and not any(refused(choices)) else "dense"


def comparators(dt):
    """Neurons that spike at each step at which their current is above 1."""
    return nengo.LIF(tau_rc=min(1e-5, dt / 100), tau_ref=0.0)


def refused(choices):
    """What is chosen that a chain does not have: pairs of attribute and allowed."""
    for attr in ("max_rates", "intercepts", "solver"):
        if getattr(choices, attr) is not None:
            yield attr, "None for a chain, whose neurons are comparators"
    if choices.layout != "array":
        yield "layout", "'array' for a chain"
    if choices.recorded:
        yield "recorded", "False for a chain, whose neurons are comparators"
    if choices.realization not in ("min_noise", "ladder"):
        yield "realization", "'ladder' (or the default) for a chain"
    if choices.synapse is not None and not isinstance(choices.synapse, nengo.Lowpass):
        yield "synapse", "a lowpass, the only filter of the chip"
    if choices.n_neurons < 2 * choices.order:
        yield "n_neurons", f"at least 2 for each of {choices.order} dimensions"


def _staircase(population, dt):
    """Thresholds of a population in ascending order, and the levels between them."""
    signs, steps = population.tuning.encoders[:, 0], population.decoders[:, 0] / dt
    edges = signs * (1 - population.tuning.bias) / population.tuning.gain
    order = np.argsort(edges)
    levels = np.append(0.0, np.cumsum((signs * steps)[order]))
    return edges[order], levels - levels[np.sum(edges < 0)]
