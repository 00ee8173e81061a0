"""Fewer operators: values go where they are needed without stops in between.

Nengo builds each object and connection by itself: a product is added to a signal of
its own, which is then added to the input of an object, which a passthrough node
copies on. Where nothing else touches the signal in between, it is left out. The sums
are the same, in another order.
"""

import copy
from collections import defaultdict

from nengo.builder.operator import (
    BsrDotInc,
    Copy,
    DotInc,
    ElementwiseInc,
    Operator,
    Reset,
    SimPyFunc,
    SparseDotInc,
)

from nengo_lmu.simulator.compiled import COUNTERPARTS, counterpart
from nengo_lmu.simulator.kernels.basic import fill

_INCREMENTS = (BsrDotInc, Copy, DotInc, ElementwiseInc, SparseDotInc)


class Clear(Operator):
    """Set signals to zero, all at once.

    Parameters
    ----------
    signals : list of Signal
        Signals that follow each other in the flat memory.
    """

    def __init__(self, signals):
        super().__init__()
        self.sets = signals
        self.incs = []
        self.reads = []
        self.updates = []


@counterpart(Clear)
def plan_clear(plan, op):
    first, last = plan.at(op.sets[0]), plan.at(op.sets[-1])
    n = last + op.sets[-1].size - first
    plan.row(fill, 1, n, first, 0, 1, plan.constants(0))


def shorten(operators, kept, dtype):
    """Leave out signals that only pass a value on, and what moves them.

    Parameters
    ----------
    operators : list of Operator
        They are not changed; new ones stand for those that change.
    kept : set of Signal
        Signals that stay, as they are probed.
    dtype : numpy.dtype
        Of the signals in the flat memory; others stay.

    Returns
    -------
    list of Operator
        With the resets to zero as one `Clear` at the front.
    """
    operators = dict.fromkeys(operators)
    touching = defaultdict(dict)
    for op in operators:
        for sig in op.all_signals:
            touching[sig.base][op] = None

    def replace(op, old, new):
        other = copy.copy(op)
        for name in ("sets", "incs", "reads", "updates"):
            sigs = [new if sig is old else sig for sig in getattr(op, name)]
            setattr(other, name, sigs)
        remove(op)
        operators[other] = None
        for sig in other.all_signals:
            touching[sig.base][other] = None

    def remove(op):
        del operators[op]
        for sig in op.all_signals:
            touching[sig.base].pop(op, None)

    def shortcut(move):
        """Leave out the source or the target of a copy, if one can go."""
        if move.src.dtype != dtype or move.dst.dtype != dtype:
            return False
        for old, new in ((move.src, move.dst), (move.dst, move.src)):
            others = _only_passed_on(old, move, touching[old], kept)
            if others is not None:
                resets, users = others
                for op in (move, *resets):
                    remove(op)
                for op in users:
                    replace(op, old, new)
                return True
        return False

    moves = [op for op in operators if type(op) is Copy]
    while moves:
        left = [op for op in moves if op in operators and not shortcut(op)]
        moves = [op for op in operators if type(op) is Copy]
        if len(left) == len(moves):
            break

    resets = [op for op in operators if _is_clear(op) and op.dst.dtype == dtype]
    if resets:
        for op in resets:
            remove(op)
        operators = [Clear([op.dst for op in resets]), *operators]
    return list(operators)


def _is_clear(op):
    return type(op) is Reset and op.value == 0 and not op.dst.is_view


def _only_passed_on(sig, move, touching, kept):
    """What else touches a signal that a copy reads or writes, if it can be left out.

    Returns
    -------
    resets, users : list of Operator
        Or None. The users increment the signal, if the copy reads it, or read it, if
        the copy writes it.
    """
    other = move.dst if sig is move.src else move.src
    if (
        sig.is_view
        or sig in kept
        or move.src_slice is not None
        or move.dst_slice is not None
        or sig.shape != other.shape
    ):
        return None
    others = [op for op in touching if op is not move]
    resets = [op for op in others if _is_clear(op)]
    users = [op for op in others if op not in resets]
    if sig is move.src:
        # increments of sig, which is added to the target
        fits = move.inc and len(resets) == 1
        role, kinds = "incs", _INCREMENTS
    else:
        # readers of sig, which equals the source
        fits = len(resets) == (1 if move.inc else 0)
        role, kinds = "reads", (*COUNTERPARTS, SimPyFunc)
    for op in users:
        fits = fits and (
            type(op) in kinds
            and sum(s.base is sig for s in op.all_signals) == 1
            and any(s is sig for s in getattr(op, role))
        )
    return (resets, users) if fits else None
