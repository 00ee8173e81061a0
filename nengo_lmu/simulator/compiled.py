"""What a kernel is: compiled code that does the work of one operator.

A kernel is a function of two pointers. ``m`` points to the flat memory that
holds every signal and constant, ``a`` to the integers of one row of the table:
sizes, offsets into ``m``, counters. One compiled loop, `walk`, goes through the
table and calls the kernels by their addresses, so a kernel is compiled by itself
when a network first needs it, and cached on disk by Numba next to its file (in
``__pycache__``; in a user-wide directory where that cannot be written; in
``NUMBA_CACHE_DIR`` where that is set).

Numba trusts a cached kernel while its own file is unchanged. So a kernel calls
compiled functions of its own file only.
"""

import numpy as np
from llvmlite import ir
from numba import cfunc, njit, types
from numba.core.caching import FunctionCache
from numba.extending import intrinsic

_FLOATS = {np.dtype("float32"): types.float32, np.dtype("float64"): types.float64}

DTYPES = tuple(_FLOATS)

#: Sums may be reordered and multiplications fused with additions (which lets the
#: compiler use vector instructions); infinities and NaN keep their meaning.
REORDER = frozenset({"reassoc", "contract", "nsz"})

#: Operator type -> function(plan, operator) that adds the rows of the operator.
COUNTERPARTS = {}

#: For functions that kernels of the same file call.
device = njit(error_model="numpy")


class Uncompiled(Exception):
    """An operator has no compiled counterpart; Nengo's own step has to run."""


def counterpart(*types):
    """Register the function that turns operators of these types into rows."""

    def register(function):
        for type_ in types:
            COUNTERPARTS[type_] = function
        return function

    return register


class Kernel:
    """A function of (memory, integers of a row), compiled when first used.

    Parameters
    ----------
    function : callable
        The kernel in the subset of Python that Numba compiles.
    fastmath : set of str
        The liberties that the compiler may take with floating point.
    """

    def __init__(self, function, fastmath=frozenset()):
        self.function = function
        self.fastmath = set(fastmath)
        self._compiled = {}

    def address(self, dtype):
        """Address of the machine code for a memory of this type."""
        if dtype not in self._compiled:
            signature = types.void(
                types.CPointer(_FLOATS[dtype]), types.CPointer(types.int64)
            )
            self._compiled[dtype] = _load_or_compile(
                self.function,
                lambda: cfunc(
                    signature,
                    cache=True,
                    error_model="numpy",
                    fastmath=self.fastmath,
                )(self.function),
            )
        return self._compiled[dtype].address


def kernel(function=None, *, fastmath=frozenset()):
    """Declare a kernel: ``@kernel`` or ``@kernel(fastmath=REORDER)``."""
    if function is None:
        return lambda function: Kernel(function, fastmath)
    return Kernel(function)


def _load_or_compile(function, compile_):
    """Compile through Numba's cache; a cache that cannot be read is emptied."""
    try:
        return compile_()
    except Exception:
        FunctionCache(function).flush()
        return compile_()


@intrinsic
def _call(typingctx, address, memory, row):
    """Call the kernel at an address."""

    def generate(context, builder, signature, arguments):
        pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, pointer])
        function = builder.inttoptr(arguments[0], kind.as_pointer())
        builder.call(function, [builder.inttoptr(x, pointer) for x in arguments[1:]])
        return context.get_dummy_value()

    return types.void(address, memory, row), generate


@njit(cache=True, nogil=True)
def _walk(memory, integers, table, first, last, n_steps):
    for _ in range(n_steps):
        for row in range(first, last):
            _call(table[row, 0], memory, integers + 8 * table[row, 1])


_WALK = types.void(
    types.int64,
    types.int64,
    types.Array(types.int64, 2, "C"),
    types.int64,
    types.int64,
    types.int64,
)


def walk():
    """The loop ``(memory, integers, table, first, last, n_steps)`` over a table.

    ``memory`` and ``integers`` are addresses; ``table`` is an array (n_rows, 2) of
    int64 with the address of the kernel and the place of its integers. The rows
    ``first`` to ``last`` are done in order, ``n_steps`` times over.
    """
    if not _walk.signatures:
        _load_or_compile(_walk.py_func, lambda: _walk.compile(_WALK.args))
    return _walk
