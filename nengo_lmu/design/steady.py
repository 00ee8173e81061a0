"""LIF neurons that never fall silent, and are all different."""

from dataclasses import dataclass
from functools import partial

import nengo
import numpy as np

from nengo_lmu.design.counted import counted_loops
from nengo_lmu.design.interleaved import REFRACTORY
from nengo_lmu.design.pairs import group_tuning
from nengo_lmu.design.phases import in_phase

RANGES = ((-2.5, -1.3, 200.0, 450.0), (-5.0, -2.0, 150.0, 350.0))
"""Ranges of intercepts, and of rates at the end of the range in Hz, that are tried."""


@dataclass(frozen=True)
class Steady:
    """LIF neurons that fire at all expected values, no two pairs of them alike.

    For `nengo.LIF`, in memories that are so fast that alike neurons do not stay in
    turn: their rhythm comes back to them through the loop, and they fire in step within
    half a second.
    """

    alike = False

    def loops(self, designer):
        """The loops of all channels, see `Designer.loops`."""
        return counted_loops(self, designer)

    @staticmethod
    def suits(neuron_type):
        """Whether a strategy is for neurons of this type."""
        return type(neuron_type) is nengo.LIF

    @staticmethod
    def candidates(designer, n):
        """Tuning curves and sizes of groups that come into question."""
        kind = designer.neuron_type
        slower = REFRACTORY / max(kind.tau_ref, 2 * designer.dt, REFRACTORY)
        even = (np.arange(n // 2) + 0.5) / (n // 2)

        def pairs(low, high, slow, fast):
            intercepts = low + (high - low) * designer.rng.permutation(even)
            rates = slow + (fast - slow) * designer.rng.permutation(even)
            return group_tuning(kind, slower * rates, intercepts), np.ones(n // 2)

        return [partial(pairs, *ranges) for ranges in RANGES]

    @staticmethod
    def start(designer, population, places):
        """Spikes spread over the neurons' intervals at random."""
        return in_phase(population.tuning, designer.rng, designer.dt)
