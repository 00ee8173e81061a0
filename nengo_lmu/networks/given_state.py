"""A memory whose state comes from outside, computed beforehand."""

from nengo_lmu.networks.memory import Memory


class GivenState(Memory):
    """The place of a memory in a network that is fed with its state.

    For training: the states of whole sequences are known at once, from
    `nengo_lmu.theory.states`. Set the values of ``state``; ``input`` leads nowhere. No
    time passes in it, so a network with it needs no more than one step.

    Parameters
    ----------
    order : int
        Number of Legendre polynomials.
    theta : float
        Window in seconds.
    n_channels : int, optional
        Signals, each with a memory of its own.
    dt : float, optional
        Time step in seconds.
    label : str, optional
        Name of the network.
    """

    delay = 0

    def __init__(self, order, theta, *, n_channels=1, dt=0.001, label=None):
        super().__init__(order, theta, n_channels, dt, label, seed=None)
