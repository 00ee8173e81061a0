"""A memory whose state is computed in advance."""

from nengo_lmu.networks.memory import Memory


class GivenState(Memory):
    """Placeholder for a memory whose state is given as data.

    It is used in training, with the states of whole sequences from
    `nengo_lmu.theory.states`. Set the values of ``state``; ``input`` is not connected.
    It has no dynamics, so a network with it needs only one step per sample.

    Parameters
    ----------
    order : int
        Number of Legendre polynomials.
    theta : float
        Window in seconds.
    n_channels : int, optional
        Number of signals, each with its own memory.
    dt : float, optional
        Time step in seconds.
    label : str, optional
        Name of the network.
    """

    delay = 0

    def __init__(self, order, theta, *, n_channels=1, dt=0.001, label=None):
        super().__init__(order, theta, n_channels, dt, label, seed=None)
