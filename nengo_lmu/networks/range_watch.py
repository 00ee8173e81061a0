"""A memory notices that its input or its state leaves the range of its design."""

import warnings

import numpy as np
from nengo.builder import Operator

from nengo_lmu.design.input_range import input_range
from nengo_lmu.names import level_of_caller
from nengo_lmu.theory.realizations import window_metric

FASTER = 1.5
"""Factor by which an input changes faster than its size explains, to be called fast."""

RUNAWAY = 4.0
"""Power of a state over that of the input, relative to what is expected, from which on
it is said to have left its range by itself."""

TOGETHER = 1000
"""Steps whose looks are judged together, or a window if it is longer: a look takes a
microsecond, to judge a window 50."""


class RangeWarning(UserWarning):
    """The input or the state of a memory is out of the range of its design."""


class RangeWatch:
    """What has been seen of a memory, window by window.

    Parameters
    ----------
    design : MemoryDesign
    name : str, optional
        Of the memory; if it is given, a `RangeWarning` tells at once, and once, what
        is out of range.

    Attributes
    ----------
    windows, outside : int
        Windows that were looked at, and those at the end of which something was out of
        range.
    loudest, fastest : float
        Largest factors by which the input was louder, and changed faster, than it is
        expected to; 0 if it was in range.
    runaway : bool
        Whether the state was larger than the input makes it.
    quiet : float or None
        How loud the loudest stretch of the input was, relative to the expected one, if
        all were too quiet.
    since : int or None
        The window at the end of which something was found first.
    """

    def __init__(self, design, name=None):
        self.name, self.warned = name, name is None
        self.range = input_range(design)
        self.metric = window_metric(design.order)
        self.n_channels = design.n_channels
        self.windows = self.outside = 0
        self.loudest = self.fastest = 0.0
        self.runaway, self.quiet, self.since = False, None, None
        self._last, self._in_stretch = None, 0
        self._sums = np.zeros((3, self.n_channels))
        self._rest = np.zeros((0, 3, self.n_channels))
        self._most = np.zeros(self.n_channels)

    def take(self, u, states):
        """Add what was seen at some looks.

        Parameters
        ----------
        u : (n, n_channels) array
            Input, every ``range.every`` steps.
        states : (n, n_channels * order) array
            State in Legendre coordinates.
        """
        if not len(u):
            return
        last = u[:1] if self._last is None else self._last
        changes = np.diff(np.concatenate([last, u]), axis=0)
        self._last = np.array(u[-1:])
        held = np.square(states).reshape(len(u), self.n_channels, -1) @ self.metric
        squares = np.stack([np.square(u), np.square(changes), held], axis=1)
        squares = np.concatenate([self._rest, squares])
        looks, n = self.range.looks, len(squares) // self.range.looks
        self._rest = squares[n * looks :]
        sums = squares[: n * looks].reshape(n, looks, 3, self.n_channels)
        sums = sums.sum(axis=1)
        while len(sums):
            room = len(self.range.limits) - self._in_stretch
            self._judge(sums[:room])
            sums = sums[room:]
        if self.found and not self.warned:
            self.warned = True
            warnings.warn(
                f"{self.name} leaves the range that it is designed for: {self.found}; "
                "give its rms and freq, or a sample of its input",
                RangeWarning,
                stacklevel=level_of_caller(),
            )

    def _judge(self, sums):
        """The stretch so far, at the end of each of some windows; sums (n, 3, ...)."""
        first, self._in_stretch = self._in_stretch, self._in_stretch + len(sums)
        sums = self._sums + np.cumsum(sums, axis=0)
        n_looks = self.range.looks * np.arange(first + 1, self._in_stretch + 1)
        ratio = sums / n_looks[:, None, None] / self.range.expected
        beyond = ratio > self.range.limits[first : self._in_stretch, None]
        if np.any(beyond):
            self._note(np.moveaxis(ratio, 1, 0), *np.moveaxis(beyond, 1, 0))
        self.windows += len(sums)
        self._sums = sums[-1]
        at = self.range.quiet_after - first - 1
        if 0 <= at < len(ratio):
            self._hush(ratio[at, 0], self.windows - len(ratio) + at + 1)
        if self._in_stretch == len(self.range.limits):
            self._in_stretch, self._sums = 0, 0 * self._sums

    def _hush(self, power, window):
        """Whether all stretches so far were too quiet, of this power the last."""
        self._most = np.maximum(self._most, power)
        low = (self._most > 0) & (self._most < self.range.least)
        self.quiet = float(np.sqrt(np.min(self._most[low]))) if np.any(low) else None
        if self.quiet is not None and self.since is None:
            self.since = window

    def _note(self, ratio, loud, fast, runaway):
        """What is beyond a limit, each array (n, n_channels), ratio (3, n, ...)."""
        fast &= ratio[1] > FASTER**2 * ratio[0]
        runaway &= ~loud & (ratio[2] > RUNAWAY * ratio[0])
        outside = np.any(loud | fast | runaway, axis=1)
        # Where it is loud as well, that much of the change is of the size.
        size = np.maximum(ratio[0], self.range.least)
        speed = np.sqrt(ratio[1][fast] / size[fast])
        loudest = np.sqrt(np.max(ratio[0][loud], initial=0))
        self.loudest = max(self.loudest, float(loudest))
        self.fastest = max(self.fastest, float(np.max(speed, initial=0)))
        self.runaway |= bool(np.any(runaway))
        self.outside += int(np.sum(outside))
        if self.since is None and np.any(outside):
            self.since = self.windows + int(np.argmax(outside)) + 1

    @property
    def found(self):
        """What is out of range, in a phrase; None if nothing is."""
        found = []
        if self.loudest:
            found.append(
                f"its input is up to {self.loudest:.2g} times as loud as expected"
            )
        if self.fastest:
            found.append(f"its input changes up to {self.fastest:.2g} times as fast")
        if self.quiet is not None:
            found.append(f"its input is only {self.quiet:.2g} times as loud")
        if self.runaway:
            found.append("its state is larger than its input makes it")
        return ", ".join(found) or None

    def __str__(self):
        if self.found is None:
            return f"in range in all of {self.windows} windows"
        share = self.outside / max(self.windows, 1)
        return f"out of range in {share:.0%} of {self.windows} windows: {self.found}"


