"""Training and evaluation by name."""

import sys
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner

from nengo_lmu.cli import main
from nengo_lmu.experiments import tasks
from nengo_lmu.networks.trained_network import Trained


@pytest.fixture
def cli(tmp_path, monkeypatch):
    """The command line, with a task that records its arguments."""
    module, calls = ModuleType("toy"), []

    def train(out, **settings):
        calls.append(settings)
        Trained("toy", {}, {"w": np.zeros(1)}).save(out / "model.npz")

    def evaluate(directory, **settings):
        calls.append(settings)

    module.train, module.evaluate = train, evaluate
    for name in ("toy", "toy.train", "toy.run"):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(tasks, "TASKS", {**tasks.TASKS, "toy": "toy"})
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    run.calls, run.module = calls, module
    return run


def one_line(result, *parts):
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("nengo-lmu: ") and result.stderr.count("\n") == 1
    for part in parts:
        assert part in result.stderr


def test_train_and_evaluate(cli, tmp_path):
    result = cli("train", "toy", "--data", "d.npz", "--quick", "--seed", 3)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "toy" / "model.npz").is_file()
    result = cli("evaluate", "out/toy", "--backend", "loihi", "--memory", "spiking")
    assert result.exit_code == 0, result.output
    assert cli.calls == [
        {"data": "d.npz", "quick": True, "seed": 3},
        {"data": None, "backend": "loihi", "memory": "spiking"},
    ]


def test_what_is_wrong_is_one_line(cli, tmp_path):
    one_line(cli("train", "psmnits"), "name: must be one of", "did you mean 'psmnist'?")
    one_line(cli("train", "toy", "--out", "/dev/null/x"), "cannot write")
    one_line(cli("evaluate", "nowhere"), "directory: must hold a model.npz", "nowhere")
    cli("train", "toy", "--out", "out")
    one_line(cli("evaluate", "out", "--backend", "loihy"), "did you mean 'loihi'?")
    one_line(cli("evaluate", "out", "--memory", "real"), "one of 'ideal', 'spiking'")
    (tmp_path / "out" / "model.npz").write_bytes(b"PK")
    one_line(cli("evaluate", "out"), "cut off")


def test_without_tensorflow(cli, monkeypatch):
    """A training that needs it says how to get it."""

    def train(out, **settings):
        import nengo_lmu.training.compatibility

        nengo_lmu.training.compatibility.load()

    cli.module.train = train
    monkeypatch.setitem(sys.modules, "nengo_dl", None)
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    one_line(cli("train", "toy"), 'pip install "nengo-lmu[dl]"')
