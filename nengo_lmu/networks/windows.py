"""Memories of the same input with windows of different lengths."""

from functools import partial

from nengo_lmu.networks.bank import Parallel


class Windows(Parallel):
    """Several memories of one input, each with its own window.

    Parameters
    ----------
    make : callable
        Makes a memory; called with ``theta=`` and the settings.
    fractions : list of float
        Windows as fractions of theta.
    theta : float
        Longest window in seconds.
    n_channels : int, optional
        Number of signals; each memory has all of them.
    label : str, optional
        Name of the network.
    **settings
        Further arguments of ``make``, the same for all windows.

    Attributes
    ----------
    input : nengo.Node
        Size ``n_channels``.
    state : nengo.Node
        States of the memories, window by window.
    memories : list of Memory
    n_channels : int
        Of the states: number of signals times number of windows.
    """

    trainable_theta = False

    def __init__(self, make, fractions, theta, *, n_channels=1, label=None, **settings):
        makes = [
            partial(make, theta=part * theta, n_channels=n_channels, **settings)
            for part in fractions
        ]
        super().__init__(makes, len(makes) * [slice(None)], n_channels, label)
        self.n_channels = n_channels * len(fractions)
