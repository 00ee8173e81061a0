"""Input that depends on time only, evaluated in Python for many steps at once.

Such input does not require a return to Python at every step. Nengo's own processes
without input have no state but their own, so a block of their values equals the
values of single steps. A Python function of time may depend on anything, so it is
evaluated ahead only if it is found to be pure (`is_pure`) and no other Python code
runs within a step.
"""

import builtins
import dis
import inspect
import math
import types

import numpy as np
from nengo import processes
from nengo.builder.operator import SimPyFunc
from nengo.builder.processes import SimProcess

#: Nengo's processes that depend on time and on their own random numbers only.
#: (`Piecewise` is not among them: it may contain functions of the user.)
_PROCESSES = (
    processes.BrownNoise,
    processes.FilteredNoise,
    processes.PresentInput,
    processes.WhiteNoise,
    processes.WhiteSignal,
)

_BUILTINS = {abs, bool, float, int, max, min, pow, round, sum}
_ARRAYS = {"array", "asarray", "clip", "interp", "ones", "where", "zeros"}
_IMPURE = ("STORE_GLOBAL", "STORE_DEREF", "STORE_ATTR", "STORE_SUBSCR", "IMPORT_NAME")


def is_pure(function):
    """Whether a function is known to depend on its argument only.

    This holds if its code uses only numbers, the mathematical functions of NumPy and
    Python and other pure functions, and assigns to local variables only. A function
    that cannot be analysed is not pure.

    Parameters
    ----------
    function : callable

    Returns
    -------
    bool
    """
    if isinstance(function, np.ufunc):
        return True
    if isinstance(function, types.BuiltinFunctionType):
        return function.__module__ == "math"
    if not isinstance(function, types.FunctionType):
        return False
    code = function.__code__
    if any(
        instruction.opname.startswith(_IMPURE)
        for instruction in dis.get_instructions(code)
    ) or any(isinstance(constant, types.CodeType) for constant in code.co_consts):
        return False
    try:
        names = inspect.getclosurevars(function)
    except ValueError:  # a variable without a value yet
        return False
    values = [*names.nonlocals.values(), *names.globals.values()]
    values += function.__defaults__ or ()
    values += (function.__kwdefaults__ or {}).values()
    return (
        all(value is not function for value in values)
        and all(_is_pure_value(value) for value in values)
        and all(builtin in _BUILTINS for builtin in names.builtins.values())
        and all(_is_pure_attribute(name) for name in names.unbound)
    )


def _is_pure_value(value):
    if value is np or value is math or value is None:
        return True
    return isinstance(value, (int, float, np.number)) or is_pure(value)


def _is_pure_attribute(name):
    if hasattr(builtins, name) and not hasattr(np, name):
        return False
    value = getattr(np, name, getattr(math, name, None))
    return isinstance(value, (float, np.ufunc)) or name in _ARRAYS


def _times(first, n, dt, dtype):
    """Times of n steps, as in Nengo's signal of the time."""
    return (np.arange(first, first + n) * dt).astype(dtype).tolist()


class ProcessSource:
    """The values of a process without input.

    Parameters
    ----------
    op : SimProcess
    """

    #: Whether a block is exact only if no other Python code runs within a step.
    alone = False

    def __init__(self, op):
        self.op = op
        self.output = op.output
        self.increments = op.mode == "inc"

    def make(self, signals, dt, rng):
        """Return to the start, with the random numbers that Nengo would draw."""
        self.dt = dt
        process = self.op.process
        shape_out = self.op.output.shape
        state = {name: signals[sig] for name, sig in self.op.state.items()}
        self.step = process.make_step((0,), shape_out, dt, process.get_rng(rng), state)
        self.table = None
        if type(process) is processes.WhiteSignal:
            # One period, which is repeated
            self.table = inspect.getclosurevars(self.step).nonlocals.get("signal")

    def fill(self, values, first):
        """Compute values, shape (n, size), of the steps from ``first`` on.

        Returns
        -------
        n, error : int, Exception or None
            The number of values that were computed, and the error that prevented
            more.
        """
        if self.table is not None:
            steps = np.arange(first, first + len(values))
            values[:] = self.table[steps % len(self.table)]
            return len(values), None
        k = 0
        try:
            for k, t in enumerate(_times(first, len(values), self.dt, values.dtype)):
                values[k] = self.step(t)
        except BaseException as error:
            return k, error
        return len(values), None


class FunctionSource:
    """The values of a pure function of time.

    Parameters
    ----------
    op : SimPyFunc
    """

    alone = True
    increments = False

    def __init__(self, op):
        self.op = op
        self.output = op.output

    def make(self, signals, dt, rng):
        """Return to the start."""
        self.dt = dt
        self.step = self.op.make_step(signals, dt, rng)
        self.time = signals[self.op.t]

    def fill(self, values, first):
        """See `ProcessSource.fill`; errors are those that Nengo's own step raises."""
        n = len(values)
        function = self.op.fn
        times = _times(first, n, self.dt, values.dtype)
        k = 0
        try:
            for k, t in enumerate(times):
                values[k] = function(t)
            finite = np.isfinite(values).all(axis=1)
            if finite.all():
                return n, None
            k, error = int(np.argmin(finite)), None
        except BaseException as caught:
            error = caught
        if not isinstance(error, (KeyboardInterrupt, SystemExit)):
            before = self.time.copy()
            try:
                self.time[...] = times[k]
                self.step()
            except Exception as nengos:
                error = nengos
            finally:
                self.time[...] = before
        return k, error


def find_source(op):
    """The source for an operator that depends on time only, or None."""
    if isinstance(op, SimProcess) and op.input is None:
        if type(op.process) in _PROCESSES:
            return ProcessSource(op)
    elif isinstance(op, SimPyFunc) and op.x is None and op.t is not None:
        if op.output is not None and is_pure(op.fn):
            return FunctionSource(op)
    return None
