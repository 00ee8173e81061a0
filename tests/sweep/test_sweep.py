"""The sweep runner: nothing lost, nothing twice, whatever happens."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.files import read_table
from nengo_lmu.sweep.processes import Failure, run_in_processes
from nengo_lmu.sweep.sweep import SweepError, sweep

COLUMNS = ["x", "name", "square"]
RUNS = [{"x": x, "name": name} for x in range(3) for name in ("a", "b,c")]


def square(run):
    return {"square": run["x"] ** 2 + 0.5}


def serial(function, runs, workers):
    """An executor without processes."""
    for index, run in enumerate(runs):
        yield index, function(run)


def expected(runs=RUNS):
    return [{**run, **square(run)} for run in runs]


def refuse(run):
    raise AssertionError(f"{run} was run twice")


def test_table(tmp_path):
    path = tmp_path / "new" / "results.csv"
    rows = sweep(square, RUNS, COLUMNS, path, executor=serial)
    assert rows == read_table(path) == expected()
    assert sweep(refuse, RUNS, COLUMNS, path, executor=serial) == expected()


def test_order_of_the_table_is_that_of_the_runs(tmp_path):
    def backwards(function, runs, workers):
        for index in reversed(range(len(runs))):
            yield index, function(runs[index])

    path = tmp_path / "results.csv"
    assert sweep(square, RUNS, COLUMNS, path, executor=backwards) == expected()
    assert read_table(path) == expected()


@pytest.mark.parametrize("cut", [0, 3, 14, 15, 20, 33, 34, 35])
def test_table_cut_off_anywhere(tmp_path, cut):
    path = tmp_path / "results.csv"
    sweep(square, RUNS, COLUMNS, path, executor=serial)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    kept = max(0, whole[:cut].count(b"\n") - 1)
    calls = []

    def counting(run):
        calls.append(run)
        return square(run)

    assert sweep(counting, RUNS, COLUMNS, path, executor=serial) == expected()
    assert calls == RUNS[kept:]
    assert path.read_bytes() == whole


def test_longer_sweep_keeps_what_is_there(tmp_path):
    path = tmp_path / "results.csv"
    sweep(square, RUNS, COLUMNS, path, executor=serial)
    longer = RUNS + [{"x": 9, "name": "a"}]
    calls = []

    def counting(run):
        calls.append(run)
        return square(run)

    assert sweep(counting, longer, COLUMNS, path, executor=serial) == expected(longer)
    assert calls == longer[-1:]


@pytest.mark.parametrize(
    "runs, columns, message",
    [
        (RUNS, ["x", "name", "cube"], "columns of another table"),
        ([{"x": 0, "name": "z"}], COLUMNS, "name = a, not z"),
        (RUNS[:2], COLUMNS, "x = 1, not 0"),
    ],
)
def test_table_of_another_sweep(tmp_path, runs, columns, message):
    path = tmp_path / "results.csv"
    sweep(square, RUNS, COLUMNS, path, executor=serial)
    before = path.read_bytes()
    with pytest.raises(ValidationError, match=message):
        sweep(square, runs, columns, path, executor=serial)
    assert path.read_bytes() == before


def test_line_with_missing_values(tmp_path):
    path = tmp_path / "results.csv"
    sweep(square, RUNS, COLUMNS, path, executor=serial)
    path.write_text(path.read_text().replace("1,a,1.5\n", "1,a\n"))
    with pytest.raises(ValidationError, match="line 4 .* has 2 values for 3 columns"):
        sweep(square, RUNS, COLUMNS, path, executor=serial)


def test_two_sweeps_at_once(tmp_path):
    path = tmp_path / "results.csv"

    def nested(run):
        return sweep(square, RUNS, COLUMNS, path, executor=serial)

    with pytest.raises(ValidationError, match="another sweep is writing"):
        sweep(nested, RUNS, COLUMNS, path, executor=serial)


def test_failure_keeps_the_rest(tmp_path):
    def failing(function, runs, workers):
        for index, run in enumerate(runs):
            outcome = (
                Failure("ValueError: no", "a traceback") if run["x"] == 1 else None
            )
            yield index, outcome or function(run)

    path = tmp_path / "results.csv"
    with pytest.raises(SweepError, match="2 of 6 runs failed .ValueError: no, at x=1"):
        sweep(square, RUNS, COLUMNS, path, executor=failing)
    assert len(read_table(path)) == 4
    assert "a traceback" in (tmp_path / "failures.log").read_text()
    assert sweep(square, RUNS, COLUMNS, path, executor=serial) == expected()


MISBEHAVING = """
import os, signal

