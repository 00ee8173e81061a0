"""Expected error of a memory, and the number of neurons for a given error."""

from dataclasses import dataclass
from typing import Any

import nengo
import numpy as np

from nengo_lmu import backends, checks
from nengo_lmu.design.designer import design_memory
from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.design.strategies import warn
from nengo_lmu.evaluation.limits import advice_on, limit_of, warning_of
from nengo_lmu.evaluation.past import past_error
from nengo_lmu.evaluation.residual import PARTS, loop_error
from nengo_lmu.networks.spiking_memory import SpikingMemory
from nengo_lmu.theory.realizations import window_metric

MOST_NEURONS = 2**15
"""Largest population that is tried; designing it takes half a gigabyte."""

KINDS = {
    "SpikingRectifiedLinear": nengo.SpikingRectifiedLinear(),
    "RegularSpiking(LIFRate)": nengo.RegularSpiking(nengo.LIFRate()),
    "LIF": nengo.LIF(),
    "PoissonSpiking(LIFRate)": nengo.PoissonSpiking(nengo.LIFRate()),
}
"""Spiking neurons that `fewest_neurons` compares by default."""


@dataclass(frozen=True)
class Prediction:
    """Errors of the decoded window, as the root mean square over its RMS.

    Parameters
    ----------
    nrmse : float
        Expected error; NaN where it cannot be known, see ``warning``.
    noise : float
        Part from random spikes, or from there being whole spikes only.
    distortion : float
        Part from decoders that do not represent all values equally well.
    saturation : float
        Part from values out of the range of the neurons. These two follow one another
        in time, and add up to more than the root of the sum of their squares.
    coding : float
        Part from an input that reaches a chip in spikes.
    rms : float
        RMS of the ideal window, in units of the input: what the others are parts of.
    missed : float
        Error of the ideal memory of this order against the true past.
    nrmse_past : float
        Error of the memory against the true past: of its neurons and of its order; NaN
        where ``nrmse`` is.
    best_order : int or None
        Order with about the least ``nrmse_past`` for as many neurons: this one, unless
        another is worth the change. None where ``nrmse`` is not known.
    source : {"theory", "recorded", "simulated"}
        Whether the error follows from tuning curves and the statistics of random
        spikes; from what the neurons decoded with the loop open; or from a short run of
        the loop, as of LIF neurons, whose spikes depend on what came back of earlier
        ones.
    limit : str
        Largest cause: "spike noise", "ripple" (of regular spikes), "adaptation",
        "distortion", "saturation", "quantization" or "input coding"; "synapse" if it
        holds the window by itself, at order 1, and neurons do not take part.
    advice : str
        What would help most, in a line.
    warning : str or None
        Why the error cannot be known.

    Examples
    --------
    >>> design = nengo_lmu.design_memory(600, order=6, theta=1.0, freq=1.0, seed=0)
    >>> found = nengo_lmu.predict(design)
    >>> bool(np.isclose(found.rmse, found.nrmse * found.rms))
    True
    """

    nrmse: float
    noise: float
    distortion: float
    saturation: float
    coding: float
    rms: float
    missed: float
    nrmse_past: float
    best_order: int | None
    source: str
    limit: str
    advice: str
    warning: str | None = None

    @property
    def rmse(self) -> float:
        """Expected error in units of the input."""
        return self.nrmse * self.rms


def predict(memory: SpikingMemory | MemoryDesign, backend: str = "nengo") -> Prediction:
    """Expected error of a memory on a backend, before it is simulated there.

    For inputs as it is designed for. Errors of what the neurons decode are sent through
    the linear loop. They follow from theory for neurons with random spikes and for
    rates, and are recorded, with the loop open, for neurons that integrate their rate
    and for chips. The loop of all other neurons is run, for 8 to 20 windows. See the
    documentation for how close it is.

    Parameters
    ----------
    memory : SpikingMemory or MemoryDesign
    backend : str, optional
        Name of a backend (`nengo_lmu.backends`). For a chip, the error of the chip
        layout is predicted.

    Returns
    -------
    Prediction
        Its ``nrmse`` is NaN, with a `DesignWarning`, where the memory runs away or is
        driven out of its range.

    Raises
    ------
    ValidationError
        For a memory without neurons.

    Examples
    --------
    >>> memory = nengo_lmu.SpikingMemory(600, order=6, theta=1.0, freq=1.0, seed=0)
    >>> found = nengo_lmu.predict(memory)
    >>> 0.03 < found.nrmse < 0.05
    True
    >>> found.limit
    'spike noise'
    """
    design = getattr(memory, "design", memory)
    if not isinstance(design, MemoryDesign):
        checks.fail("memory", "a SpikingMemory or a MemoryDesign", memory)
    found = _predict(backends.find(backend).design(design))
    if found.warning:
        warn(f"the error of {design!r} cannot be known: {found.warning}")
    return found


