"""One runner for every sweep: parameters in, a tidy table out, resumable.

A sweep is a list of parameters, one dict a run, and a function that turns them into a
row. The table is on disk at every moment: a run that has ended is one whole line of
the file, so a sweep that is stopped in any way goes on where it stopped.
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
"""So many failures and no success: the other runs are not tried."""


class SweepError(NengoException):
    """Some runs of a sweep gave no result; those that did are in the table."""


def sweep(function, runs, columns, path, *, workers=2, executor=run_in_processes):
    """Do every run that the table does not hold yet; return the whole table.

    Parameters
    ----------
    function : callable
        ``function(parameters)`` returns the measured part of a row, a dict. Importable
        by name.
    runs : list of dict
        Parameters of each run, all with the same keys; no run twice. They are begun in
        this order: put the long ones first, so that no worker is left alone with one
        at the end.
    columns : list of str
        Columns of the table: every parameter and everything that the function returns.
    path : path_like
        The table, a CSV file. If it exists, its whole rows are taken as they are and
        only what is missing is run.
    workers : int, optional
        Number of runs at a time.
    executor : callable, optional
        Where runs take place: ``executor(function, runs, workers)`` yields ``(index,
        row or Failure)`` as the runs end.

    Returns
    -------
    list of dict
        A row a run, in the order of ``runs``; numbers as int or float.

    Raises
    ------
    ValidationError
        If the table belongs to other settings.
    SweepError
        If runs failed. The others are in the table, and the same call runs those that
        failed again; their tracebacks are in ``failures.log`` beside the table.
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
    # Runs end in any order: the finished table is in the order of the runs.
    write_table(path, [done[_key(run, names)] for run in runs], columns)
    return read_table(path)


def _lock(file, path):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ValidationError(f"another sweep is writing {path}", attr="out") from None


def _whole_lines(path):
    """Bytes of a file up to its last line break."""
    data = Path(path).read_bytes()
    return data[: data.rfind(b"\n") + 1]


def _cut_off_partial_line(file, path):
    file.truncate(len(_whole_lines(path)))
    file.seek(0, os.SEEK_END)


def _append(file, values):
    """Add a line and see that it is on disk before the next one begins."""
    file.write(csv_line(values).encode())
    file.flush()
    os.fsync(file.fileno())


def _read_done(path, columns, runs):
    """Rows that are there already, by key, if they belong to this sweep."""
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
    """Which setting of a row no run of the sweep has, in words."""
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
        f"{n_done} are in {path}, details in {log}; the same command does the missing"
    )


def _key(row, names):
    """A run is known by its parameters as they are written in the table."""
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
