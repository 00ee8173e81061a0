"""The ideal memory, without neurons."""

from collections.abc import Callable

import nengo
import numpy as np
from numpy.typing import ArrayLike, NDArray

from nengo_lmu.networks.memory import Memory, per_channel
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize


class IdealMemory(Memory):
    """Exact discrete memory without neurons; its only error is that of finite order.

    It has the same inputs and outputs as `SpikingMemory` and can replace it.

    Parameters
    ----------
    order : int
        Number of Legendre polynomials, 1 to 1000. A window can contain about
        order / pi periods of a sine.
    theta : float
        Window in seconds, at least two time steps.
    n_channels : int, optional
        Number of signals, each with its own memory.
    dt : float, optional
        Time step of the simulation, in seconds.
    label : str, optional
        Name of the network.

    Raises
    ------
    ValidationError
        If an argument is out of its range.

    Examples
    --------
    >>> with nengo.Network() as model:
    ...     stimulus = nengo.Node(lambda t: np.sin(2 * np.pi * t))
    ...     memory = nengo_lmu.IdealMemory(order=6, theta=1.0)
    ...     _ = nengo.Connection(stimulus, memory.input, synapse=None)
    ...     delayed = nengo.Probe(memory.add_delay(0.25))
    >>> with nengo.Simulator(model, progress_bar=False) as simulator:
    ...     simulator.run(1.5)
    >>> round(float(simulator.data[delayed][-1, 0]), 1)  # the sine at 1.25 s
    1.0
    """

    def __init__(
        self,
        order: int,
        theta: float,
        *,
        n_channels: int = 1,
        dt: float = 0.001,
        label: str | None = None,
    ) -> None:
        super().__init__(order, theta, n_channels, dt, label, seed=None)
        Ad, Bd = discretize(*state_space(self.order, self.theta), self.dt)
        hold = nengo.LinearFilter([1.0], [1.0, 0.0], analog=False)  # one step of delay
        with self:
            nengo.Connection(
                self.input,
                self.state,
                transform=per_channel(Bd, self.n_channels),
                synapse=hold,
            )
            nengo.Connection(
                self.state,
                self.state,
                transform=per_channel(Ad, self.n_channels),
                synapse=hold,
            )

    def add_output(
        self, function: Callable[[NDArray], ArrayLike], n_points: int = 50
    ) -> nengo.Node:
        """Add a node that outputs a function of the window, computed exactly.

        Parameters
        ----------
        function : callable
            Takes the window, an array (n_points,), or (n_channels, n_points) for
            several channels, and returns a number or an array.
        n_points : int, optional
            Samples of the window; the first is the present, the last is theta ago.

        Returns
        -------
        nengo.Node

        Examples
        --------
        >>> memory = nengo_lmu.IdealMemory(order=6, theta=1.0)
        >>> memory.add_output(lambda window: [window.min(), window.max()]).size_out
        2
        """
        of_state = self._window_function(function, n_points)
        with self:
            node = nengo.Node(
                _AtEachStep(of_state),
                size_in=self.state.size_out,
                size_out=len(of_state(np.zeros(self.state.size_out))),
                label=of_state.__name__,
            )
            nengo.Connection(self.state, node, synapse=None)
        return node


class _AtEachStep:
    """A function of the state as a node output that can be pickled."""

    def __init__(self, of_state):
        self.of_state = of_state

    def __call__(self, t, state):
        return self.of_state(state)
