"""The simulator: the interface of `nengo.Simulator` for compiled operators."""

import contextlib
import functools
from typing import Any

import nengo
import numpy as np
from nengo.builder.signal import SignalDict
from nengo.exceptions import SimulationError, SimulatorClosed, ValidationError
from nengo.rc import rc
from nengo.utils.progress import Progress, ProgressTracker
from numpy.typing import DTypeLike

from nengo_lmu.simulator.compiled import walk
from nengo_lmu.simulator.memory import available_bytes
from nengo_lmu.simulator.plan import Plan
from nengo_lmu.simulator.probe_data import ProbeBlocks, ProbeData
from nengo_lmu.simulator.schedule import Part
from nengo_lmu.simulator.threads import Team, number_of_threads

#: Single steps check for NaN once in this many steps.
_CHECK_EVERY = 100

#: Fewer tasks than this (of 10 us or more) run on one thread: to start others takes
#: about 10 us.
_FEW_TASKS = 10

#: Bytes that are allocated without checking how many are available.
_SMALL = 10**8


# Not nengo.Simulator, which the Nengo GUI replaces while it loads a model.
class Simulator(nengo.simulator.Simulator):
    """Run any Nengo network, like `nengo.Simulator`, in compiled code.

    Nengo builds the network; its operators become a table, which one compiled loop
    executes. Python functions, and operators without a compiled counterpart, run as
    Nengo's own steps. A network without them runs up to 1000 steps in one call. The
    kernels are compiled when a network first needs them and cached on disk.

    Results equal those of `nengo.Simulator` within rounding. Where neurons draw
    random numbers (`nengo.PoissonSpiking`, `nengo.StochasticSpiking`), results are
    equal in distribution. The same seeds give the same result.

    Signals of Poisson neurons that only decoders read (their currents, rates and
    spikes) are computed only if they are probed.

    Parameters
    ----------
    network : nengo.Network or None
        The network to build and simulate; None if ``model`` is given.
    dt : float
        Length of a time step, in seconds.
    seed : int or None
        Seed of all random numbers of the run; ``network.seed + 1`` by default, random
        if the network has no seed.
    model : nengo.builder.Model or None
        A model that has already been built.
    progress_bar : bool or nengo.utils.progress.ProgressBar
        Whether to show the progress of building and running.
    optimize : bool
        Whether Nengo merges operators first. This takes time without making the run
        faster, and prevents the simulation of Poisson neurons by events.
    dtype : dtype or None
        float64 or float32; by default the precision of ``nengo.rc``, 64 bits. With
        32 bits a network takes half the memory. A ``model`` keeps the type with which
        it was built.
    threads : int or None
        Number of threads that simulate populations of more than 50,000 neurons; by
        default that of Numba (``NUMBA_NUM_THREADS``, or the number of processors).
        Results are the same for any number of threads.

    Raises
    ------
    nengo.exceptions.BuildError
        If the network needs more memory than is available; the message has both.

    Examples
    --------
    >>> with nengo.Network(seed=0) as model:
    ...     stimulus = nengo.Node(lambda t: np.sin(6 * t))
    ...     neurons = nengo.Ensemble(100, 1)
    ...     _ = nengo.Connection(stimulus, neurons)
    ...     decoded = nengo.Probe(neurons, synapse=0.03)
    >>> with nengo_lmu.Simulator(model, progress_bar=False) as simulator:
    ...     simulator.run(1.0)
    >>> simulator.data[decoded].shape
    (1000, 1)
    """

    def __init__(
        self,
        network: nengo.Network | None,
        dt: float = 0.001,
        seed: int | None = None,
        model: Any = None,
        progress_bar: Any = True,
        optimize: bool = False,
        dtype: DTypeLike | None = None,
        threads: int | None = None,
    ) -> None:
        self.closed = True  # until construction has succeeded
        self._plan = None
        self._team = None
        self.threads = number_of_threads(threads, type(self))
        with _precision(dtype):
            super().__init__(
                network,
                dt=dt,
                seed=seed,
                model=model,
                progress_bar=progress_bar,
                optimize=optimize,
            )

    def reset(self, seed: int | None = None) -> None:
        """Return to the start of the run.

        Parameters
        ----------
        seed : int or None
            A new seed for all random numbers of the run; the old one by default.
        """
        if self.closed:
            raise SimulatorClosed("Cannot reset closed Simulator.")
        if self._plan is None:
            self._start()
        if seed is not None:
            self.seed = seed
        plan = self._plan
        for sig in self.signals:
            self.signals.reset(sig)
        plan.reset(self.seed)
        self.rng = np.random.RandomState(self.seed)
        for source, _, _ in plan.sources:
            source.make(self.signals, self.dt, self.rng)
        self._watches = [op.watch() for op, _, _ in plan.watches]
        self._ahead = [0] * len(plan.sources)
        self._steps = [self._make_part(part) for part in plan.parts]
        self.clear_probes()
        self._probe_step_time()

    def _start(self):
        """Plan the built model and allocate its memory."""
        plan = Plan(self.model)
        plan.allocate()
        self.signals = SignalDict()
        for sig, view in plan.memory.views(plan.numbers):
            dict.__setitem__(self.signals, sig, view)
        step = plan.step_view()
        if step is not None:
            dict.__setitem__(self.signals, self.model.step, step)
        for op in self.model.operators:
            op.init_signals(self.signals)
        self.data = ProbeData(self._sim_data, self._collect)
        self._plan = plan
        self._checked = plan.memory.ranges(plan.computed)
        self._walk = functools.partial(
            walk(), plan.numbers.ctypes.data, plan.integers.ctypes.data, plan.table
        )

    def _make_part(self, part):
        """Make a function that executes one part of a step (see `Plan.parts`)."""
        if isinstance(part, Part) and part.tasks is None:
            return functools.partial(self._walk, part.first, part.last, 1)
        if isinstance(part, Part):
            return functools.partial(self._run_part, part, 1)
        if isinstance(part, nengo.Probe):
            return functools.partial(self._record_in_python, part)
        return part.make_step(self.signals, self.dt, self.rng)

    def _run_part(self, part, n_steps):
        """Run compiled rows, on several threads if that takes less time."""
        if (
            self.threads == 1
            or part.tasks is None
            or len(part.tasks) * n_steps < _FEW_TASKS
        ):
            self._walk(part.first, part.last, n_steps)
            return
        if self._team is None:
            self._team = Team(self.threads)
        plan = self._plan
        self._team.run(
            plan.numbers.ctypes.data,
            plan.integers.ctypes.data,
            plan.table,
            part.tasks,
            n_steps,
        )

    def __getstate__(self):
        self._collect()
        return super().__getstate__()

    def clear_probes(self) -> None:
        """Discard what the probes have recorded."""
        for probe in self.model.probes:
            self._sim_data[probe] = ProbeBlocks()
        for _, row, _ in self._plan.records:
            self._plan.integers[row] = 0
        self.data.reset()

    def close(self) -> None:
        """End the simulation; the data of the probes can still be read."""
        if not self.closed:
            self._collect()
        super().close()
        if self._team is not None:
            self._team.close()
        self._team = None
        self._plan = None
        self._walk = None
        self._steps = None

    def step(self) -> None:
        """Advance by one step of ``dt`` seconds."""
        if self.closed:
            raise SimulatorClosed("Simulator cannot run because it is closed.")
        self._advance(1)
        if self.n_steps % _CHECK_EVERY == 0:
            self._check()

    def run_steps(self, steps: int, progress_bar: Any = None) -> None:
        """Advance by a number of steps.

        An interrupt or an error in a Python function ends the run after a complete
        step; the data recorded so far is kept.

        Parameters
        ----------
        steps : int
            Number of steps.
        progress_bar : bool or nengo.utils.progress.ProgressBar or None
            Whether to show the progress; by default as for building.

        Raises
        ------
        nengo.exceptions.SimulationError
            If a signal has become NaN, or the data of the probes would need more
            memory than is available.
        """
        if self.closed:
            raise SimulatorClosed("Simulator cannot run because it is closed.")
        if progress_bar is None:
            progress_bar = self.progress_bar
        self._check_memory(steps)
        progress = Progress("Simulating", "Simulation", steps)
        with ProgressTracker(progress_bar, progress) as tracker:
            for done in range(0, steps, self._plan.block):
                n = min(self._plan.block, steps - done)
                self._advance(n)
                self._check()
                tracker.total_progress.step(n=n)
        self.look()

    def _advance(self, n):
        """Advance by ``n`` steps, at most one block."""
        plan = self._plan
        with np.errstate(invalid="raise", divide="ignore"):
            n, error = self._look_ahead(n)
            if any(plan.integers[row] + n > plan.block for _, row, _ in plan.records):
                self._collect()
            self.look(n)
            try:
                if len(plan.parts) == 1 and isinstance(plan.parts[0], Part):
                    self._run_part(plan.parts[0], n)
                else:
                    for _ in range(n):
                        for part in self._steps:
                            part()
                        self._probe_step_time()
            finally:
                self._probe_step_time()
        if error is not None:
            raise error

    def _look_ahead(self, n):
        """Compute the input that depends on time only, for ``n`` steps.

        Returns
        -------
        n, error : int, Exception or None
            The number of steps for which there is input, and the error that prevented
            more.
        """
        plan = self._plan
        error = None
        done = self.signals[self.model.step].item()
        for k, (source, row, buffer) in enumerate(plan.sources):
            size = source.output.size
            values = plan.numbers[buffer : buffer + plan.block * size]
            values = values.reshape(plan.block, size)
            used, ahead = plan.integers[row], self._ahead[k]
            if used + n > plan.block:
                values[: ahead - used] = values[used:ahead].copy()
                ahead -= used
                plan.integers[row] = used = 0
            first = done + 1 + ahead - used
            got, stopped = source.fill(values[ahead : max(ahead, used + n)], first)
            self._ahead[k] = ahead + got
            if stopped is not None:
                n = int(min(n, self._ahead[k] - used))
                error = stopped
        return n, error

    def _collect(self):
        """Append what the probes have recorded to their data."""
        plan = self._plan
        if plan is None:
            return
        for probe, row, buffer in plan.records:
            n = plan.integers[row]
            if n > 0:
                shape = self.model.sig[probe]["in"].shape
                size = int(np.prod(shape))
                values = plan.numbers[buffer : buffer + n * size]
                self._sim_data[probe].append_block(values.reshape(n, *shape).copy())
                plan.integers[row] = 0

    def look(self, n: int = 0) -> None:
        """Show to operators what they watch, if it has no room for ``n`` more steps."""
        plan = self._plan
        for watch, (op, size, places) in zip(self._watches, plan.watches, strict=True):
            count = plan.integers[places[0][1]]
            if count == 0 or (n and count + n // op.every < size):
                continue
            seen = []
            for sig, row, buffer in places:
                values = plan.numbers[buffer : buffer + count * sig.size]
                seen.append(values.reshape(count, sig.size).astype(float))
                plan.integers[row] = 0
            watch.take(*seen)

    def _record_in_python(self, probe):
        """Record a signal that is not in the flat memory."""
        step = self.signals[self.model.step].item()
        every = probe.sample_every
        if step % (1 if every is None else every / self.dt) < 1:
            values = self.signals[self.model.sig[probe]["in"]]
            self._sim_data[probe].append_block(np.array(values)[None])

    def _check(self):
        """Raise an error if a signal has become NaN.

        As in Nengo, the output of Python functions may be NaN as long as no operator
        computes with it.
        """
        plan = self._plan
        if any(
            np.isnan(np.min(plan.numbers[first:last])) for first, last in self._checked
        ):
            for sig in plan.computed:
                if np.isnan(self.signals[sig]).any():
                    raise SimulationError(
                        f"NaN in {sig} at or before {self.time:g} seconds"
                    )

    def _check_memory(self, steps):
        """Raise an error if the data of the probes would need too much memory."""
        needed = 0
        for probe in self.model.probes:
            period = 1 if probe.sample_every is None else probe.sample_every / self.dt
            size = self.model.sig[probe]["in"].initial_value.nbytes
            needed += size * steps / max(1, period)
        available = available_bytes() if needed > _SMALL else None
        if available is not None and needed > available:
            raise SimulationError(
                f"The probes need {needed / 1e9:.2f} GB of memory for {steps} steps, "
                f"and {available / 1e9:.2f} GB are available; use sample_every, or "
                "a shorter run"
            )


@contextlib.contextmanager
def _precision(dtype):
    """Let Nengo build with this type if it is not None."""
    if dtype is None:
        yield
        return
    dtype = np.dtype(dtype)
    if dtype not in (np.float32, np.float64):
        raise ValidationError(
            f"Must be float32 or float64 (got {dtype})", attr="dtype", obj=Simulator
        )
    before = rc.get("precision", "bits")
    rc.set("precision", "bits", str(8 * dtype.itemsize))
    try:
        yield
    finally:
        rc.set("precision", "bits", before)
