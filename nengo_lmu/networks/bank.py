"""Memories with windows of different lengths, in parallel."""

import nengo


class Bank(nengo.Network):
    """One memory per channel, each with its own window.

    Parameters
    ----------
    make : callable
        Makes the memory of a channel; called with ``theta=``.
    thetas : list of float
        Window of each channel, in seconds.
    label : str, optional
        Name of the network.

    Attributes
    ----------
    input, state : nengo.Node
        As in one memory with as many channels.
    memories : list of Memory
    """

    def __init__(self, make, thetas, label=None):
        super().__init__(label=label)
        with self:
            self.memories = [make(theta=theta) for theta in thetas]
            first = self.memories[0]
            self.order, self.dt, self.delay = first.order, first.dt, first.delay
            self.trainable_theta = first.trainable_theta
            self.n_channels = len(thetas)
            self.input = nengo.Node(size_in=self.n_channels, label="input")
            self.state = nengo.Node(size_in=self.n_channels * self.order, label="state")
            for k, memory in enumerate(self.memories):
                columns = slice(k * self.order, (k + 1) * self.order)
                nengo.Connection(self.input[k], memory.input, synapse=None)
                nengo.Connection(memory.state, self.state[columns], synapse=None)

    @property
    def theta(self):
        """Windows of the channels, in seconds."""
        return [memory.theta for memory in self.memories]
