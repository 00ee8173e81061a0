"""Neurons whose tuning curves are drawn at random."""

from dataclasses import dataclass

from nengo_lmu.design.loops import Population
from nengo_lmu.design.phases import in_phase


@dataclass(frozen=True)
class Drawn:
    """Tuning curves at random, decoders that weigh distortion against white noise.

    For any neuron type and layout, and for rates, intercepts and solvers of one's own.
    """

    def loops(self, designer):
        """The loops of all channels, see `Designer.loops`."""
        realizations = {
            expected: designer.realization(expected)
            for expected in dict.fromkeys(designer.expected)
        }
        for channel, expected in enumerate(designer.expected):
            realization = realizations[expected]
            responses = designer.responses(channel, realization)
            populations = []
            for columns, n in designer.shares(designer.choices.n_neurons):
                tuning = designer.tuning(n, columns.stop - columns.start)
                given = responses.of(tuning, columns)
                decoders, lead = designer.decode(tuning, *given)
                kind = in_phase(tuning, designer.rng, designer.dt)
                populations.append(Population(columns, tuning, decoders, lead, kind))
            yield designer.close(channel, realization, populations)
