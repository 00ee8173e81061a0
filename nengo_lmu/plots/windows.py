"""Plots of the window that a memory represents, and of its state."""

from typing import Any

import numpy as np
from nengo.exceptions import ValidationError
from numpy.typing import ArrayLike

from nengo_lmu import checks, report
from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.plots.axes import axes_of
from nengo_lmu.theory.legendre import delay_readout

NEURONS = report.CYCLE[1]
"""Color of what neurons represent."""

IDEAL = {"ls": "--", "lw": 1.2, "color": report.INK, "label": "ideal memory"}
IDEAL |= {"zorder": 3}  # a line that is close to it would hide it


def window(
    state: ArrayLike,
    u: ArrayLike | None = None,
    *,
    theta: float,
    at: float | None = None,
    dt: float = 0.001,
    lag: int = 1,
    ideal: ArrayLike | None = None,
    label: str = "neurons",
    color: str = NEURONS,
    ax: Any = None,
) -> Any:
    """Plot the window at one instant: the signal, the ideal memory, the neurons.

    The past is on the left, the present on the right.

    Parameters
    ----------
    state : (n_steps, order) array_like
        Probed state of a memory of one channel, in Legendre coordinates. Of several
        channels, pass the columns of one.
    u : (n_steps,) array_like, optional
        Input of the memory. Without it only the state is drawn, which adds a memory to
        a plot.
    theta : float
        Window in seconds.
    at : float, optional
        Time in seconds. By default that with most of the signal in the window, or the
        end if there is no ``u``.
    dt : float, optional
        Time step in seconds.
    lag : int, optional
        Steps by which the state lags the input: 1 for a probed state.
    ideal : (n_steps, order) array_like, optional
        State of the ideal memory, for an input that is not exactly ``u``; by default
        `nengo_lmu.evaluation.error.ideal_state` of ``u``.
    label, color : str, optional
        Of the line of the neurons.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Horizontally seconds from the present, vertically values in units of the input.

    Raises
    ------
    ValidationError
        If shapes do not match, or ``at`` is not a time of the run.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from nengo_lmu import plots
    >>> with nengo.Network(seed=0) as model:
    ...     stimulus = nengo.Node(nengo.processes.WhiteSignal(10, high=1, seed=1))
    ...     memory = nengo_lmu.SpikingMemory(600, 6, theta=1.0, freq=1.0)
    ...     _ = nengo.Connection(stimulus, memory.input, synapse=None)
    ...     u, state = nengo.Probe(stimulus), nengo.Probe(memory.state)
    >>> with nengo_lmu.Simulator(model, progress_bar=False) as simulator:
    ...     simulator.run(4.0)
    >>> u, state = simulator.data[u], simulator.data[state]
    >>> _ = plots.window(state, u, theta=1.0)
    """
    data = _Data(state, u, theta, dt, lag, ideal)
    now = data.strongest() if at is None else data.step(at)
    ago = np.linspace(0, data.theta, 600)
    readout = delay_readout(data.order, ago / data.theta)

    def draw(ax):
        if data.u is not None:
            n = round(data.theta / dt)
            last = now + 1 - lag
            seen = np.concatenate([np.zeros(n), data.u[: max(last, 0)]])[-n:]
            times = dt * np.arange(1 - n, 1)
            ax.plot(times, seen, color=report.GREY, lw=3, label="signal")
            exact = readout @ data.ideal[now]
            ax.plot(-ago, exact, **IDEAL)
        ax.plot(-ago, readout @ data.state[now], color=color, label=label)
        ax.set(xlabel=f"time before t = {dt * (now + 1):.2f} s (s)", ylabel="signal")

    return axes_of(draw, ax)


