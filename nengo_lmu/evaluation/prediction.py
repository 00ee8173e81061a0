"""Expected error of a memory, and the number of neurons for a given error."""

from nengo_lmu import backends, checks
from nengo_lmu.design.designer import design_memory
from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.design.prediction import predict_design

MOST_NEURONS = 2**15
"""Largest population that is tried; designing it takes half a gigabyte."""


def predict(memory, backend="nengo"):
    """Expected error of a memory on a backend, without simulation.

    Parameters
    ----------
    memory : SpikingMemory or MemoryDesign
    backend : str, optional
        Name of a backend (`nengo_lmu.backends`). For a chip, the error of the chip
        layout is predicted.

    Returns
    -------
    Prediction

    Raises
    ------
    ValidationError
        For a memory without neurons, and for neurons with adaptation, whose rate is
        not a function of their input.
    """
    design = getattr(memory, "design", memory)
    if not isinstance(design, MemoryDesign):
        checks.fail("memory", "a SpikingMemory or a MemoryDesign", memory)
    return predict_design(backends.find(backend).design(design))


def neurons_needed(order, theta, nrmse, *, backend="nengo", **choices):
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
        A multiple of the order, within 2 % of the smallest number.

    Raises
    ------
    ValidationError
        If `MOST_NEURONS` in each population are not enough.
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
