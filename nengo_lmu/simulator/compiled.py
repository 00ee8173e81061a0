"""Kernels: the compiled functions that do the work of Nengo's operators.

A kernel is a function of two pointers. ``m`` points to the flat memory, which
holds every signal and constant. ``a`` points to the integers of one row of the
table: sizes, offsets into ``m``, counters. One compiled loop, `walk`, goes through
the table and calls the kernels by their addresses. A kernel is therefore compiled
separately, when a network first needs it. Numba caches it on disk next to its file
(in ``__pycache__``; in a user-wide directory if that is not writable; in
``NUMBA_CACHE_DIR`` if that is set).

Numba itself compares a cached function with the file of that function only. As
kernels call functions of other files, a cached kernel is used only while all files
of `nengo_lmu.simulator.kernels` are unchanged.
"""

import contextlib
import functools
import hashlib
from pathlib import Path

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core.caching import FunctionCache
from numba.core.ccallback import CFunc
from numba.extending import intrinsic

_FLOATS = {np.dtype("float32"): types.float32, np.dtype("float64"): types.float64}

DTYPES = tuple(_FLOATS)

#: Sums may be reordered and multiplications fused with additions (which lets the
#: compiler use vector instructions); infinities and NaN keep their meaning.
REORDER = frozenset({"reassoc", "contract", "nsz"})

#: Operator type -> function(plan, operator) that adds the rows of the operator.
COUNTERPARTS = {}

#: Decorator of functions that kernels call.
device = njit(error_model="numpy")


def compiled(function):
    """Compile on the first call and keep the result for the next process.

    Where neither the package nor the user's cache directory can be written,
    Numba refuses to cache; then each process compiles for itself.
    """
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return njit(nogil=True)(function)


class Uncompiled(Exception):
    """The operator has no compiled counterpart, so Nengo's own step is used."""


def counterpart(*types):
    """Register a function that turns operators of these types into rows."""

    def register(function):
        for type_ in types:
            COUNTERPARTS[type_] = function
        return function

    return register


@functools.cache
def _version(folder):
    """Hash of the contents of all files of the kernels, and of those in a folder."""
    contents = hashlib.sha256()
    for place in (Path(__file__).parent / "kernels", folder):
        for path in sorted(place.glob("*.py")):
            contents.update(path.read_bytes())
    return contents.hexdigest()


class _KernelCache(FunctionCache):
    """Numba's cache on disk, with the version of all kernels in its keys."""

    def _index_key(self, sig, codegen):
        folder = Path(self._py_func.__code__.co_filename).parent
        return (*super()._index_key(sig, codegen), _version(folder))


class _CachedFunction(CFunc):
    """A C function that is loaded from the cache, or compiled and cached."""

    def __init__(self, function, signature, fastmath):
        options = {"error_model": "numpy", "fastmath": fastmath}
        super().__init__(function, signature, locals={}, options=options)
        with contextlib.suppress(RuntimeError):  # nowhere to keep it
            self._cache = _KernelCache(function)
        self.compile()


class Kernel:
    """A function of (memory, integers of a row), compiled when it is first used.

    Parameters
    ----------
    function : callable
        The kernel in the subset of Python that Numba compiles.
    fastmath : set of str
        Floating-point optimizations that the compiler may apply.
    """

    def __init__(self, function, fastmath=frozenset()):
        self.function = function
        self.fastmath = set(fastmath)
        self._compiled = {}

    def address(self, dtype):
        """Address of the machine code for a memory of this type."""
        if dtype not in self._compiled:
            arguments = types.CPointer(_FLOATS[dtype]), types.CPointer(types.int64)
            self._compiled[dtype] = load_or_compile(
                self.function,
                lambda: _CachedFunction(
                    self.function, (arguments, types.void), self.fastmath
                ),
            )
        return self._compiled[dtype].address


def kernel(function=None, *, fastmath=frozenset()):
    """Declare a kernel: ``@kernel`` or ``@kernel(fastmath=REORDER)``."""
    if function is None:
        return lambda function: Kernel(function, fastmath)
    return Kernel(function)


def load_or_compile(function, compile_):
    """Compile through Numba's cache; if the cache cannot be read, flush it first."""
    try:
        return compile_()
    except Exception:
        FunctionCache(function).flush()
        return compile_()


@intrinsic
def call(typingctx, address, memory, row):
    """Call the kernel at an address."""

    def generate(context, builder, signature, arguments):
        pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, pointer])
        function = builder.inttoptr(arguments[0], kind.as_pointer())
        builder.call(function, [builder.inttoptr(x, pointer) for x in arguments[1:]])
        return context.get_dummy_value()

    return types.void(address, memory, row), generate


@compiled
def _walk(memory, integers, table, first, last, n_steps):
    for _ in range(n_steps):
        for row in range(first, last):
            call(table[row, 0], memory, integers + 8 * table[row, 1])


_WALK = types.void(
    types.int64,
    types.int64,
    types.Array(types.int64, 2, "C"),
    types.int64,
    types.int64,
    types.int64,
)


def walk():
    """The compiled loop ``(memory, integers, table, first, last, n_steps)``.

    ``memory`` and ``integers`` are addresses; ``table`` is an array (n_rows, 2) of
    int64 that contains the address of each kernel and the index of its integers.
    The rows ``first`` to ``last`` are executed in order, ``n_steps`` times.
    """
    if not _walk.signatures:
        load_or_compile(_walk.py_func, lambda: _walk.compile(_WALK.args))
    return _walk
