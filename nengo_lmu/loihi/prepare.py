"""What a network must be for the chip, said before it is built."""

import nengo

from nengo_lmu import checks
from nengo_lmu.loihi import compatibility as compat_loihi

nengo_loihi = compat_loihi.load()

ON_CHIP = (nengo.LIF, nengo.SpikingRectifiedLinear, nengo.RegularSpiking)


def check(network):
    """Refuse neurons that the chip does not have.

    nengo-loihi says nothing of AdaptiveLIF neurons and builds them without their
    adaptation; of others it says so after minutes of building.

    Parameters
    ----------
    network : nengo.Network

    Raises
    ------
    ValidationError
        With the ensemble, its neuron type and what to do.
    """
    place = nengo_loihi.splitter.HostChipSplit(network)
    for ensemble in network.all_ensembles:
        kind = ensemble.neuron_type
        known = isinstance(kind, ON_CHIP) and not isinstance(kind, nengo.AdaptiveLIF)
        if place.on_chip(ensemble) and not known:
            checks.fail(
                "neuron_type",
                "LIF, SpikingRectifiedLinear or RegularSpiking on the chip "
                "(SpikingMemory(..., on_chip=True) takes the regular twins of Poisson "
                "neurons)",
                kind,
                ensemble,
            )
