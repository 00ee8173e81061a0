"""What limits the error of a memory, and what would help."""

import nengo
import numpy as np

from nengo_lmu.design.decoders import spikes_at_random
from nengo_lmu.design.tuning import moves_matter

LOST = 0.5
"""Error from which on a memory is taken as lost."""

GROWTH = 10
"""Growth of the power of an error, in six windows or more, that tells that it runs away
where the error is above `LARGE`."""

LARGE = 0.1

IDLE = 1e-4
"""Recurrent transforms below which the synapse holds the window by itself."""


def warning_of(error, growth, in_turn):
    """Why an error cannot be known, in a sentence; None if it can be.

    Parameters
    ----------
    error : float
        NRMSE that neurons with the loop open have.
    growth : float
        Of its power, from block to block.
    in_turn : bool
        Whether neurons that are to fire in turn go on doing so.
    """
    if not np.isfinite(error):
        return "the loop grows without any neurons: take another synapse"
    if error > LARGE and growth > GROWTH:
        return "errors feed themselves: the memory may run away"
    if not in_turn:
        return "alike neurons fall into step within tens of windows: tuning='steady'"
    if error > LOST:
        return "neurons are driven out of their range, or too few: the window is lost"
    return None


def limit_of(design, parts):
    """The largest part of an error, by the name of its cause.

    Parameters
    ----------
    design : MemoryDesign
    parts : dict
        Errors ``noise``, ``distortion``, ``saturation``, ``coding``.
    """
    largest = max(parts, key=parts.get)
    if max(np.max(np.abs(loop.recurrent)) for loop in design.loops) < IDLE:
        return "synapse"
    if largest == "coding":
        return "input coding"
    if largest != "noise":
        return largest
    if design.loops[0].has_spectrum:
        return "quantization"
    kind = design.neuron_type
    rates = getattr(kind, "base_type", kind)
    if spikes_at_random(kind) or not kind.spiking:
        return "spike noise"
    return "adaptation" if "adaptation" in rates.state else "ripple"


def advice_on(design, limit, past):
    """What would help most, in a line.

    Parameters
    ----------
    design : MemoryDesign
    limit : str
    past : PastError

    Returns
    -------
    str
    """
    best, order = past.best_order, design.order
    if best is not None and best > order:
        return (
            f"a higher order, {best}: {order} polynomials miss {past.missed:.0%} of "
            "the past"
        )
    if best is not None and best < order:
        return f"a lower order, {best}: what it misses is less than what neurons err by"
    return _ADVICE[limit] if limit != "ripple" else _against_ripple(design)


_ADVICE = {
    "spike noise": "neurons that take turns (nengo.SpikingRectifiedLinear), or four "
    "times the neurons for half of the error",
    "adaptation": "neurons that do not adapt",
    "synapse": "a synapse of 0.1 s, if neurons are to hold the window: now they do not",
    "distortion": "more neurons",
    "saturation": "a wider range (radii=1.5), or more neurons",
    "quantization": "twice the neurons",
    "input coding": "a smaller time step, or a lower order",
}


def _against_ripple(design):
    if moves_matter(design.neuron_type):
        return "nengo.RegularSpiking(nengo.LIFRate()), which has the same rates"
    if design.loops[0].counted:
        return "twice the neurons, for half of the error"
    if isinstance(
        design.neuron_type, (nengo.SpikingRectifiedLinear, nengo.RegularSpiking)
    ):
        return "neurons that take turns (tuning='interleaved')"
    return "more neurons, or nengo.SpikingRectifiedLinear, which take turns"
