"""The design of a memory for Loihi, in the form that suits it."""

from typing import Any, Literal

from nengo_lmu import checks
from nengo_lmu.design.choices import Choices
from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.loihi.chain import ChainDesigner, form_of
from nengo_lmu.loihi.dense import ChipDesign, ChipDesigner


def chip_design(
    design: MemoryDesign,
    n_loops: int | None = None,
    form: Literal["dense", "chain"] | None = None,
    **choices: Any,
) -> ChipDesign:
    """The design of a memory for the chip, from the choices of another design.

    There are two forms. A chain has neurons that compare and do not integrate, each
    population is connected to its neighbours only, and m neurons have O(m) weights at
    a fixed number of neurons a dimension, see `nengo_lmu.loihi.chain`. Dense loops have
    neurons that integrate, all of them connected to all.

    In dense loops what was left open is chosen for the chip: regular neurons with the
    same rates in place of Poisson ones, 250 to 350 Hz, even intercepts, a synapse of at
    most 0.1 s.

    Parameters
    ----------
    design : MemoryDesign
    n_loops : int, optional
        Dense loops for each channel. By default as many as have 100 neurons a dimension
        each, so that m neurons have O(m order) weights. One loop has m² and a smaller
        error.
    form : {"dense", "chain"}, optional
        By default a chain where it errs less and what is chosen is to be had with it,
        see `form_of`.
    **choices
        Arguments of `nengo_lmu.design_memory` that differ on the chip.

    Returns
    -------
    ChipDesign

    Raises
    ------
    ValidationError
        If the chip does not have the neurons or the synapse.

    Examples
    --------
    >>> design = nengo_lmu.design_memory(
    ...     120, order=3, theta=0.5, freq=1.0, neuron_type=nengo.LIF(), seed=0
    ... )
    >>> nengo_lmu.loihi.chip_design(design, form="chain").order
    3
    """
    if form is not None:
        checks.one_of(form, ("dense", "chain"), "form", ChipDesign)
    if isinstance(design, ChipDesign) and n_loops is None and not choices:
        if form in (None, design.form):
            return design
    choices = Choices(**design.choices.but_for(**choices))
    if form is None:
        form = "dense" if n_loops is not None else form_of(choices)
    if form == "dense":
        return ChipDesigner(choices, n_loops).design()
    if n_loops is not None:
        checks.fail("n_loops", "None for a chain", n_loops, ChipDesign)
    return ChainDesigner(choices).design()
