"""What every memory network has: input, state, and read-outs of the window."""

import nengo
import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu import checks
from nengo_lmu.theory.legendre import delay_readout


class Memory(nengo.Network):
    """A network that holds the last ``theta`` seconds of its input.

    Attributes
    ----------
    input : nengo.Node
        Size ``n_channels``.
    state : nengo.Node
        Size ``n_channels * order``: the Legendre coefficients of the windows, one
        channel after the other. It follows the equation with the one step of delay
        that nengo gives to every synapse: ``state[k+1] = Ad state[k] + Bd input[k]``
        with the zero-order hold (Ad, Bd). Probe it with ``synapse=None``; it needs no
        further filter.
    order : int
        Number of polynomials.
    theta : float
        Window in seconds.
    n_channels : int
        Signals, each with a memory of its own.
    dt : float
        Time step that the network was mapped for, in seconds; simulate it with this.
    delay : int
        Steps by which the state follows the input.
    trainable_theta : bool
        Whether the window is trained.
    """

    delay = 1
    trainable_theta = False

    def __init__(self, order, theta, n_channels, dt, label, seed):
        super().__init__(label=label, seed=seed)
        self.order = checks.order(order, obj=self)
        self.dt = checks.dt(dt, obj=self)
        self.theta = checks.theta(theta, dt=self.dt, obj=self)
        self.n_channels = checks.integer(n_channels, attr="n_channels", obj=self)
        with self:
            self.input = nengo.Node(size_in=self.n_channels, label="input")
            size = self.n_channels * self.order
            self.state = nengo.Node(size_in=size, label="state")

    def add_delay(self, seconds):
        """A node that says ``input(t - seconds)``.

        Parameters
        ----------
        seconds : float
            In [0, theta].

        Returns
        -------
        nengo.Node
            Size ``n_channels``.
        """
        seconds = checks.delay(seconds, self.theta, attr="seconds", obj=self)
        readout = delay_readout(self.order, seconds / self.theta)
        return self._add_readout(readout, f"delay of {seconds:g} s")

    def add_window(self, n_points=50):
        """A node with the whole window, sampled at equal distances.

        Parameters
        ----------
        n_points : int, optional
            Samples of a window; the first is the present, the last is theta ago.

        Returns
        -------
        nengo.Node
            Size ``n_channels * n_points``, one channel after the other.
        """
        return self._add_readout(self._window_readout(n_points), "window")

    def _window_readout(self, n_points):
        n_points = checks.integer(n_points, 2, attr="n_points", obj=self)
        return delay_readout(self.order, np.linspace(0, 1, n_points))

    def _add_readout(self, readout, label):
        transform = per_channel(readout, self.n_channels)
        with self:
            node = nengo.Node(size_in=len(transform), label=label)
            nengo.Connection(self.state, node, transform=transform, synapse=None)
        return node

    def _window_function(self, function, n_points):
        """A function of the window as one of the state; and the size of its value."""
        readout = self._window_readout(n_points)
        if not callable(function):
            checks.fail("function", "a function of the window", function, self)

        def of_state(state):
            windows = state.reshape(self.n_channels, self.order) @ readout.T
            return np.ravel(function(windows[0] if self.n_channels == 1 else windows))

        value = of_state(np.zeros(self.state.size_out))
        if value.dtype.kind not in "fiub" or value.size == 0:
            raise ValidationError(
                f"must return numbers, returned {value!r}", "function", self
            )
        return of_state, value.size


def per_channel(matrix, n_channels):
    """The block-diagonal matrix that does the same to each channel."""
    return np.kron(np.eye(n_channels), matrix)


def seed_from_context():
    """A seed from that of the innermost enclosing network that has one, else None."""
    path = []
    for network in reversed(nengo.Network.context):
        path.append(len(network.networks))
        if network.seed is not None:
            rng = np.random.RandomState([network.seed, *path])
            return int(rng.randint(2**31 - 1))
    return None
