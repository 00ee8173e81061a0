"""Host and chip one after the other, where nothing that the chip says returns to it.

nengo-loihi does so (``precompute``) only if what feeds the chip feeds nothing else on
the host: its host is two simulators, with no way from one to the other. Otherwise host
and chip take turns at every step. Here one host's operators are cut in two: those that
the spikes for the chip depend on run first, for many steps; then the chip; then the
rest, which finds what the first said as it was at each step.
"""

from collections import defaultdict

import numpy as np

CHUNK = 1000
"""Steps in a turn: enough to make the turns cheap, few enough to be held."""


def in_turn(runner):
    """What runs host and chip by turns of many steps, or None where it would matter.

    Parameters
    ----------
    runner : nengo_loihi.simulator.StepRunner
        Of a model on the emulator that is not precomputed.

    Returns
    -------
    InTurn or None
        None where what the chip says may come back to it.
    """
    order = runner.host._step_order
    sends = {id(sender.output) for sender in runner.queues}
    receives = {id(node.output) for node in runner.model.chip2host_receivers.values()}
    ahead = _depended_on(order, lambda op: _process(op) in sends)
    returns = any(_process(order[k]) in receives for k in ahead)
    if returns or runner.model.host2chip_pes_senders:
        return None
    return InTurn(runner, ahead)


class InTurn:
    """Host and chip by turns of many steps.

    Parameters
    ----------
    runner : nengo_loihi.simulator.StepRunner
    ahead : set of int
        Which of the host's operators, in their order, run before the chip.
    """

    def __init__(self, runner, ahead):
        self._runner, self._host = runner, runner.host
        host, model = runner.host, runner.host.model
        first, rest, written, updated, read = [], [], {}, {}, set()
        for k, (op, step) in enumerate(zip(host._step_order, host._steps, strict=True)):
            if k not in ahead:
                rest.append(step)
                read.update(_bases(op.reads))
                continue
            for base in _bases(op.updates):
                updated.setdefault(base, len(first))
            written.update(dict.fromkeys(_written(op)))
            first.append(step)
        probed = [model.sig[probe]["in"] for probe in model.probes]
        probed = set(_bases([model.step, model.time, *probed]))
        self._after = [_Tape(host.signals[base]) for base in written if base in probed]
        self._first = first + [tape.record for tape in self._after]
        # What is updated at the end of a step is read before that, and probed after it.
        before = [(updated.get(b, len(first)), b) for b in written if b in read]
        self._before = []
        for place, base in sorted(before, key=lambda pair: pair[0], reverse=True):
            tape = _Tape(host.signals[base])
            self._before.append(tape)
            self._first.insert(place, tape.record)
        self._rest = [
            *(tape.play for tape in self._before),
            *rest,
            *(tape.play for tape in self._after),
            host._probe,
        ]

    def run_steps(self, steps):
        """Run host and chip for a number of steps."""
        self._runner.timers.start("run")
        for done in range(0, steps, CHUNK):
            self._turn(min(CHUNK, steps - done))
        self._runner.timers.stop("run")

    def _turn(self, steps):
        runner, tapes = self._runner, [*self._before, *self._after]
        for tape in tapes:
            tape.begin(steps)
        self._run(self._first, steps)
        last = [tape.signal.copy() for tape in tapes]
        runner._host2chip(runner.emulator)
        runner.emulator.run_steps(steps)
        runner._chip2host(runner.emulator)
        for tape in tapes:
            tape.rewind()
        self._run(self._rest, steps)
        for tape, values in zip(tapes, last, strict=True):
            tape.signal[...] = values

    @staticmethod
    def _run(functions, steps):
        with np.errstate(invalid="raise", divide="ignore"):  # as nengo has it
            for _ in range(steps):
                for function in functions:
                    function()


class _Tape:
    """A signal's values, step after step.

    Parameters
    ----------
    signal : array
        The simulator's; it is written to in place.
    """

    def __init__(self, signal):
        self.signal = signal

    def begin(self, steps):
        self._values = np.empty((steps, *self.signal.shape), self.signal.dtype)
        self.rewind()

    def rewind(self):
        self._step = 0

    def record(self):
        self._values[self._step] = self.signal
        self._step += 1

    def play(self):
        self.signal[...] = self._values[self._step]
        self._step += 1


def _process(op):
    """The identity of an operator's process; None if it has none."""
    return id(op.process) if hasattr(op, "process") else None


def _bases(signals):
    """What signals are views of, each once, in order."""
    return list(dict.fromkeys(signal.base for signal in signals))


def _written(op):
    return _bases([*op.sets, *op.incs, *op.updates])


def _depended_on(order, wanted):
    """Operators without which the wanted ones would not do the same, as a set of int.

    Those that write anything that one of them touches, at the same step or before.

    Parameters
    ----------
    order : list of nengo.builder.Operator
    wanted : callable
        Whether an operator is wanted.
    """
    writers = defaultdict(list)
    for k, op in enumerate(order):
        for base in _written(op):
            writers[base].append(k)
    waiting = [k for k, op in enumerate(order) if wanted(op)]
    found = set(waiting)
    while waiting:
        for base in _bases(order[waiting.pop()].all_signals):
            new = set(writers[base]) - found
            found |= new
            waiting.extend(new)
    return found
