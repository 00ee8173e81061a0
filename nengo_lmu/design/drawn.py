"""Neurons whose tuning curves are drawn at random."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from nengo_lmu.design.loops import Population
from nengo_lmu.design.phases import in_phase
from nengo_lmu.design.tuning import N_STD, is_straight

RARE = 1e-4
"""Part of a sample's values that may lie where a Gaussian one has as many."""


@dataclass(frozen=True)
class Drawn:
    """Tuning curves at random, decoders that weigh distortion against white noise.

    For any neuron type and layout, and for rates, intercepts and solvers of one's own.
    Intercepts and range follow the distribution of a sample, which often rests and
    sometimes peaks, unless ``intercepts`` are given.
    """

    def loops(self, designer):
        """The loops of all channels, see `Designer.loops`."""
        coordinates = {
            expected: _coordinates(designer, expected)
            for expected in dict.fromkeys(designer.expected)
        }
        for channel, expected in enumerate(designer.expected):
            realization, values = coordinates[expected]
            responses = designer.responses(channel, realization)
            populations = []
            for columns, n in designer.shares(designer.choices.n_neurons):
                tuning = designer.tuning(n, columns.stop - columns.start, values)
                given = responses.of(tuning, columns)
                decoders, lead = designer.decode(tuning, *given)
                kind = in_phase(tuning, designer.rng, designer.dt)
                populations.append(Population(columns, tuning, decoders, lead, kind))
            yield designer.close(channel, realization, populations)


def _coordinates(designer, expected):
    """The realization, and values of a sample in it; None for Gaussian ones.

    The range is larger by as much as rare values are than Gaussian ones.
    """
    realization, choices = designer.realization(expected), designer.choices
    own = choices.intercepts is not None or choices.layout == "single"
    own = own or is_straight(designer.neuron_type)  # which have no end of their range
    if expected.states is None or own:
        return realization, None
    values = np.ravel(expected.states @ realization.transform.T)
    values = np.concatenate([values, -values])  # encoders have both signs
    gaussian = -ndtri(RARE / 2) / N_STD
    room = max(1.0, np.quantile(values, 1 - RARE / 2) / gaussian)
    return realization.scaled(np.full(designer.order, room)), values / room
