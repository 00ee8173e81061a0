"""Runs in local processes: each run has a new process.

The memory of a run can then be measured, and a crash ends one run, not the sweep. The
processes are forked from a server that has imported what runs need; an import for each
run would take longer than most runs.
"""

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from contextlib import contextmanager
from multiprocessing.connection import wait

_WARM = "nengo_lmu.sweep.warm"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Failure:
    """Outcome of a failed run.

    Attributes
    ----------
    message : str
        One line.
    details : str
        The traceback; the message if there is none.
    """

    def __init__(self, message, details=None):
        self.message = message
        self.details = message if details is None else details


def run_in_processes(function, tasks, workers):
    """Yield ``(index, outcome)`` for each task as it ends, in no particular order.

    This is one executor of `nengo_lmu.sweep.sweep`; the other is in
    `nengo_lmu.sweep.cluster`.

    Parameters
    ----------
    function : callable
        A function that can be imported by name.
    tasks : sequence of dict
        Argument of each call, started in this order.
    workers : int
        Number of simultaneous processes.

    Yields
    ------
    index : int
        Position in ``tasks``.
    outcome : object or Failure
        Result of the function, or the reason of its failure.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([function.__module__, _WARM])
    waiting = list(enumerate(tasks))[::-1]
    running = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                index, task = waiting.pop()
                receiver, sender = context.Pipe(duplex=False)
                process = context.Process(
                    target=_child, args=(sender, function, task), daemon=True
                )
                with _child_environment():
                    process.start()
                sender.close()
                running[receiver] = (index, process)
            # A pipe is ready when its result has arrived or its process has ended.
            for receiver in wait(list(running)):
                index, process = running.pop(receiver)
                try:
                    outcome = receiver.recv()
                except EOFError:
                    process.join()
                    outcome = Failure(_cause_of_death(process.exitcode))
                receiver.close()
                process.join()
                yield index, outcome
    finally:
        for _, process in running.values():
            process.terminate()
        for _, process in running.values():
            process.join()


@contextmanager
def _child_environment():
    """Set what a child inherits: one thread for linear algebra, and no Ctrl-C.

    Only the parent handles Ctrl-C and then terminates its children; otherwise each of
    them would print a traceback.
    """
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _child(sender, function, task):
    # A parent that is killed cannot terminate its children, so each child watches its
    # parent, which may have ended before the child has started.
    if not multiprocessing.parent_process().is_alive():
        os._exit(1)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    try:
        outcome = function(task)
    except Exception as error:
        message = f"{type(error).__name__}: {error}".splitlines()[0]
        outcome = Failure(message, traceback.format_exc())
    sender.send(outcome)
    sender.close()
    sys.stdout.flush()


def _exit_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)


def _cause_of_death(exitcode):
    if exitcode is not None and exitcode < 0:
        name = signal.Signals(-exitcode).name
        hint = "; is the memory full?" if name == "SIGKILL" else ""
        return f"the worker process was killed by {name}{hint}"
    return f"the worker process ended with exit code {exitcode} and no result"
