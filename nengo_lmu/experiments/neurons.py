"""Neuron types by the names that the command line and the tables use."""

import nengo

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


def neuron(name):
    """The neuron type of a name.

    Raises
    ------
    ValidationError
        If there is none of that name, with the closest match.
    """
    return lookup("neuron", name, NEURONS)