def delay(
    state: ArrayLike,
    u: ArrayLike | None = None,
    *,
    theta: float,
    seconds: float | None = None,
    dt: float = 0.001,
    lag: int = 1,
    ideal: ArrayLike | None = None,
    label: str = "neurons",
    color: str = NEURONS,
    ax: Any = None,
) -> Any:
    """Plot the input of some time ago, as it is read from a state, over time.

    Parameters
    ----------
    state, u, theta, dt, lag, ideal, label, color, ax
        As of `window`.
    seconds : float, optional
        The delay, half a window by default.

    Returns
    -------
    matplotlib.axes.Axes
        Horizontally time in seconds, from the first full window on; vertically values
        in units of the input.

    Raises
    ------
    ValidationError
        If shapes do not match, or the delay is not in [0, theta].

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from nengo_lmu import plots
    >>> with nengo.Network(seed=0) as model:
    ...     stimulus = nengo.Node(nengo.processes.WhiteSignal(10, high=1, seed=1))
    ...     memory = nengo_lmu.SpikingMemory(600, 6, theta=1.0, freq=1.0)
    ...     _ = nengo.Connection(stimulus, memory.input, synapse=None)
    ...     u, state = nengo.Probe(stimulus), nengo.Probe(memory.state)
    >>> with nengo_lmu.Simulator(model, progress_bar=False) as simulator:
    ...     simulator.run(4.0)
    >>> u, state = simulator.data[u], simulator.data[state]
    >>> _ = plots.delay(state, u, theta=1.0, seconds=0.25)
    """
    data = _Data(state, u, theta, dt, lag, ideal)
    seconds = data.theta / 2 if seconds is None else seconds
    seconds = checks.delay(seconds, data.theta, attr="seconds")
    readout = delay_readout(data.order, seconds / data.theta)[0]
    first = data.first()
    times = dt * np.arange(first + 1, len(data.state) + 1)

    def draw(ax):
        if data.u is not None:
            shift = lag + round(seconds / dt)
            past = np.concatenate([np.zeros(shift), data.u])[first : len(data.u)]
            ax.plot(times, past, color=report.GREY, lw=3, label="signal")
            exact = data.ideal[first:] @ readout
            ax.plot(times, exact, **IDEAL)
        ax.plot(times, data.state[first:] @ readout, color=color, label=label)
        ax.set(xlabel="time (s)", ylabel=f"signal, {seconds:.3g} s ago")

    return axes_of(draw, ax)


def error_over_delay(
    state: ArrayLike,
    u: ArrayLike,
    *,
    theta: float,
    dt: float = 0.001,
    lag: int = 1,
    ideal: ArrayLike | None = None,
    label: str = "neurons",
    color: str | None = None,
    ax: Any = None,
) -> Any:
    """Plot the error of each delay of the window against that of the ideal memory.

    Parameters
    ----------
    state, u, theta, dt, lag, ideal, label, color, ax
        As of `window`.

    Returns
    -------
    matplotlib.axes.Axes
        Horizontally the delay in seconds; vertically, in a logarithmic scale, the root
        mean square of the error from the first full window on, in units of the input.

    Raises
    ------
    ValidationError
        If shapes do not match.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from nengo_lmu import plots
    >>> with nengo.Network(seed=0) as model:
    ...     stimulus = nengo.Node(nengo.processes.WhiteSignal(10, high=1, seed=1))
    ...     memory = nengo_lmu.SpikingMemory(600, 6, theta=1.0, freq=1.0)
    ...     _ = nengo.Connection(stimulus, memory.input, synapse=None)
    ...     u, state = nengo.Probe(stimulus), nengo.Probe(memory.state)
    >>> with nengo_lmu.Simulator(model, progress_bar=False) as simulator:
    ...     simulator.run(4.0)
    >>> u, state = simulator.data[u], simulator.data[state]
    >>> _ = plots.error_over_delay(state, u, theta=1.0)
    """
    data = _Data(state, u, theta, dt, lag, ideal)
    fractions = np.linspace(0, 1, 201)
    error = (data.state - data.ideal)[data.first() :]
    error = error @ delay_readout(data.order, fractions).T
    rms = np.sqrt(np.mean(error**2, axis=0))

    def draw(ax):
        ax.plot(data.theta * fractions, rms, color=color, label=label)
        ax.set(xlabel="delay (s)", ylabel="RMS error", yscale="log")

    return axes_of(draw, ax)


