"""Resumable sweeps: runs with different parameters, collected in a tidy table.

A sweep consists of a list of parameters, one dict per run, and a function that returns
a row for them. Each completed run is written to the table at once, so that a sweep that
was interrupted in any way can be resumed.
"""

import csv
import fcntl
import io
import os
from contextlib import closing
from pathlib import Path

from nengo.exceptions import NengoException, ValidationError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from nengo_lmu.files import csv_line, read_table, write_table, write_whole
from nengo_lmu.sweep.processes import Failure, run_in_processes

_HOPELESS = 3
"""Number of failures without any success after which the sweep stops."""


class SweepError(NengoException):
    """Some runs of a sweep failed; the others are in the table."""


def sweep(function, runs, columns, path, *, workers=2, executor=run_in_processes):
    """Execute all runs that are missing in a table, and return the whole table.

    Parameters
    ----------
    function : callable
        ``function(parameters)`` returns the measured columns of a row, a dict. It must
        be importable by name.
    runs : list of dict
        Parameters of each run, with equal keys and without duplicates. Runs are started
        in this order: put the long ones first to use all workers until the end.
    columns : list of str
        Columns of the table: all parameters and all keys that the function returns.
    path : path_like
        The table, a CSV file. If it exists, its complete rows are kept and only the
        missing runs are executed.
    workers : int, optional
        Number of simultaneous runs.
    executor : callable, optional
        ``executor(function, runs, workers)`` executes the runs and yields ``(index, row
        or Failure)`` as they end.

    Returns
    -------
    list of dict
        One row per run, in the order of ``runs``; numbers as int or float.

    Raises
    ------
    ValidationError
        If the table belongs to other settings.
    SweepError
        If runs failed. The others are in the table; the same call repeats the failed
        ones. Their tracebacks are in ``failures.log`` beside the table.
    """
    path = Path(path)
    if workers < 1:
        raise ValidationError(f"must be at least 1, got {workers!r}", attr="workers")
    names = list(runs[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    failures = []
    with open(path, "ab") as file:
        _lock(file, path)
        done = _read_done(path, columns, runs)
        _cut_off_partial_line(file, path)
        if file.tell() == 0:
            _append(file, columns)
        todo = [run for run in runs if _key(run, names) not in done]
        with closing(executor(function, todo, workers)) as outcomes, _progress() as bar:
            task = bar.add_task(path.parent.name, total=len(runs), completed=len(done))
            for index, outcome in outcomes:
                if isinstance(outcome, Failure):
                    failures.append((todo[index], outcome))
                    if not done and len(failures) == _HOPELESS:
                        break
                else:
                    row = {**todo[index], **outcome}
                    _append(file, _values(row, columns))
                    done[_key(row, names)] = row
                bar.advance(task)
    if failures:
        _report_failures(path, failures, len(done), len(runs))
    # Runs end in any order; the final table is in the order of ``runs``.
    write_table(path, [done[_key(run, names)] for run in runs], columns)
    return read_table(path)


def _lock(file, path):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ValidationError(f"another sweep is writing {path}", attr="out") from None


def _whole_lines(path):
    """Content of a file up to its last line break."""
    data = Path(path).read_bytes()
    return data[: data.rfind(b"\n") + 1]


def _cut_off_partial_line(file, path):
    file.truncate(len(_whole_lines(path)))
    file.seek(0, os.SEEK_END)


def _append(file, values):
    """Append a line, and flush it to disk."""
    file.write(csv_line(values).encode())
    file.flush()
    os.fsync(file.fileno())


def _read_done(path, columns, runs):
    """Read the existing rows, by key, and check that they belong to this sweep."""
    text = _whole_lines(path).decode(errors="replace")
    header, *lines = csv.reader(io.StringIO(text)) if text else [columns]
    if header != list(columns):
        raise ValidationError(
            f"{path} has the columns of another table ({', '.join(header)}); choose "
            "another output directory",
            attr="out",
        )
    names = list(runs[0])
    expected = {_key(run, names) for run in runs}
    done = {}
    for number, values in enumerate(lines, start=2):
        if len(values) != len(columns):
            raise ValidationError(
                f"line {number} of {path} has {len(values)} values for {len(columns)} "
                "columns",
                attr="out",
            )
        row = dict(zip(columns, values, strict=True))
        if _key(row, names) not in expected:
            raise ValidationError(
                f"{path} holds runs with other settings{_difference(row, runs, names)}"
                "; choose another output directory or the settings it was made with",
                attr="out",
            )
        done[_key(row, names)] = row
    return done


def _difference(row, runs, names):
    """Describe the first setting of a row that no run of the sweep has."""
    for name in names:
        wanted = dict.fromkeys(str(run[name]) for run in runs)
        if str(row[name]) not in wanted:
            return f": {name} = {row[name]}, not {' or '.join(wanted)}"
    return ""


def _report_failures(path, failures, n_done, total):
    log = path.with_name("failures.log")
    write_whole(log, "\n".join(f"{run}\n{f.details}" for run, f in failures))
    run, failure = failures[0]
    settings = ", ".join(f"{name}={value}" for name, value in run.items())
    raise SweepError(
        f"{len(failures)} of {total} runs failed ({failure.message}, at {settings}); "
        f"{n_done} are in {path}, details in {log}; repeat the command for the missing"
    )


def _key(row, names):
    """Key of a run: its parameters as they are written in the table."""
    return tuple(str(row[name]) for name in names)


def _values(row, columns):
    if set(row) != set(columns):
        raise ValueError(f"a row has {sorted(row)}, the table {sorted(columns)}")
    return [row[name] for name in columns]


def _progress():
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
