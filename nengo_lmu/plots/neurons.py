"""Plots of neurons: spikes, tuning curves, and the expected error."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nengo_lmu import checks, report
from nengo_lmu.design.designer import design_memory
from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.networks.spiking_memory import SpikingMemory
from nengo_lmu.plots.axes import axes_of

N_BINS = 100
"""Times at which activities are compared."""


def raster(
    spikes: ArrayLike,
    *,
    start: float = 0.0,
    dt: float = 0.001,
    n_shown: int = 60,
    color: str = report.INK,
    ax: Any = None,
) -> Any:
    """Plot spikes, with neurons side by side that are active at the same times.

    Neurons are sorted by their angle in the plane of the first two principal components
    of the activity, so a wave of activity is a stripe. Silent neurons come last.

    Parameters
    ----------
    spikes : (n_steps, n_neurons) array_like
        Probed spikes; anything but 0 is a spike.
    start : float, optional
        Time before the first step, in seconds.
    dt : float, optional
        Time step in seconds.
    n_shown : int, optional
        Largest number of neurons that are drawn: evenly spaced ones of the sorted.
    color : str, optional
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Horizontally time in seconds, vertically the sorted neurons.

    Raises
    ------
    ValidationError
        If the array has another shape or is not finite.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from nengo_lmu import plots
    >>> with nengo.Network(seed=0) as model:
    ...     stimulus = nengo.Node(nengo.processes.WhiteSignal(10, high=1, seed=1))
    ...     memory = nengo_lmu.SpikingMemory(600, 6, theta=1.0, freq=1.0)
    ...     _ = nengo.Connection(stimulus, memory.input, synapse=None)
    ...     probes = [nengo.Probe(neurons) for neurons in memory.neurons]
    >>> with nengo_lmu.Simulator(model, progress_bar=False) as simulator:
    ...     simulator.run(4.0)
    >>> spikes = np.hstack([simulator.data[probe] for probe in probes])
    >>> _ = plots.raster(spikes, n_shown=100)
    """
    spikes = checks.array(spikes, "spikes")
    if spikes.ndim != 2 or spikes.size == 0:
        checks.fail("spikes", "an array (n_steps, n_neurons)", spikes)
    n_shown = checks.integer(n_shown, attr="n_shown")
    dt = checks.dt(dt)
    sequence = _alike_together(spikes != 0)
    if len(sequence) > n_shown:
        sequence = sequence[np.linspace(0, len(sequence) - 1, n_shown).astype(int)]
    steps, rows = np.nonzero(spikes[:, sequence])

    def draw(ax):
        size = min(6.0, 150 / len(sequence))
        times = start + dt * (steps + 1)
        ax.plot(times, rows, "|", color=color, ms=size, mew=0.6)
        ax.set(xlabel="time (s)", ylabel="neuron", ylim=(-1, len(sequence)))
        ax.grid(visible=False, axis="y")

    return axes_of(draw, ax)


def _alike_together(spikes):
    """The neurons, (n,), those with similar activity over time side by side."""
    ends = np.linspace(0, len(spikes), min(N_BINS, len(spikes)) + 1).astype(int)
    activity = np.add.reduceat(spikes, ends[:-1], axis=0, dtype=float)
    activity -= activity.mean(axis=0)
    _, sizes, axes = np.linalg.svd(activity, full_matrices=False)
    x, y = (sizes[:2, None] * axes[:2]) if len(sizes) > 1 else (axes[0], 0 * axes[0])
    silent = ~np.any(spikes, axis=0)
    return np.lexsort((np.arctan2(y, x), silent))


def tuning_curves(
    memory: SpikingMemory | MemoryDesign,
    population: int = 0,
    *,
    n_shown: int = 20,
    ax: Any = None,
) -> Any:
    """Plot the rates of neurons over the range of the value that they represent.

    Parameters
    ----------
    memory : SpikingMemory or MemoryDesign
    population : int, optional
        Number of the population: one for each dimension, unless neurons are shared.
    n_shown : int, optional
        Largest number of neurons that are drawn.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Horizontally the value as a fraction of the radius (along the encoder of each
        neuron if the population represents several dimensions), vertically Hz.

    Raises
    ------
    ValidationError
        If there is no such population.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from nengo_lmu import plots
    >>> design = nengo_lmu.design_memory(600, order=6, theta=1.0, seed=0)
    >>> _ = plots.tuning_curves(design)
    """
    populations = getattr(memory, "design", memory).populations
    last = len(populations) - 1
    tuning = populations[checks.integer(population, 0, last, "population")].tuning
    n, dimensions = tuning.encoders.shape
    n_shown = checks.integer(n_shown, attr="n_shown")
    shown = np.unique(np.linspace(0, n - 1, min(n, n_shown)).astype(int))
    x = np.linspace(-1, 1, 401)
    along = tuning.encoders.T if dimensions == 1 else np.ones((1, n))
    rates = tuning.rates_at(x[:, None] * along)[:, shown]

    def draw(ax):
        lines = ax.plot(x, rates, lw=1.2)
        shades = report.shades(len(shown))
        place = np.argsort(np.argsort(rates.T @ x))
        for line, k in zip(lines, place, strict=True):
            line.set_color(shades[k])
        ax.set(xlabel="represented value / radius", ylabel="rate (Hz)", ylim=(0, None))

    return axes_of(draw, ax)


def predicted_error(
    n_neurons: Sequence[int],
    order: int,
    theta: float,
    *,
    backend: str = "nengo",
    label: str | None = None,
    ax: Any = None,
    **choices: Any,
) -> Any:
    """Plot the expected error of memories against their numbers of neurons.

    Parameters
    ----------
    n_neurons : list of int
    order : int
        Number of polynomials.
    theta : float
        Window in seconds.
    backend : str, optional
        As of `nengo_lmu.predict`.
    label : str, optional
        Of the line, such as the neuron type.
    ax : matplotlib.axes.Axes, optional
    **choices
        Further arguments of `nengo_lmu.design_memory`.

    Returns
    -------
    matplotlib.axes.Axes
        Horizontally neurons, vertically the NRMSE of the window, both logarithmic.
        Errors that cannot be known are missing.

    Raises
    ------
    ValidationError
        If an argument is out of its range.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from nengo_lmu import plots
    >>> sizes = [60, 200, 600]
    >>> _, ax = plt.subplots()
    >>> for kind in nengo.PoissonSpiking(nengo.LIFRate()), nengo.LIF():
    ...     given = {"neuron_type": kind, "label": type(kind).__name__, "seed": 0}
    ...     _ = plots.predicted_error(sizes, 6, 1.0, freq=1.0, ax=ax, **given)
    >>> _ = ax.legend()
    """
    sizes = [checks.integer(n, attr="n_neurons") for n in n_neurons]
    designs = (design_memory(n, order, theta, **choices) for n in sizes)
    errors = [predict(design, backend).nrmse for design in designs]

    def draw(ax):
        ax.plot(sizes, errors, "o-", ms=4, label=label)
        report.logarithmic(ax)
        ax.set(xlabel="neurons", ylabel="expected NRMSE of the window")

    return axes_of(draw, ax)
