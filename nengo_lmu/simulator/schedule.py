"""The schedule of a step: in which order operators run, and which run side by side."""

from collections import deque
from typing import NamedTuple

import numpy as np
from nengo.utils.simulator import operator_dependency_graph

_COMPILED, _PARALLEL, _PYTHON = range(3)


class Rows(NamedTuple):
    """The rows of an operator: those of tasks, which are independent, then others."""

    tasks: list
    rest: list


class Part(NamedTuple):
    """Consecutive rows of the table.

    Attributes
    ----------
    first, last : int
        The rows.
    tasks : array of int or None
        The same rows as tasks for several threads (see `nengo_lmu.simulator.threads`),
        or None if no rows are independent of each other.
    """

    first: int
    last: int
    tasks: np.ndarray | None


def order_operators(rows):
    """Order operators by their dependencies.

    Compiled operators and operators in Python alternate in groups as large as
    possible, because each change between the two takes time. Operators with tasks
    wait for each other, so that their tasks can run side by side.

    Parameters
    ----------
    rows : dict
        Operator -> its `Rows`, or None if it runs in Python.

    Returns
    -------
    list of list of Operator
        Stages. The operators of a stage with tasks are independent of each other; all
        other stages have one operator.
    """
    graph = operator_dependency_graph(rows)
    waits_for = dict.fromkeys(graph, 0)
    for followers in graph.values():
        for op in followers:
            waits_for[op] += 1
    ready = [deque(), deque(), deque()]

    def add_if_ready(op):
        if waits_for[op] == 0:
            ready[_kind(rows[op])].append(op)

    for op in waits_for:
        add_if_ready(op)
    stages = []
    python = False
    while any(ready):
        if python and not ready[_PYTHON]:
            python = False
        elif not (python or ready[_COMPILED] or ready[_PARALLEL]):
            python = True
        if python:
            stages.append([ready[_PYTHON].popleft()])
        elif ready[_COMPILED]:
            stages.append([ready[_COMPILED].popleft()])
        else:
            stages.append(list(ready[_PARALLEL]))
            ready[_PARALLEL].clear()
        for op in stages[-1]:
            for follower in graph[op]:
                waits_for[follower] -= 1
                add_if_ready(follower)
    return stages


def _kind(rows):
    if rows is None:
        return _PYTHON
    return _PARALLEL if rows.tasks else _COMPILED


def make_parts(stages, rows):
    """Number the rows of a step.

    Parameters
    ----------
    stages : list of list
        Operators, and probes, in order.
    rows : dict
        As for `order_operators`.

    Returns
    -------
    table : list
        The rows in order.
    parts : list
        The parts of a step in order: `Part` objects, and what runs in Python.
    """
    table, parts = [], []
    tasks = _Tasks(table)
    for stage in stages:
        if rows[stage[0]] is None:
            parts.extend([*tasks.take(), *stage])
            continue
        tasks.add_independent([task for op in stage for task in rows[op].tasks])
        for op in stage:
            tasks.add(rows[op].rest)
    parts.extend(tasks.take())
    return table, parts


class _Tasks:
    """The tasks of the part that is being made.

    Parameters
    ----------
    table : list
        Rows are appended to it.
    """

    def __init__(self, table):
        self._table = table
        self._start()

    def _start(self):
        self._tasks = []
        self._first = self._first_of_task = len(self._table)

    def _end_task(self, before):
        last = len(self._table)
        if last > self._first_of_task:
            self._tasks.append((self._first_of_task, last, before))
        self._first_of_task = last

    def add(self, rows):
        """Add rows that are executed after all others."""
        self._table.extend(rows)

    def add_independent(self, tasks):
        """Add lists of rows that are executed after all others, side by side."""
        if not tasks:
            return
        self._end_task(len(self._tasks))
        before = len(self._tasks)
        for rows in tasks:
            self._table.extend(rows)
            self._end_task(before)

    def take(self):
        """The part, in a list; an empty list if it has no rows."""
        self._end_task(len(self._tasks))
        part = Part(
            self._first,
            len(self._table),
            np.array(self._tasks, dtype=np.int64) if len(self._tasks) > 1 else None,
        )
        self._start()
        return [part] if part.last > part.first else []
