"""A sweep on a Dask cluster of real processes: the same table, whatever happens."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from nengo_lmu.cli import main
from nengo_lmu.experiments.scaling.run import COLUMNS, measure
from nengo_lmu.files import read_table
from nengo_lmu.sweep import cluster
from nengo_lmu.sweep.cluster import on_cluster
from nengo_lmu.sweep.processes import Failure
from nengo_lmu.sweep.sweep import sweep

distributed = pytest.importorskip("distributed")

COSTS = {"build_s", "run_s", "peak_mb"}
RUNS = [
    {
        "order": 2,
        "n_neurons": 60,
        "theta": 0.1,
        "band": "same",
        "freq": 10.0,
        "tolerance": 1.0,
        "neuron": "poisson",
        "backend": "nengo-lmu",
        "seed": seed,
    }
    for seed in range(4)
]
MODULE = """
import os, time
from pathlib import Path
from nengo_lmu.experiments.scaling.run import measure

def measure_or_hang(run):
    if run["seed"] == 666:
        raise ValueError("not this one")
    if os.environ["WORKER"] == "2":
        Path(f"hangs{run['seed']}").touch()
        time.sleep(1000)
    return measure(run)
"""


class Cluster:
    """A scheduler and its workers, each with what it starts in a session of its own."""

    def __init__(self, directory):
        self.directory = directory
        self.file = directory / "scheduler.json"
        self.processes = []
        (directory / "tasks.py").write_text(MODULE)
        self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        while not self.file.exists():
            assert self.processes[0].poll() is None
            time.sleep(0.05)
        self.address = json.loads(self.file.read_text())["address"]

    def start_worker(self):
        self._start("worker", "--nthreads", "1")

    def _start(self, what, *options):
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}"]
        options = [*options, "--scheduler-file", self.file, "--no-dashboard"]
        number = str(len(self.processes))
        places = [self.directory, *sys.path]
        with open(self.directory / f"{what}{number}.log", "w") as log:
            process = subprocess.Popen(
                [*command, *map(str, options)],
                cwd=self.directory,
                env={
                    **os.environ,
                    "WORKER": number,
                    "PYTHONPATH": os.pathsep.join(map(str, places)),
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)

    def stop(self):
        for process in self.processes:
            kill(process)


def kill(process):
    """As if the machine had lost its power: with all that it runs, at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory):
    dask = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        dask.start_worker()
        dask.start_worker()
        with distributed.Client(dask.address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield dask
    finally:
        dask.stop()


def test_worker_that_dies_loses_nothing(two_workers, tmp_path, monkeypatch):
    """The table is that of a serial run, but for what was measured by the clock."""
    monkeypatch.syspath_prepend(two_workers.directory)
    from tasks import measure_or_hang

    def killing(function, runs, workers):
        outcomes = on_cluster(two_workers.address)(function, runs, workers)
        yield next(outcomes)
        assert len(read_table(tmp_path / "results.csv")) == 1
        while not (begun := list(two_workers.directory.glob("hangs*"))):
            time.sleep(0.05)
        lost.extend(begun)
        kill(two_workers.processes[2])
        yield from outcomes

    lost = []
    path = tmp_path / "results.csv"
    rows = sweep(measure_or_hang, RUNS, COLUMNS, path, executor=killing)
    assert len(lost) == 1
    for row, run in zip(rows, RUNS, strict=True):
        expected = {**run, **measure(run)}
        assert set(row) == set(expected)
        for name in set(row) - COSTS:
            assert row[name] == expected[name], name


def test_failure_is_told_and_the_rest_goes_on(two_workers, monkeypatch):
    monkeypatch.syspath_prepend(two_workers.directory)
    from tasks import measure_or_hang

    runs = [{**RUNS[0], "seed": 666}, RUNS[0]]
    outcomes = dict(on_cluster(two_workers.address)(measure_or_hang, runs, 1))
    assert isinstance(outcomes[0], Failure)
    assert outcomes[0].message == "ValueError: not this one"
    assert "Traceback" in outcomes[0].details
    assert outcomes[1]["nrmse"] > 0


SCALING = ["scaling", "--orders", "2", "--neurons", "20", "--trials", "1"]


def complaint(*options, out):
    begin = time.monotonic()
    result = CliRunner().invoke(main, [*SCALING, *options, "--out", str(out)])
    assert result.exit_code == 2 and time.monotonic() - begin < 10
    assert result.stderr.startswith("nengo-lmu: ") and result.stderr.count("\n") == 1
    return result.stderr


def test_other_versions_are_refused(two_workers, tmp_path, monkeypatch):
    monkeypatch.setattr("nengo_lmu.versions.version", lambda name: "0.0.1")
    said = complaint("--scheduler", two_workers.address, out=tmp_path)
    assert "the worker at tcp://127.0.0.1" in said and "nengo 0.0.1" in said


def test_no_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_PATIENCE", 2)
    empty = Cluster(tmp_path)
    try:
        said = complaint("--scheduler", empty.address, out=tmp_path)
    finally:
        empty.stop()
    assert f"no workers; start some with: dask worker {empty.address}" in said


def test_nobody_there(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_PATIENCE", 0.5)
    said = complaint("--scheduler", "tcp://127.0.0.1:1", out=tmp_path)
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in said


@pytest.mark.parametrize("address", ["host:8786", "tcp://host", "tcp://:1", "tcp//a:1"])
def test_malformed_address(tmp_path, address):
    said = complaint("--scheduler", address, out=tmp_path)
    assert "must be an address like tcp://host:8786" in said and address in said


def test_missing_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = complaint("--scheduler", "tcp://127.0.0.1:8786", out=tmp_path)
    assert 'pip install "nengo-lmu[dask]"' in said
