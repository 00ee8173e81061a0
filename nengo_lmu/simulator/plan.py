"""The plan of a run: rows of compiled kernels, and operators that run in Python."""

import contextlib

import numpy as np
from nengo.exceptions import BuildError

from nengo_lmu.simulator.compiled import COUNTERPARTS, DTYPES, Uncompiled
from nengo_lmu.simulator.flat_memory import FlatMemory
from nengo_lmu.simulator.kernels.probe import look, record
from nengo_lmu.simulator.kernels.processes import play
from nengo_lmu.simulator.memory import available_bytes
from nengo_lmu.simulator.optimizer import Clear, optimize
from nengo_lmu.simulator.populations import SimPopulation, find_populations
from nengo_lmu.simulator.schedule import Rows, make_parts, order_operators
from nengo_lmu.simulator.sources import find_source

#: Largest number of steps of a block, and of updates of elements in it. Between blocks
#: the progress bar is updated and an interrupt is noticed.
_MAX_STEPS = 1000
_MAX_UPDATES = 2**28

#: Largest size, in bytes, of the input and the recorded values of a block.
_MAX_BYTES = 2**26

#: Steps between two calls of an operator that looks at signals now and then.
_WATCHED = 8192


class Plan:
    """The table of a built model, before and after its memory is allocated.

    The functions that are registered as counterparts call `row` and the methods that
    return the place of a signal. These raise `Uncompiled` if the signal is not in the
    flat memory or its layout does not suit the kernel.

    Parameters
    ----------
    model : nengo.builder.Model
        A built model; it is not modified.

    Attributes
    ----------
    block : int
        Largest number of steps of one compiled call.
    parts : list
        The parts of one step, in order: ranges of rows of the table, and operators
        and probes that run in Python (see `nengo_lmu.simulator.schedule`).
    sources : list of (source, row, buffer)
        Input that is computed ahead for a block of steps.
    records : list of (probe, row, buffer)
        The probes that record in compiled code.
    computed : set of Signal
        Signals that compiled operators write.
    skipped : set of Signal
        Signals that they do not write although Nengo's operators would.
    events : dict
        Output signal of a population -> its event lists (see `kernels.events`).
    """

    def __init__(self, model):
        self.model = model
        self.dt = model.dt
        self.dtype = model.time.dtype
        self.memory = FlatMemory(self.dtype)
        self.events = {}
        self.skipped = set()
        self.sources = []
        self.records = []
        self.watches = []
        self.step_row = None
        self._rows = []
        self._tasks = []
        self._n_integers = 0
        self._integers = []
        self._generators = []

        watching = [op for op in model.operators if hasattr(op, "watch")]
        probed = [model.sig[probe]["in"] for probe in model.probes]
        probed += [sig for op in watching for sig in op.reads]
        signals = [sig for op in model.operators for sig in op.all_signals]
        # The signals are checked after each run of compiled steps.
        operators = [
            op for op in model.operators if not getattr(op, "only_checks", False)
        ]
        cleared = []
        if self.dtype in DTYPES:
            operators = optimize(operators, {sig.base for sig in probed}, self.dtype)
            cleared = [sig for op in operators if type(op) is Clear for sig in op.sets]
            operators = find_populations(model, operators)
        self._written = {
            sig.base for op in model.operators for sig in op.sets + op.incs + op.updates
        }
        self.memory.place_signals(signals + probed, cleared)
        rows = self._plan_operators(operators)
        stages = order_operators(rows)
        self._plan_records(rows)
        stages += [[probe] for probe in model.probes]
        stages += self._plan_watches(watching, rows)
        self._table, self.parts = make_parts(stages, rows)

    # --- methods for counterparts of operators

    def row(self, kernel, *integers, work=0):
        """Add a row to the operator that is being planned.

        Parameters
        ----------
        kernel : Kernel
        *integers : int
            The first integers of the kernel's ``a``.
        work : int
            Number of further integers, which are zero initially.

        Returns
        -------
        int
            Index of the first of its integers.
        """
        start = self._n_integers
        self._integers.append((start, np.array(integers, dtype=np.int64)))
        self._n_integers += len(integers) + work
        self._rows.append((kernel, start))
        return start

    @contextlib.contextmanager
    def task(self):
        """A context whose rows form a task of the operator that is being planned.

        Its tasks are independent of each other and may run side by side. All other
        rows of the operator are executed after them.
        """
        rows, self._rows = self._rows, []
        yield
        self._tasks.append(self._rows)
        self._rows = rows

    def add(self, op):
        """Add the rows of another operator."""
        COUNTERPARTS[type(op)](self, op)

    def generator(self, place, rng):
        """Store a random number generator of four words in the integers.

        Parameters
        ----------
        place : int
            Index of the first word.
        rng : numpy.random.RandomState
            The generator of the operator in Nengo; its state is the seed.
        """
        entropy = rng.get_state()[1][:8].tolist()
        self._generators.append((place, [*entropy, len(self._generators)]))

    def is_constant(self, sig):
        """Whether no operator writes to a signal."""
        return sig.base.readonly and sig.base not in self._written

    def constants(self, *values):
        """Place of the given numbers."""
        return self.memory.place(np.array(values, dtype=np.float64))

    def array(self, values):
        """Place of an array of constants."""
        return self.memory.place(values)

    def work(self, n):
        """Place of work space, which is zero initially."""
        return self.memory.reserve(n)

    def at(self, sig):
        """Place of a signal whose elements are contiguous."""
        if sig.size > 1 and not sig.initial_value.flags.c_contiguous:
            raise Uncompiled
        return self.memory.offset(sig)

    def line(self, sig):
        """Place and stride of a signal that is a vector."""
        if sig.size <= 1 or sig.initial_value.flags.c_contiguous:
            return self.memory.offset(sig), 1
        if sig.ndim == 1 or (sig.ndim == 2 and sig.shape[1] == 1):
            return self.memory.offset(sig), sig.elemstrides[0]
        raise Uncompiled

    def matrix(self, sig):
        """Place and strides (2) of a signal that is a matrix or a single row."""
        if sig.ndim > 2:
            raise Uncompiled
        return self.memory.offset(sig), *((0, 0) + sig.elemstrides)[-2:]

    def grid(self, shape, *signals):
        """A two-dimensional shape; place and strides (2) of signals of that shape."""
        if len(shape) > 2:
            raise Uncompiled
        layouts = []
        for sig in signals:
            offset = self.memory.offset(sig)
            try:
                view = np.broadcast_to(sig.initial_value, shape)
            except ValueError as error:
                raise Uncompiled from error
            strides = tuple(stride // sig.itemsize for stride in view.strides)
            layouts.append((offset, *((0, 0) + strides)[-2:]))
        return ((1, 1) + tuple(shape))[-2:], *layouts

    def places(self, sig):
        """Places of the elements of a signal, an array of its shape."""
        places = np.full(sig.shape, self.memory.offset(sig), dtype=np.int64)
        for axis, stride in enumerate(sig.elemstrides):
            steps = stride * np.arange(sig.shape[axis])
            places += steps.reshape((-1,) + (1,) * (sig.ndim - 1 - axis))
        return places

    # --- the table

    def _compile(self, entry, *arguments):
        """The rows that a function adds, or None if it raises `Uncompiled`."""
        self._rows, self._tasks = [], []
        if self.dtype not in DTYPES:
            return None
        try:
            entry(self, *arguments)
        except Uncompiled:
            return None
        return Rows(self._tasks, self._rows)

    def _compile_operator(self, op):
        return self._compile(COUNTERPARTS.get(type(op), _no_entry), op)

    def _plan_operators(self, operators):
        """Operators, each with its rows, or with None if it runs in Python."""
        rows = {}
        for op in operators:
            rows[op] = self._compile_operator(op)
            if rows[op] is None and isinstance(op, SimPopulation):
                del rows[op]
                rows.update((part, self._compile_operator(part)) for part in op.parts)
        self.computed = {
            sig
            for op, compiled in rows.items()
            if compiled is not None
            for sig in op.sets + op.incs + op.updates
            if sig.base not in self.skipped
        }
        sources = {op: find_source(op) for op in rows if rows[op] is None}
        self.block = self._block_length(sources.values())
        only_sources = all(sources.values())
        for op, source in sources.items():
            if source is not None and (only_sources or not source.alone):
                rows[op] = self._compile(Plan._plan_source, source)
        return rows

    def _block_length(self, sources):
        values = sum(source.output.size for source in sources if source is not None)
        values += sum(self.model.sig[p]["in"].size for p in self.model.probes)
        return int(
            np.clip(
                min(
                    _MAX_BYTES // max(1, values * self.dtype.itemsize),
                    _MAX_UPDATES // max(1, self.memory.size),
                ),
                1,
                _MAX_STEPS,
            )
        )

    def _plan_source(self, source):
        size = source.output.size
        y, stride = self.line(source.output)
        buffer = self.work(self.block * size)
        row = self.row(play, 0, size, y, stride, buffer, source.increments)
        self.sources.append((source, row, buffer))

    def _plan_records(self, rows):
        """Add the rows of the probes, which are executed after all operators."""
        for probe in self.model.probes:
            rows[probe] = self._compile(Plan._plan_record, probe)

    def _plan_record(self, probe):
        sig = self.model.sig[probe]["in"]
        shape, (offset, *strides) = self.grid(sig.shape, sig)
        every = probe.sample_every
        period = 1 if every is None else every / self.dt
        if not np.isfinite(period):
            raise Uncompiled
        buffer = self.work(self.block * sig.size)
        row = self.row(
            record,
            0,
            *shape,
            offset,
            *strides,
            buffer,
            self.constants(period),
            self.at(self.model.time),
            self.constants(self.dt),
        )
        self.records.append((probe, row, buffer))

    def _plan_watches(self, watching, rows):
        """Add rows that record what operators look at now and then; their stages."""
        for op in watching:
            rows[op] = self._compile(Plan._plan_watch, op)
        return [[op] for op in watching if rows[op] is not None]

    def _plan_watch(self, op):
        size, places = max(_WATCHED, self.block) // op.every + 1, []
        for sig in op.reads:
            shape, (offset, *strides) = self.grid(sig.shape, sig)
            buffer = self.work(size * sig.size)
            of_signal = 0, *shape, offset, *strides, buffer
            places.append((sig, self.row(look, *of_signal, op.every, op.every), buffer))
        self.watches.append((op, size, places))

    # --- the arrays

    @property
    def n_bytes(self):
        """Size in bytes of the arrays that `allocate` makes."""
        return self.memory.size * self.dtype.itemsize + self._n_integers * 8

    def allocate(self):
        """Make the arrays ``numbers``, ``integers`` and ``table``.

        Raises
        ------
        BuildError
            If they need more memory than is available.
        """
        available = available_bytes()
        if available is not None and self.n_bytes > available:
            raise BuildError(
                f"The simulator needs {self.n_bytes / 1e9:.2f} GB of memory for "
                f"{self.model}, and {available / 1e9:.2f} GB are available"
            )
        self.numbers = self.memory.allocate()
        self.integers = np.zeros(self._n_integers, dtype=np.int64)
        self.table = np.array(
            [(kernel.address(self.dtype), start) for kernel, start in self._table],
            dtype=np.int64,
        ).reshape(-1, 2)
        self.reset(0)

    def step_view(self):
        """A view of the counter of steps, or None if Python counts them."""
        if self.step_row is None:
            return None
        step = self.model.step
        counter = self.integers[self.step_row : self.step_row + 1]
        return counter.view(step.dtype)[:1].reshape(step.shape)

    def reset(self, seed):
        """Restore the initial integers, and seed the random number generators.

        Parameters
        ----------
        seed : int
            The simulator's seed.
        """
        for start, integers in self._integers:
            self.integers[start : start + integers.size] = integers
        for place, entropy in self._generators:
            words = np.random.SeedSequence([*entropy, seed]).generate_state(
                4, np.uint64
            )
            self.integers[place : place + 4] = words.view(np.int64)


def _no_entry(plan, op):
    raise Uncompiled
