"""Fewer operators: signals that only pass on a value are removed.

Nengo builds each object and connection separately: a product is added to a signal of
its own, which is then added to the input of an object, which a passthrough node
copies to the next one. If no other operator uses such an intermediate signal, it is
removed. The sums have the same terms, in another order.
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
from nengo_lmu.simulator.kernels.operator import fill

_INCREMENTS = (BsrDotInc, Copy, DotInc, ElementwiseInc, SparseDotInc)


class Clear(Operator):
    """Set several signals to zero at once.

    Parameters
    ----------
    signals : list of Signal
        Signals that are consecutive in the flat memory.
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


def optimize(operators, kept, dtype):
    """Remove signals that only pass on a value, and the operators that copy it.

    Parameters
    ----------
    operators : list of Operator
        They are not modified; an operator that needs changes is replaced by a copy.
    kept : set of Signal
        Signals that are not removed, because they are probed.
    dtype : numpy.dtype
        Type of the signals in the flat memory; signals of other types are kept.

    Returns
    -------
    list of Operator
        All resets to zero are merged into one `Clear` at the front.
    """
    graph = _Operators(operators)
    moves = graph.copies()
    while moves:
        left = [
            op for op in moves if op in graph and not _remove(graph, op, kept, dtype)
        ]
        moves = graph.copies()
        if len(left) == len(moves):
            break
    resets = [op for op in graph if _is_clear(op) and op.dst.dtype == dtype]
    if not resets:
        return list(graph)
    for op in resets:
        graph.remove(op)
    return [Clear([op.dst for op in resets]), *graph]


class _Operators:
    """A collection of operators, and which of them use each signal."""

    def __init__(self, operators):
        self._operators = {}
        self._touching = defaultdict(dict)
        for op in operators:
            self._add(op)

    def __iter__(self):
        return iter(self._operators)

    def __contains__(self, op):
        return op in self._operators

    def touching(self, sig):
        """The operators that use a base signal or a view of it."""
        return self._touching[sig]

    def copies(self):
        return [op for op in self if type(op) is Copy]

    def _add(self, op):
        self._operators[op] = None
        for sig in op.all_signals:
            self._touching[sig.base][op] = None

    def remove(self, op):
        del self._operators[op]
        for sig in op.all_signals:
            self._touching[sig.base].pop(op, None)

    def replace_signal(self, op, old, new):
        """Replace an operator by a copy that uses another signal."""
        other = copy.copy(op)
        for name in ("sets", "incs", "reads", "updates"):
            sigs = [new if sig is old else sig for sig in getattr(op, name)]
            setattr(other, name, sigs)
        self.remove(op)
        self._add(other)


def _remove(graph, move, kept, dtype):
    """Remove the source or the target of a copy if possible; return whether it was."""
    if move.src.dtype != dtype or move.dst.dtype != dtype:
        return False
    for old, new in ((move.src, move.dst), (move.dst, move.src)):
        others = _only_passed_on(old, move, graph.touching(old), kept)
        if others is not None:
            resets, users = others
            for op in (move, *resets):
                graph.remove(op)
            for op in users:
                graph.replace_signal(op, old, new)
            return True
    return False


def _is_clear(op):
    return type(op) is Reset and op.value == 0 and not op.dst.is_view


def _only_passed_on(sig, move, touching, kept):
    """The other operators that use a signal of a copy, if the signal can be removed.

    Returns
    -------
    resets, users : list of Operator
        Or None. If the copy reads the signal, the users increment it; if the copy
        writes the signal, the users read it.
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
