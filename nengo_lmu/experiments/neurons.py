"""Neuron types by the names that the command line and the tables use."""

import nengo
from nengo.exceptions import ValidationError

from nengo_lmu.names import lookup

NEURONS = {
    "poisson": nengo.PoissonSpiking(nengo.LIFRate()),
    "lif": nengo.LIF(),
    "regular": nengo.RegularSpiking(nengo.LIFRate()),
    "rectified": nengo.SpikingRectifiedLinear(),
    "stochastic": nengo.StochasticSpiking(nengo.LIFRate()),
    "rate": nengo.LIFRate(),
    "rectified-rate": nengo.RectifiedLinear(),
}


RANDOM = ("poisson", "stochastic")


def neuron(name, on_chip=False):
    """The neuron type of a name.

    Raises
    ------
    ValidationError
        If there is none of that name, with the closest match; or none on a chip, whose
        neurons do not spike at random: a table should not call them so.
    """
    neuron_type = lookup("neuron", name, NEURONS)
    if on_chip and (name in RANDOM or not neuron_type.spiking):
        allowed = [k for k, kind in NEURONS.items() if kind.spiking and k not in RANDOM]
        raise ValidationError(
            f"must be one of {', '.join(allowed)} on a chip, got {name!r}", "neuron"
        )
    return neuron_type