def state(
    state: ArrayLike,
    u: ArrayLike | None = None,
    *,
    theta: float,
    dt: float = 0.001,
    lag: int = 1,
    ideal: ArrayLike | None = None,
    ax: Any = None,
) -> Any:
    """Plot the Legendre coefficients over time, one above the other.

    Parameters
    ----------
    state, u, theta, dt, lag, ideal, ax
        As of `window`. With ``u``, the state of the ideal memory is drawn as well.

    Returns
    -------
    matplotlib.axes.Axes
        Horizontally time in seconds, vertically a row for each coefficient, the first
        at the top; all rows have the same scale.

    Raises
    ------
    ValidationError
        If shapes do not match.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from nengo_lmu import plots
    >>> with nengo.Network(seed=0) as model:
    ...     stimulus = nengo.Node(nengo.processes.WhiteSignal(10, high=1, seed=1))
    ...     memory = nengo_lmu.SpikingMemory(600, 6, theta=1.0, freq=1.0)
    ...     _ = nengo.Connection(stimulus, memory.input, synapse=None)
    ...     u, state = nengo.Probe(stimulus), nengo.Probe(memory.state)
    >>> with nengo_lmu.Simulator(model, progress_bar=False) as simulator:
    ...     simulator.run(4.0)
    >>> u, state = simulator.data[u], simulator.data[state]
    >>> _ = plots.state(state, u, theta=1.0)
    """
    data = _Data(state, u, theta, dt, lag, ideal)
    times = dt * np.arange(1, len(data.state) + 1)
    rows = -np.arange(data.order)
    distance = 1.2 * np.max(np.ptp(data.state, axis=0)) or 1.0

    def draw(ax):
        lines = ax.plot(times, data.state / distance + rows)
        for line, color in zip(lines, report.shades(data.order), strict=True):
            line.set_color(color)
        lines[-1].set_label("neurons")
        if data.u is not None:
            exact = data.ideal / distance + rows
            for line in ax.plot(times, exact, **IDEAL)[1:]:
                line.set_label(None)
        ax.set_yticks(rows, [str(-row) for row in rows])
        ax.set(xlabel="time (s)", ylabel="Legendre coefficient")

    return axes_of(draw, ax, (7, min(1.5 + 0.5 * data.order, 10)))


class _Data:
    """A state, and the input and ideal state that belong to it, if there are any."""

    def __init__(self, state, u, theta, dt, lag, ideal):
        self.state = checks.array(state, "state")
        if self.state.ndim != 2 or self.state.size == 0:
            checks.fail("state", "an array (n_steps, order)", self.state)
        n_steps, self.order = self.state.shape
        self.theta, self.dt, self.lag = checks.theta(theta, checks.dt(dt)), dt, lag
        self.u = self.ideal = None
        if u is None:
            return
        self.u = checks.array(u, "u")
        if self.u.size != n_steps or len(self.u) != n_steps:
            checks.fail("u", f"one channel of {n_steps} steps, as the state", self.u)
        self.u = self.u.ravel()
        if ideal is None:
            ideal = ideal_state(self.u, self.order, theta, dt)
        ideal = checks.array(ideal, "ideal")
        if ideal.shape != self.state.shape:
            checks.fail("ideal", f"an array {self.state.shape}, as the state", ideal)
        self.ideal = np.vstack([np.zeros((lag, self.order)), ideal])[:n_steps]

    def first(self):
        """First step whose window is full; it must be one of the run."""
        first = round(self.theta / self.dt) - 1 + self.lag
        if first >= len(self.state):
            seconds = len(self.state) * self.dt
            raise ValidationError(
                f"must last longer than theta = {self.theta:g} s, got {seconds:g} s",
                "state",
            )
        return first

    def step(self, at):
        """The step that ends at a time in seconds."""
        end = len(self.state) * self.dt
        if not checks.is_number(at) or not 0 < round(at / self.dt) <= len(self.state):
            checks.fail("at", f"a time from {self.dt:g} to {end:g} s", at)
        return round(at / self.dt) - 1

    def strongest(self):
        """The step at which most of the signal is in the window."""
        n = round(self.theta / self.dt)
        if self.u is None or len(self.u) < n + self.lag:
            return len(self.state) - 1
        power = (self.u - self.u.mean()) ** 2
        total = np.convolve(power[: len(power) - self.lag], np.ones(n), "valid")
        return int(np.argmax(total)) + n - 1 + self.lag