def watched(design, u, states):
    """What is seen of a memory in a recorded run.

    Parameters
    ----------
    design : MemoryDesign
    u : (n_steps,) or (n_steps, n_channels) array
        Input at each step.
    states : (n_steps, n_channels * order) array
        State at each step.

    Returns
    -------
    RangeWatch
    """
    watch = RangeWatch(design)
    every = watch.range.every
    u = np.reshape(u, (len(states), -1))
    watch.take(u[every - 1 :: every], states[every - 1 :: every])
    return watch


def ranges_of(simulator):
    """What a simulator has seen of the range of its memories, in a line for each."""
    parts = [simulator, *getattr(simulator, "sims", {}).values()]
    models = [getattr(part, "model", None) for part in parts]
    operators = [op for model in models for op in getattr(model, "operators", ())]
    seen = [(op.name, op.seen) for op in operators if isinstance(op, WatchRange)]
    return [f"{name}: {watch}" for name, watch in seen if watch is not None]


class WatchRange(Operator):
    """Look at input and state of a memory now and then, and warn once.

    A simulator that can record the signals by itself may drop this operator, and give
    them to what `watch` makes.

    Parameters
    ----------
    design : MemoryDesign
    name : str
        Of the memory, for the warning.
    u, state : Signal
        Its input and its state.

    Attributes
    ----------
    every : int
        Steps from look to look.
    seen : RangeWatch or None
        Of the last run.
    """

    only_checks = True

    def __init__(self, design, name, u, state):
        super().__init__(tag=f"range of {name}")
        self.sets, self.incs, self.reads, self.updates = [], [], [u, state], []
        self.design, self.name = design, name
        self.every, self.seen = input_range(design).every, None

    def watch(self):
        """A `RangeWatch` of a run, which warns."""
        self.seen = RangeWatch(self.design, self.name)
        return self.seen

    def make_step(self, signals, dt, rng):
        values, watch = [signals[sig] for sig in self.reads], self.watch()
        every, left, seen = self.every, 0, []
        enough = max(watch.range.looks, TOGETHER // every)

        def step():
            nonlocal left
            left += 1
            if left == every:
                left = 0
                seen.append([value.copy() for value in values])
                if len(seen) == enough:
                    watch.take(*map(np.array, zip(*seen, strict=True)))
                    seen.clear()

        return step
