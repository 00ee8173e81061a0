"""Runs on the workers of a Dask cluster.

Only the name of a function and its parameters are sent, a few hundred bytes, and a row
is returned. nengo-lmu must be installed on the workers.
"""

import logging
import multiprocessing
import re
import warnings
from contextlib import contextmanager

from nengo.exceptions import NengoException

from nengo_lmu import checks
from nengo_lmu.extras import import_extra
from nengo_lmu.sweep.processes import Failure, run_in_processes
from nengo_lmu.versions import versions

_PATIENCE = 5
"""Timeout for the answer of a scheduler and for its first worker, in seconds."""


class ClusterError(NengoException):
    """A cluster cannot be reached, has no workers, or has other software versions."""


def on_cluster(scheduler):
    """Make an executor for `sweep.sweep` on the workers of a Dask cluster.

    Each run is a new process on its worker, as in a local sweep, so that measurements
    are comparable and a crash ends one run only. If a worker is lost, its run is
    started again on another one.

    Parameters
    ----------
    scheduler : str
        Address of the scheduler, ``tcp://host:port``.

    Returns
    -------
    callable
        ``executor(function, runs, workers)`` yields ``(index, row or Failure)`` as the
        runs end, on all workers of the cluster. It raises a `ClusterError` if the
        cluster cannot be reached, has no worker, or a worker has other versions of
        Python, nengo-lmu, nengo or NumPy than this machine.

    Raises
    ------
    ValidationError
        If the address is malformed.
    MissingExtraError
        If `distributed` is not installed.
    """
    if not re.fullmatch(r"(tcp|tls)://[^\s/:]+:\d+", scheduler):
        checks.fail("scheduler", "an address like tcp://host:8786", scheduler)
    import_extra("distributed", "dask")

    def executor(function, runs, workers):
        outcomes = _outcomes(scheduler, function, runs)
        next(outcomes)  # errors of the cluster are raised first
        return outcomes

    return executor


def _outcomes(scheduler, function, runs):
    """Yield once when connected, then at the end of each run."""
    if not runs:
        yield
        return
    with _client(scheduler) as client:
        _check_workers(client, scheduler)
        yield
        yield from _run(client, function, runs)


@contextmanager
def _client(scheduler):
    """Connect to the cluster. Errors are raised once, not written into a log."""
    import distributed

    log = logging.getLogger("distributed")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", distributed.versions.VersionMismatchWarning)
            try:
                client = distributed.Client(
                    scheduler, timeout=_PATIENCE, set_as_default=False
                )
            except (OSError, ImportError) as error:
                raise ClusterError(
                    f"no Dask scheduler answers at {scheduler} ({_line(error)})"
                ) from None
        with client:
            yield client
    finally:
        log.setLevel(level)


def _check_workers(client, scheduler):
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        raise ClusterError(
            f"the scheduler at {scheduler} has no workers; start some with: "
            f"dask worker {scheduler}"
        ) from None
    ours = versions("distributed")
    found = client.run(versions, "distributed", on_error="return")
    for address, theirs in found.items():
        if theirs != ours:
            raise ClusterError(
                f"the worker at {address} has {_line(theirs)}; here it is {ours}"
            )


def _run(client, function, runs):
    import distributed

    indices = {
        client.submit(
            _in_process,
            function,
            run,
            pure=False,  # measure again, even if the cluster has a cached result
            priority=-index,  # the long runs are listed first and begin first
        ): index
        for index, run in enumerate(runs)
    }
    for future in distributed.as_completed(indices, loop=client.loop):
        if future.status == "finished":
            outcome = future.result()
        elif future.status == "error":
            outcome = Failure(_line(future.exception()))
        else:
            outcome = Failure("the connection to the scheduler is lost")
        yield indices.pop(future), outcome


def _in_process(function, run):
    """Execute a run on a worker, in a new process."""
    # A worker of Dask must not start processes, which could outlive it. Those of
    # run_in_processes end with their parent.
    multiprocessing.current_process().daemon = False
    ((_, outcome),) = run_in_processes(function, [run], 1)
    return outcome


def _line(error):
    return " ".join(str(error).split()) or type(error).__name__
