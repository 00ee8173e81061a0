"""Networks in networks."""

import nengo


def networks_of(network, kind=nengo.Network):
    """The networks of a kind in a network, itself included."""
    return [each for each in (network, *network.all_networks) if isinstance(each, kind)]
