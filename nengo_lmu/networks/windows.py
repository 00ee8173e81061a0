"""Memories of the same input with windows of different lengths."""

import nengo


class Windows(nengo.Network):
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
        super().__init__(label=label)
        with self:
            self.input = nengo.Node(size_in=n_channels, label="input")
            self.memories = [
                make(theta=part * theta, n_channels=n_channels, **settings)
                for part in fractions
            ]
            first = self.memories[0]
            self.order, self.dt, self.delay = first.order, first.dt, first.delay
            self.n_channels = n_channels * len(fractions)
            size = first.state.size_out
            self.state = nengo.Node(size_in=size * len(fractions), label="state")
            for k, memory in enumerate(self.memories):
                nengo.Connection(self.input, memory.input, synapse=None)
                nengo.Connection(
                    memory.state, self.state[k * size : (k + 1) * size], synapse=None
                )

    @property
    def theta(self):
        """Windows, in seconds."""
        return [memory.theta for memory in self.memories]