def _predict(design):
    """As `predict`, of the design that runs on a backend; it does not warn."""
    errors, powers = [], []
    for loop, expected in _of_each_input(design):
        power = np.sum(np.diag(expected.covariance) * window_metric(design.order))
        errors.append(loop_error(design, loop))
        powers.append(power)
    # The errors of a channel's loops are independent, and their states averaged.
    share = np.array(powers) / np.sum(powers) / design.loops_per_channel
    squares = {part: share @ [getattr(e, part) for e in errors] for part in PARTS}
    # Parts that make up for one another leave less than nothing to noise.
    parts = {part: float(np.sqrt(max(square, 0))) for part, square in squares.items()}
    error = parts.pop("total")
    limit = limit_of(design, parts)
    growth, in_turn = max(e.growth for e in errors), all(e.in_turn for e in errors)
    warning = warning_of(error, growth, in_turn)
    nrmse, rms = np.nan if warning else error, float(np.sqrt(np.mean(powers)))
    past = past_error(design, nrmse * rms)
    return Prediction(
        nrmse=nrmse,
        **parts,
        rms=rms,
        missed=past.missed,
        nrmse_past=past.whole,
        best_order=past.best_order,
        source=errors[0].source,
        limit=limit,
        advice=advice_on(design, limit, past),
        warning=warning,
    )


def _of_each_input(design):
    """A loop and the expected state of each kind of channel.

    The loops of channels with the same expected input differ in their neurons only.
    """
    found = {}
    for loop in design.loops:
        found.setdefault(design.expected[loop.channel], loop)
    return [(loop, expected) for expected, loop in found.items()]


def neurons_needed(
    order: int, theta: float, nrmse: float, *, backend: str = "nengo", **choices: Any
) -> int:
    """Find the smallest number of neurons with at most a given expected error.

    Parameters
    ----------
    order : int
        Number of polynomials.
    theta : float
        Window in seconds.
    nrmse : float
        Error of the decoded window, above 0.
    backend : str, optional
        As in `predict`.
    **choices
        Further arguments of `design_memory`. Give a seed for a reproducible result,
        because the populations are random.

    Returns
    -------
    int
        A multiple of the order, within 2 % of the smallest number, as far as random
        populations let one tell: their errors differ by 1 or 2 %.

    Raises
    ------
    ValidationError
        If `MOST_NEURONS` in each population are not enough.

    Examples
    --------
    >>> n = nengo_lmu.neurons_needed(order=3, theta=0.5, nrmse=0.05, freq=1.0, seed=0)
    >>> design = nengo_lmu.design_memory(n, order=3, theta=0.5, freq=1.0, seed=0)
    >>> nengo_lmu.predict(design).nrmse <= 0.05
    True
    """
    nrmse = checks.positive(nrmse, "nrmse")
    order = checks.order(order)
    backend = backends.find(backend)

    def suffices(n_each):
        design = design_memory(n_each * order, order, theta, **choices)
        return _predict(backend.design(design)).nrmse <= nrmse

    low, high = 0, 16
    while not suffices(high):
        low, high = high, 2 * high
        size = high * order if choices.get("layout") == "single" else high
        if size > MOST_NEURONS:
            checks.fail("nrmse", f"above what {low * order:,} neurons have", nrmse)
    while high - low > max(1, high // 50):
        middle = (low + high) // 2
        if suffices(middle):
            high = middle
        else:
            low = middle
    return high * order


def fewest_neurons(
    order: int,
    theta: float,
    nrmse: float,
    *,
    backend: str = "nengo",
    kinds: dict[str, nengo.neurons.NeuronType] | None = None,
    **choices: Any,
) -> tuple[str, dict[str, int]]:
    """Find the kind of neuron that needs the fewest for a given expected error.

    Parameters
    ----------
    order, theta, nrmse, backend
        As in `neurons_needed`.
    kinds : dict, optional
        Neuron types by name; by default the spiking types of `KINDS`.
    **choices
        Further arguments of `design_memory`.

    Returns
    -------
    name : str
        Of the kind that needs the fewest.
    needed : dict
        Neurons of each kind by name, the fewest first; those for which no affordable
        number is enough are not in it.

    Raises
    ------
    ValidationError
        If none of them is enough.

    Examples
    --------
    >>> kinds = {"Poisson": None, "rectified": nengo.SpikingRectifiedLinear()}
    >>> name, needed = nengo_lmu.fewest_neurons(
    ...     order=3, theta=0.5, nrmse=0.05, freq=1.0, seed=0, kinds=kinds
    ... )
    >>> name, needed["rectified"] < needed["Poisson"]
    ('rectified', True)
    """
    needed, failure = {}, None
    for name, kind in (KINDS if kinds is None else kinds).items():
        try:
            found = neurons_needed(
                order, theta, nrmse, backend=backend, neuron_type=kind, **choices
            )
        except nengo.exceptions.ValidationError as error:
            if error.attr != "nrmse":
                raise
            failure = error
        else:
            needed[name] = found
    if not needed:
        raise failure
    needed = dict(sorted(needed.items(), key=lambda item: item[1]))
    return next(iter(needed)), needed
