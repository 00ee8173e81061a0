"""Memories with windows of different lengths, in parallel."""

from functools import partial

import nengo


class Parallel(nengo.Network):
    """Memories beside one another, their states one after the other.

    Parameters
    ----------
    makes : list of callable
        Each makes a memory.
    seen : list of slice
        Inputs that each of them has.
    size_in : int
        Number of inputs.
    label : str, optional
        Name of the network.

    Attributes
    ----------
    input, state : nengo.Node
    memories : list of Memory
    """

    def __init__(self, makes, seen, size_in, label=None):
        super().__init__(label=label)
        with self:
            self.input = nengo.Node(size_in=size_in, label="input")
            self.memories = [make() for make in makes]
            first = self.memories[0]
            self.order, self.dt, self.delay = first.order, first.dt, first.delay
            size = first.state.size_out
            self.state = nengo.Node(size_in=size * len(makes), label="state")
            for k, (memory, columns) in enumerate(
                zip(self.memories, seen, strict=True)
            ):
                nengo.Connection(self.input[columns], memory.input, synapse=None)
                nengo.Connection(
                    memory.state, self.state[k * size : (k + 1) * size], synapse=None
                )

    @property
    def theta(self):
        """Windows of the memories, in seconds."""
        return [memory.theta for memory in self.memories]


class Bank(Parallel):
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
        n = len(thetas)
        makes = [partial(make, theta=theta) for theta in thetas]
        super().__init__(makes, [slice(k, k + 1) for k in range(n)], n, label)
        self.n_channels, self.trainable_theta = n, self.memories[0].trainable_theta
