"""Neuron types by the names that the command line and the tables use."""

import nengo
from nengo.exceptions import ValidationError

from nengo_lmu.names import lookup

NEURONS = {
    "poisson": nengo.PoissonSpiking(nengo.LIFRate()),
    "poisson-rectified": nengo.PoissonSpiking(nengo.RectifiedLinear()),
    "lif": nengo.LIF(),
    "regular": nengo.RegularSpiking(nengo.LIFRate()),
    "rectified": nengo.SpikingRectifiedLinear(),
    "stochastic": nengo.StochasticSpiking(nengo.LIFRate()),
    "rate": nengo.LIFRate(),
    "rectified-rate": nengo.RectifiedLinear(),
}


RANDOM = ("poisson", "poisson-rectified", "stochastic")


def neuron(name, chip=False):
    """Return the neuron type of a name.

    Raises
    ------
    ValidationError
        If there is none of that name, with the closest match; or, on a chip, if it is
        not a spiking type or a random one, which a chip does not have.
    """
    neuron_type = lookup("neuron_type", name, NEURONS)
    if chip and (name in RANDOM or not neuron_type.spiking):
        allowed = [k for k, kind in NEURONS.items() if kind.spiking and k not in RANDOM]
        raise ValidationError(
            f"must be one of {', '.join(allowed)} on a chip, got {name!r}",
            "neuron_type",
        )
    return neuron_type
