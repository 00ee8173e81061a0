"""Time-interleaved populations: alike neurons that fire in turn."""

from dataclasses import dataclass
from functools import partial

import nengo
import numpy as np

from nengo_lmu.design.counted import counted_loops
from nengo_lmu.design.pairs import group_tuning
from nengo_lmu.design.phases import at_phases

RATE = 300.0
"""Rate of rectified neurons at the end of the range, in Hz."""

RECTIFIED = (0.0, -2.2, -2.6)
"""Intercepts of rectified neurons that are tried: silent for half of the values, or for
none. Between them groups fall silent now and then, which costs most."""

CURVED = ((-2.2, 158.0, 0.82), (-1.93, 300.0, 0.18))
"""Two pairs of LIFRate neurons whose sum is straight: intercept, rate at the end of the
range, part of the neurons. The second pair is bent more, and gets negative weights."""

SINGLE = (-2.2, -3.0, -4.0)
"""Intercepts of a single pair of LIFRate neurons that are tried, for heavy tails."""

SINGLE_RATE = 165.0

LIF = (-2.2, -4.0, -7.5)
"""Intercepts of a single pair of LIF neurons that are tried. Two pairs as CURVED err up
to 60 % less, and fire in step for good after a burst."""

LIF_RATE = 230.0

RHYTHM = 0.003
"""Largest part of its rhythm that may come back in step to LIF neurons, as
`LoopGain.rhythm` gives it. More of it draws them into step, the later the smaller it
is. Measured with 50 neurons a dimension, noise to order / (10 windows): the error of 40
windows is that of 10 at 0.001 (order 16), four times that at 0.005 (order 20)."""

REFRACTORY = 0.002
"""Refractory time for which the rates of LIF neurons stand here, in seconds."""

RATE_MODELS = nengo.LIFRate, nengo.RectifiedLinear, nengo.Sigmoid
"""Rate models for which groups are laid out: exactly these."""


@dataclass(frozen=True)
class Interleaved:
    """Pairs of groups of alike neurons, those of a group at evenly spaced phases.

    Neurons of a group see the same current, so that they stay in turn, and the count of
    all their spikes is never off by more than one: the error falls with their number,
    not its root. A group is a sigma-delta modulator made of many slow neurons. They
    never fall silent within the expected range, unless that costs less.

    For `nengo.SpikingRectifiedLinear` and `nengo.RegularSpiking`; and for `nengo.LIF`
    as far as little of their rhythm comes back to them, see `LoopGain.rhythm`.

    Parameters
    ----------
    max_rate, intercept : float, optional
        Rate in Hz and intercept of a single pair. By default one or two pairs are
        chosen that are expected to err least.
    """

    max_rate: float | None = None
    intercept: float | None = None

    alike = True

    def loops(self, designer):
        """The loops of all channels, see `Designer.loops`."""
        return counted_loops(self, designer)

    @staticmethod
    def suits(neuron_type):
        """Whether neurons of a type stay in turn."""
        if type(neuron_type) is nengo.RegularSpiking:
            return type(neuron_type.base_type) in RATE_MODELS
        return type(neuron_type) in (nengo.SpikingRectifiedLinear, nengo.LIF)

    @staticmethod
    def stays(designer):
        """Whether LIF neurons are expected to stay in turn in this memory."""
        kind, layouts = designer.neuron_type, designer.layouts.values()
        return all(stay_in_turn(kind, layout.gain) for layout in layouts)

    def candidates(self, designer, n):
        """Tuning curves and sizes of groups that come into question."""

        def groups(parts):
            intercepts, rates, shares = np.transpose(parts)
            sizes = np.maximum(np.round(shares * (n // 2)), 1)
            sizes[0] += n // 2 - np.sum(sizes)
            return group_tuning(designer.neuron_type, rates, intercepts), sizes

        tried = self._candidates(designer.neuron_type)
        return [partial(groups, parts) for parts in tried]

    def _candidates(self, neuron_type):
        base = getattr(neuron_type, "base_type", neuron_type)
        straight = isinstance(base, nengo.RectifiedLinear)
        spiking = isinstance(base, nengo.LIF)
        slower = _slower(base)
        rate = RATE if straight else LIF_RATE if spiking else SINGLE_RATE
        rate = rate * slower if self.max_rate is None else self.max_rate
        intercepts = RECTIFIED if straight else LIF if spiking else SINGLE
        if self.intercept is not None:
            intercepts = (self.intercept,)
        single = [[(c, rate, 1.0)] for c in intercepts]
        given = self.max_rate is not None or self.intercept is not None
        if straight or spiking or given:
            return single
        return [[(c, rate * slower, part) for c, rate, part in CURVED], *single]

    def start(self, designer, population, places):
        """The type with voltages in turn, from a common phase at random."""
        kind = population.neuron_type
        phases = (places + designer.rng.rand()) % 1
        if type(kind) is nengo.LIF:
            return at_phases(population.tuning, phases, designer.dt)
        state = {"voltage": phases}
        if type(kind) is nengo.RegularSpiking:
            return nengo.RegularSpiking(
                kind.base_type, amplitude=kind.amplitude, initial_state=state
            )
        return nengo.SpikingRectifiedLinear(
            amplitude=kind.amplitude, initial_state=state
        )


def stay_in_turn(kind, gain):
    """Whether alike neurons of a type stay in turn in a loop, for a `LoopGain`."""
    return type(kind) is not nengo.LIF or gain.rhythm(LIF_RATE * _slower(kind)) < RHYTHM


def _slower(kind):
    """Factor of the rates of neurons with this refractory time."""
    return REFRACTORY / max(getattr(kind, "tau_ref", 0.0), REFRACTORY)
