"""The error against the true past, of neurons and order, and what balances them."""

from dataclasses import dataclass

import numpy as np

from nengo_lmu.design.decoders import spikes_at_random
from nengo_lmu.evaluation.missed import missed_error

STEPS = 4
"""Orders that are tried in an octave."""

LEAST, MOST = 1 / 16, 4
"""Least and largest of them, relative to the given one. Further up, how much neurons
err is not known without a design."""

HIGHEST = 256
"""Highest order that is tried."""

WORTH = 0.8
"""Another order is suggested if the error is below so many times the present one."""


@dataclass(frozen=True)
class PastError:
    """Errors against the true past, for the expected input.

    Parameters
    ----------
    missed : float
        NRMSE of the ideal memory of this order.
    whole : float
        NRMSE of the neurons, with what the order misses; NaN if it is not known.
    best_order : int or None
        Order that has about the least whole error with as many neurons, the given one
        if another is not worth the change; None if it is not known.
    """

    missed: float
    whole: float
    best_order: int | None


def past_error(design, rmse):
    """Errors of a memory against the true past, given that against the ideal memory.

    What neurons add and what the order misses are taken as independent.

    Parameters
    ----------
    design : MemoryDesign
    rmse : float
        Expected error against the ideal memory, in units of the input; may be NaN.

    Returns
    -------
    PastError
    """
    choices, order = design.choices, design.order
    missed = missed_error(choices, order)
    if not np.isfinite(rmse):
        return PastError(missed, float("nan"), None)
    values = choices.rms if choices.sample is None else choices.sample
    added = rmse / np.sqrt(np.mean(values**2))
    whole = float(np.hypot(missed, added))
    others = {}
    for other in _orders(choices):
        of_neurons = added * (other / order) ** _growth(design.neuron_type)
        if of_neurons < whole:
            others[other] = np.hypot(missed_error(choices, other), of_neurons)
    best = min(others, key=others.get, default=order)
    if best != order and others[best] > WORTH * whole:
        best = order
    return PastError(missed, whole, best)


def _growth(neuron_type):
    """Power of the order with which neurons err, as many of them, the same input.

    About as measured at orders 4 to 32: 0.9 for Poisson neurons, 1.7 to 2.4 for those
    whose spikes are regular.
    """
    return 2 if neuron_type.spiking and not spikes_at_random(neuron_type) else 1


def _orders(choices):
    steps = np.arange(STEPS * np.log2(LEAST), STEPS * np.log2(MOST) + 1)
    orders = np.round(choices.order * 2 ** (steps / STEPS)).astype(int)
    most = min(HIGHEST, choices.n_neurons)
    return np.unique(orders[(orders >= 1) & (orders <= most)]).tolist()