def function(run):
    if run["name"] == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if run["name"] == "raises":
        raise ValueError("not today")
    return {"process": os.getpid(), "threads": os.environ["OMP_NUM_THREADS"]}
"""


def test_processes_are_fresh_and_may_die(tmp_path, monkeypatch):
    (tmp_path / "misbehaving.py").write_text(MISBEHAVING)
    monkeypatch.syspath_prepend(tmp_path)
    from misbehaving import function

    runs = [{"name": name} for name in ("dies", "a", "raises", "b")]
    columns = ["name", "process", "threads"]
    path = tmp_path / "results.csv"
    with pytest.raises(SweepError, match="2 of 4 runs failed .*(SIGKILL|not today)"):
        sweep(function, runs, columns, path, workers=2)
    rows = read_table(path)
    assert {row["name"] for row in rows} == {"a", "b"}
    assert len({os.getpid(), *(row["process"] for row in rows)}) == 3
    assert [row["threads"] for row in rows] == [1, 1]
    log = (tmp_path / "failures.log").read_text()
    assert "SIGKILL" in log and "Traceback" in log and "not today" in log


def test_hopeless_sweep_ends_early(tmp_path):
    def failing(function, runs, workers):
        for index in range(len(runs)):
            calls.append(index)
            yield index, Failure("ValueError: no")

    calls = []
    with pytest.raises(SweepError, match="ValueError: no"):
        sweep(square, RUNS, COLUMNS, tmp_path / "results.csv", executor=failing)
    assert len(calls) == 3


def wait(run):
    time.sleep(60)


def test_ctrl_c_leaves_no_process(tmp_path):
    """The rows that are there stay, and the children end with the sweep."""

    def interrupted(function, runs, workers):
        yield 0, function(runs[0])
        children = run_in_processes(wait, runs[1:], workers)
        # A signal, as that of the keyboard, also ends a wait for the children.
        main = threading.main_thread().ident
        threading.Timer(0.1, signal.pthread_kill, (main, signal.SIGINT)).start()
        yield from children

    path = tmp_path / "results.csv"
    with pytest.raises(KeyboardInterrupt):
        sweep(square, RUNS, COLUMNS, path, executor=interrupted)
    assert multiprocessing.active_children() == []
    assert read_table(path) == expected()[:1]
    assert sweep(square, RUNS, COLUMNS, path, executor=serial) == expected()


SCRIPT = r"""
import sys, time
from nengo_lmu.sweep.sweep import sweep

def run(parameters):
    with open(sys.argv[2], "a") as log:
        log.write(f"{parameters['x']}\n")
    return {"square": parameters["x"] ** 2}

if __name__ == "__main__":
    runs = [{"x": x} for x in range(3)]
    sweep(run, runs, ["x", "square"], sys.argv[1], workers=1)
"""


def test_killed_and_resumed(tmp_path):
    script, path, log = (tmp_path / n for n in ("script.py", "results.csv", "log"))
    script.write_text(SCRIPT)
    command = [sys.executable, script, path, log]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 120
    while not (path.exists() and finished(path)):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    there = finished(path)
    assert 0 < len(there) < 3
    time.sleep(0.3)  # a child that outlived its parent would write into the log
    begun = log.read_text().split()
    time.sleep(0.3)
    assert log.read_text().split() == begun

    subprocess.run(command, check=True, capture_output=True)
    assert read_table(path) == [{"x": x, "square": x**2} for x in range(3)]
    again = log.read_text().split()[len(begun) :]
    assert sorted(map(int, again)) == [x for x in range(3) if x not in there]


def finished(path):
    """The x of the whole rows, also while the file is being written."""
    lines = path.read_text().split("\n")[1:-1]
    return [int(line.split(",")[0]) for line in lines]
