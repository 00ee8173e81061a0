"""Several threads: the tasks of a step, executed by whichever thread is free.

The rows of a step form tasks, which are ordered. Tasks of one stage are independent
of each other; a task waits until all tasks of earlier stages have finished. What a
task computes does not depend on the thread that executes it, so results are the same
for any number of threads. A thread that the operating system does not run delays only
the task that it is executing; it is not needed for anything else. The calling thread
works, too, and can do everything alone.
"""

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from llvmlite import ir
from numba import config, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from nengo_lmu import checks
from nengo_lmu.simulator.compiled import call, load_or_compile

#: Indices of the counters: tasks that have been started and that have been finished.
#: They are in different cache lines.
_STARTED, _FINISHED = 0, 16
_N_COUNTERS = 32

#: Number of times that a waiting thread looks before it yields the processor.
_PATIENCE = 100

#: Columns of the array of tasks: the rows of a task, and the number of tasks of the
#: same part of a step that have to be finished before it.
FIRST, LAST, BEFORE = 0, 1, 2


@intrinsic
def _load(typingctx, counters, index):
    """Load a counter that other threads change."""

    def generate(context, builder, signature, arguments):
        return builder.load_atomic(
            _pointer(context, builder, signature, arguments), "acquire", 8
        )

    return types.int64(counters, index), generate


@intrinsic
def _increment(typingctx, counters, index):
    """Add one to a counter that other threads change."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature, arguments)
        one = ir.Constant(ir.IntType(64), 1)
        builder.atomic_rmw("add", pointer, one, "acq_rel")
        return context.get_dummy_value()

    return types.void(counters, index), generate


@intrinsic
def _claim(typingctx, counters, index, value):
    """Increment a counter if it still has this value; return whether it had."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature, arguments)
        value = arguments[2]
        new = builder.add(value, ir.Constant(ir.IntType(64), 1))
        result = builder.cmpxchg(pointer, value, new, "acq_rel", "acquire")
        return builder.extract_value(result, 1)

    return types.boolean(counters, index, value), generate


def _pointer(context, builder, signature, arguments):
    """Pointer to the counter at an index of an array."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return cgutils.gep_inbounds(builder, array.data, arguments[1])


@njit(cache=True, nogil=True)
def _walk_tasks(memory, integers, table, tasks, n_steps, counters, give_way):
    n = len(tasks)
    end = n * n_steps
    waited = 0
    while _load(counters, _FINISHED) < end:
        started = _load(counters, _STARTED)
        k = started % n
        if started < end and (
            _load(counters, _FINISHED) >= started - k + tasks[k, BEFORE]
        ):
            if _claim(counters, _STARTED, started):
                for row in range(tasks[k, FIRST], tasks[k, LAST]):
                    call(table[row, 0], memory, integers + 8 * table[row, 1])
                _increment(counters, _FINISHED)
                waited = 0
        else:
            waited += 1
            if waited > _PATIENCE:
                call(give_way, memory, integers)


_TABLE = types.Array(types.int64, 2, "C")
_WALK_TASKS = types.void(
    types.int64,
    types.int64,
    _TABLE,
    _TABLE,
    types.int64,
    types.Array(types.int64, 1, "C"),
    types.int64,
)


def walk_tasks():
    """The compiled loop over tasks, which several threads execute together.

    Its arguments are (memory, integers, table, tasks, n_steps, counters, give_way).
    The first three are those of `nengo_lmu.simulator.compiled.walk`; ``counters`` is
    an array of zeros that the threads share, and ``give_way`` the address of a
    function that yields the processor.
    """
    if not _walk_tasks.signatures:
        load_or_compile(
            _walk_tasks.py_func, lambda: _walk_tasks.compile(_WALK_TASKS.args)
        )
    return _walk_tasks


def _address_of_give_way():
    """Address of the operating system's function that yields the processor."""
    if os.name == "nt":
        function = ctypes.windll.kernel32.SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    return ctypes.cast(function, ctypes.c_void_p).value


def number_of_threads(threads, obj=None):
    """Check a number of threads; None is the one of Numba (``NUMBA_NUM_THREADS``)."""
    if threads is None:
        return config.NUMBA_NUM_THREADS
    return checks.integer(threads, attr="threads", obj=obj)


class Team:
    """Threads that execute the tasks of a run together.

    Parameters
    ----------
    n_threads : int
        Number of threads, with the calling one.
    """

    def __init__(self, n_threads):
        self._n_helpers = n_threads - 1
        self._executor = ThreadPoolExecutor(max(1, self._n_helpers))
        self._walk = walk_tasks()
        self._give_way = _address_of_give_way()

    def run(self, memory, integers, table, tasks, n_steps):
        """Execute all tasks ``n_steps`` times; return when all have finished."""
        # New counters for each run: a helper that starts late finds its run finished.
        counters = np.zeros(_N_COUNTERS, dtype=np.int64)
        arguments = (memory, integers, table, tasks, n_steps, counters, self._give_way)
        for _ in range(self._n_helpers):
            self._executor.submit(self._walk, *arguments)
        self._walk(*arguments)

    def close(self):
        """End the threads."""
        self._executor.shutdown()
