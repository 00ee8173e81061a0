"""Strategies for the tuning curves of a memory's neurons, and which is the default."""

import warnings

from nengo_lmu import checks
from nengo_lmu.design.counted import LEAST
from nengo_lmu.design.drawn import Drawn
from nengo_lmu.design.interleaved import Interleaved
from nengo_lmu.design.steady import Steady
from nengo_lmu.names import level_of_caller, lookup

STRATEGIES = {"Drawn": Drawn, "Interleaved": Interleaved, "Steady": Steady}
"""Classes of strategies. Each has ``loops(designer)``."""

NAMES = {name.lower(): strategy for name, strategy in STRATEGIES.items()}

OWN = "max_rates", "intercepts", "solver"
"""Choices of one's own that only neurons drawn at random can follow."""

LIF_DOUBTFUL, LIF_DRAWN = 48, 96
"""Orders from which on LIF neurons that cannot stay in turn may lose the window, and
from which on they run away if they never fall silent."""

LONGEST_STEP, SLOWEST_MEMBRANE = 0.002, 0.03
"""Time step and membrane, in seconds, beyond which LIF neurons that never fall silent
fire in step. Measured at order 6: steps of 2 and 3 ms 0.006 and 0.14, membranes of 30
and 50 ms 0.005 and 0.05; drawn at random 0.017 and 0.048, 0.017 and 0.025."""


class DesignWarning(UserWarning):
    """Of choices that are allowed, and rarely what was meant."""


def warn(text):
    """Warn of a choice, at the line of the caller."""
    warnings.warn(text, DesignWarning, stacklevel=level_of_caller())


def checked(given, choices):
    """The strategy that was chosen, by name or as an object; None if none was.

    Raises
    ------
    ValidationError
        If it is none, or another choice contradicts it.
    """
    if given is None:
        return None
    if isinstance(given, str):
        given = lookup("tuning", given, NAMES)()
    where = type(choices)
    if not callable(getattr(given, "loops", None)):
        allowed = f"one of {', '.join(NAMES)} or a strategy with loops(designer)"
        checks.fail("tuning", allowed, given, where)
    if isinstance(given, (Interleaved, Steady)):
        if not given.suits(choices.neuron_type):
            allowed = "'drawn' for these neurons, which do not stay in turn"
            if isinstance(given, Steady):
                allowed = "another for these neurons ('steady' is for nengo.LIF)"
            checks.fail("tuning", allowed, given, where)
        own = own_choices(choices)
        if own:
            allowed = f"'drawn' for {own[0]} of your own"
            checks.fail("tuning", allowed, given, where)
    return given


def own_choices(choices):
    """Names of the choices that only neurons drawn at random can follow."""
    own = [name for name in OWN if getattr(choices, name) is not None]
    own += ["layout"] if choices.layout == "single" else []
    return own + (["recorded"] if choices.recorded else [])


def strategy_of(designer):
    """The strategy of a design: the chosen one, or that which errs least."""
    choices = designer.choices
    chosen = choices.tuning
    if chosen is None:
        chosen = _default(designer)
    counted = isinstance(chosen, (Interleaved, Steady))
    if counted and choices.n_neurons // choices.order < LEAST:
        return Drawn()
    return chosen


def _default(designer):
    choices, kind = designer.choices, designer.neuron_type
    if own_choices(choices) or not Interleaved.suits(kind):
        return Drawn()
    if not Steady.suits(kind):
        return Interleaved()
    if choices.dt > LONGEST_STEP or kind.tau_rc > SLOWEST_MEMBRANE:
        return Drawn()
    if Interleaved.stays(designer):
        return Interleaved()
    if choices.order >= LIF_DOUBTFUL:
        warn(
            f"LIF neurons fire in step at order {choices.order} in a window of "
            f"{choices.theta:g} s and may lose it: take RegularSpiking(LIFRate()), "
            "which has the same rates"
        )
    return Drawn() if choices.order >= LIF_DRAWN else Steady()
