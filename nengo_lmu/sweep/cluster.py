"""Runs on other machines: the workers of a Dask cluster take them from its scheduler.

What travels is the name of a function and its parameters, a few hundred bytes, and the
row that comes back. The workers have nengo-lmu installed themselves.
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
"""Seconds in which a scheduler answers, and a first worker is there."""


class ClusterError(NengoException):
    """A cluster that cannot be reached, has no workers, or other software than ours."""


def on_cluster(scheduler):
    """An executor for `sweep.sweep`: the workers of a Dask cluster.

    Each run is a fresh process on its worker, as it is without a cluster: what a run
    measures does not depend on where it takes place, and a crash ends one run. A run
    whose worker is lost begins again on another one.

    Parameters
    ----------
    scheduler : str
        Address of the scheduler, ``tcp://host:port``.

    Returns
    -------
    callable
        ``executor(function, runs, workers)`` yields ``(index, row or Failure)`` as the
        runs end. The number of workers is that of the cluster. Raises a `ClusterError`
        if it cannot be reached, has no worker, or a worker has other versions of
        Python, nengo-lmu, nengo or NumPy: its rows would not be those of this machine.

    Raises
    ------
    ValidationError
        If this is no address.
    MissingExtraError
        If `distributed` is not installed.
    """
    if not re.fullmatch(r"(tcp|tls)://[^\s/:]+:\d+", scheduler):
        checks.fail("scheduler", "an address like tcp://host:8786", scheduler)
    import_extra("distributed", "dask")

    def executor(function, runs, workers):
        outcomes = _outcomes(scheduler, function, runs)
        next(outcomes)  # what is wrong with the cluster is said before all else
        return outcomes

    return executor


def _outcomes(scheduler, function, runs):
    """Yield once when connected, then for each run as it ends."""
    if not runs:
        yield
        return
    with _client(scheduler) as client:
        _check_workers(client, scheduler)
        yield
        yield from _run(client, function, runs)


@contextmanager
def _client(scheduler):
    """A connection. What is wrong is said once and by us, not in a log."""
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
            # A key of its own: a row is measured anew, even if the cluster has it.
            pure=False,
            # The long runs stand first, and begin first.
            priority=-index,
        ): index
        for index, run in enumerate(runs)
    }
    for future in distributed.as_completed(indices, loop=client.loop):
        if future.status == "finished":
            outcome = future.result()
        elif future.status == "error":
            outcome = Failure(_line(future.exception()))
        else:
            outcome = Failure("the scheduler of the cluster is gone")
        yield indices.pop(future), outcome


def _in_process(function, run):
    """On a worker: do a run in a process of its own."""
    # A worker of Dask may not have processes of its own, lest they outlive it. Ours
    # look after themselves.
    multiprocessing.current_process().daemon = False
    ((_, outcome),) = run_in_processes(function, [run], 1)
    return outcome


def _line(error):
    return " ".join(str(error).split()) or type(error).__name__
