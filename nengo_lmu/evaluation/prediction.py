"""The error of a memory before it runs, and the neurons that an error takes."""

from nengo_lmu import backends, checks
from nengo_lmu.design.designer import design_memory
from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.design.prediction import predict_design

MOST_NEURONS = 2**15
"""Largest population that is tried for an error; drawing it takes half a gigabyte."""


def predict(memory, backend="nengo"):
    """Expected error of a memory on a backend, without simulation.

    Parameters
    ----------
    memory : SpikingMemory or MemoryDesign
    backend : str, optional
        See `nengo_lmu.backends`. On a chip it is the error of the layout there.

    Returns
    -------
    Prediction

    Raises
    ------
    ValidationError
        For a memory without neurons, and for neurons whose rate is not a function of
        their input, as it adapts.
    """
    design = getattr(memory, "design", memory)
    if not isinstance(design, MemoryDesign):
        checks.fail("memory", "a SpikingMemory or a MemoryDesign", memory)
    return predict_design(backends.find(backend).design(design))


def neurons_needed(order, theta, nrmse, *, backend="nengo", **choices):
    """The fewest neurons with which a memory is expected to have an error, or less.

    Parameters
    ----------
    order : int
        Number of polynomials.
    theta : float
        Window in seconds.
    nrmse : float
        Error of the decoded window, above 0.
    backend : str, optional
        As of `predict`.
    **choices
        Further arguments of `design_memory`. Give a seed: the populations are drawn.

    Returns
    -------
    int
        A multiple of the order, within 2 % of the fewest.

    Raises
    ------
    ValidationError
        If even `MOST_NEURONS` in each population would not do.
    """
    nrmse = checks.positive(nrmse, "nrmse")
    order = checks.order(order)

    def error(n_each):
        return predict(design_memory(n_each * order, order, theta, **choices), backend)

    low, high = 0, 16
    while error(high).nrmse > nrmse:
        low, high = high, 2 * high
        size = high * order if choices.get("layout") == "single" else high
        if size > MOST_NEURONS:
            checks.fail("nrmse", f"above what {low * order:,} neurons have", nrmse)
    while high - low > max(1, high // 50):
        middle = (low + high) // 2
        if error(middle).nrmse <= nrmse:
            high = middle
        else:
            low = middle
    return high * order
