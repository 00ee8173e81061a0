"""Base class of memory networks: input, state, and read-outs of the window."""

import warnings

import nengo
import numpy as np
from nengo.builder import Builder, Model, Operator
from nengo.builder.network import build_network
from nengo.exceptions import SimulationError, ValidationError

from nengo_lmu import checks
from nengo_lmu.networks.range_watch import WatchRange
from nengo_lmu.theory.legendre import delay_readout


class Memory(nengo.Network):
    """A network that represents the last ``theta`` seconds of its input.

    Attributes
    ----------
    input : nengo.Node
        Size ``n_channels``.
    state : nengo.Node
        Size ``n_channels * order``: the Legendre coefficients of the windows, channel
        by channel. It follows the equation with the delay of one step that every
        synapse has in nengo: ``state[k+1] = Ad state[k] + Bd input[k]`` with the
        zero-order hold (Ad, Bd). Probe it with ``synapse=None``.
    order : int
        Number of polynomials.
    theta : float
        Window in seconds.
    n_channels : int
        Number of signals, each with its own memory.
    dt : float
        Time step of the design, in seconds. A simulation with another time step is
        refused.
    delay : int
        Steps by which the state lags the input.
    trainable_theta : bool
        Whether the window is trained.

    Examples
    --------
    >>> memory = nengo_lmu.IdealMemory(order=6, theta=1.0, n_channels=2)
    >>> memory.input.size_in, memory.state.size_out
    (2, 12)
    >>> memory.order, memory.theta, memory.dt
    (6, 1.0, 0.001)
    """

    delay = 1
    trainable_theta = False

    def __init__(
        self,
        order: int,
        theta: float,
        n_channels: int,
        dt: float,
        label: str | None,
        seed: int | None,
    ) -> None:
        order, dt = checks.order(order, obj=self), checks.dt(dt, obj=self)
        theta = checks.theta(theta, dt=dt, obj=self)
        n_channels = checks.integer(n_channels, attr="n_channels", obj=self)
        super().__init__(label=label, seed=seed)
        self._described = {
            "order": order,
            "theta": theta,
            "dt": dt,
            "n_channels": n_channels,
        }
        with self:
            self.input = nengo.Node(size_in=n_channels, label="input")
            self.state = nengo.Node(size_in=n_channels * order, label="state")

    # Read-only: the network is built for these values.
    @property
    def order(self) -> int:
        return self._described["order"]

    @property
    def theta(self) -> float:
        return self._described["theta"]

    @property
    def dt(self) -> float:
        return self._described["dt"]

    @property
    def n_channels(self) -> int:
        return self._described["n_channels"]

    def add_delay(self, seconds: float) -> nengo.Node:
        """Add a node that outputs ``input(t - seconds)``.

        Parameters
        ----------
        seconds : float
            Delay in [0, theta].

        Returns
        -------
        nengo.Node
            Size ``n_channels``.

        Examples
        --------
        >>> memory = nengo_lmu.IdealMemory(order=6, theta=1.0)
        >>> half_a_second_ago = memory.add_delay(0.5)
        """
        seconds = checks.delay(seconds, self.theta, attr="seconds", obj=self)
        readout = delay_readout(self.order, seconds / self.theta)
        return self._add_readout(readout, f"delay of {seconds:g} s")

    def add_window(self, n_points: int = 50) -> nengo.Node:
        """Add a node that outputs the whole window at evenly spaced delays.

        Parameters
        ----------
        n_points : int, optional
            Samples of a window; the first is the present, the last is theta ago.

        Returns
        -------
        nengo.Node
            Size ``n_channels * n_points``, channel by channel.

        Examples
        --------
        >>> memory = nengo_lmu.IdealMemory(order=6, theta=1.0, n_channels=2)
        >>> memory.add_window(50).size_out
        100
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
        """Convert a function of the window into a function of the state."""
        readout = self._window_readout(n_points)
        if not callable(function):
            checks.fail("function", "a function of the window", function, self)
        of_state = FunctionOfState(function, readout, self.n_channels, type(self))
        of_state.at_each(np.zeros((1, self.state.size_out)))
        return of_state


class FunctionOfState:
    """A function of the window as a function of the state.

    Parameters
    ----------
    function : callable
        Takes the window (n_points,), or (n_channels, n_points) for several channels.
    readout : (n_points, order) array
    n_channels : int
    owner : type
        Class of the memory, which is named where the function has no values.
    """

    def __init__(self, function, readout, n_channels, owner):
        self.function, self.readout, self.n_channels = function, readout, n_channels
        self.owner = owner
        self.__name__ = getattr(function, "__name__", "output")

    def __call__(self, state):
        windows = np.reshape(state, (self.n_channels, -1)) @ self.readout.T
        if self.n_channels == 1:
            windows = windows[0]
        return np.ravel(self.function(windows))

    def at_each(self, states):
        """Return the values (n, size) at states (n, n_channels * order).

        Raises
        ------
        ValidationError
            If the function fails, or does not return finite numbers, as many each time.
        """
        windows = states.reshape(len(states), self.n_channels, -1) @ self.readout.T
        if self.n_channels == 1:
            windows = windows[:, 0]
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            values = [self._of_window(window) for window in windows]
        for value in values:
            if value.dtype.kind not in "fiub" or value.size == 0:
                self._fail(f"must return numbers, returned {value!r}")
            if value.size != values[0].size:
                sizes = f"{values[0].size} and {value.size}"
                self._fail(f"must return as many numbers each time, returned {sizes}")
        values = np.array(values, dtype=float)
        for value in values[~np.all(np.isfinite(values), axis=1)]:
            returned = f"returned {value!r} for a window of the expected input"
            self._fail(f"must return finite numbers, {returned}")
        return values

    def _of_window(self, window):
        try:
            return np.ravel(self.function(window))
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            message = "must take every window of the expected input, raised"
            raise ValidationError(
                f"{message} {_one_line(reason)}", "function", self.owner
            ) from error

    def _fail(self, message):
        raise ValidationError(_one_line(message), "function", self.owner)


def _one_line(text):
    text = " ".join(text.split())
    return text if len(text) <= 160 else text[:157] + "..."


class CheckInput(Operator):
    """Raise a SimulationError if an input is not finite.

    A single NaN would make the output of a neuron NaN permanently.
    """

    only_checks = True
    """A simulator that checks its signals may drop this operator."""

    def __init__(self, signal, label):
        super().__init__(tag=f"input of {label}")
        self.sets, self.incs, self.reads, self.updates = [], [], [signal], []
        self.label = label

    def make_step(self, signals, dt, rng):
        value, label = signals[self.reads[0]], self.label

        def step():
            if not np.isfinite(value).all():
                raise SimulationError(f"the input of {label} is NaN or infinite")

        return step


@Builder.register(Memory)
def build_memory(model, memory, **kwargs):
    """Build a memory for the time step of its design."""
    check_dt(memory, model.dt)
    build_network(model, memory, **kwargs)
    if type(model) is Model:  # other backends have other operators
        label = f"{type(memory).__name__} {memory.label or ''}".strip()
        u = model.sig[memory.input]["in"]
        model.add_op(CheckInput(u, label))
        if hasattr(memory, "design"):
            state = model.sig[memory.state]["in"]
            model.add_op(WatchRange(memory.design, label, u, state))


def check_dt(memory, dt):
    """Raise a ValidationError if a memory is designed for another time step."""
    if not np.isclose(memory.dt, dt, rtol=1e-6):
        checks.fail(
            "dt",
            f"that of the simulator ({dt:g} s), on which the transforms depend",
            memory.dt,
            memory,
        )


def per_channel(matrix, n_channels):
    """Block-diagonal matrix that applies the same matrix to each channel."""
    return np.kron(np.eye(n_channels), matrix)


def seed_from_context():
    """Seed derived from the innermost enclosing network that has one, else None."""
    path = []
    for network in reversed(nengo.Network.context):
        path.append(len(network.networks))
        if network.seed is not None:
            rng = np.random.RandomState([network.seed, *path])
            return int(rng.randint(2**31 - 1))
    return None
