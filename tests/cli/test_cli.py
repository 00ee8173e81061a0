"""The command line: what it does, and one line for each thing that is wrong."""

import re

import numpy as np
import pytest
from click.testing import CliRunner

import nengo_lmu
from nengo_lmu.cli import main
from nengo_lmu.cli.options import Integers
from nengo_lmu.files import read_table
from nengo_lmu.version import version


@pytest.fixture
def cli(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def signal_file(tmp_path):
    path = tmp_path / "signal.csv"
    np.savetxt(path, np.sin(2 * np.pi * 10 * np.arange(60) / 200))
    return path


def test_help_and_version(cli):
    for arguments in ([], ["--help"]):
        result = cli(*arguments)
        assert result.exit_code == 0
        for verb in ("demo", "window", "run", "scaling", "bench"):
            assert re.search(rf"^  {verb} ", result.output, re.M)
    bench = main.commands["bench"].commands
    for arguments in [[verb] for verb in main.commands] + [["bench", k] for k in bench]:
        result = cli(*arguments, "--help")
        assert result.exit_code == 0 and "Example" in result.output
    assert cli("--version").output == f"nengo-lmu, version {version}\n"


@pytest.mark.parametrize(
    "text, values",
    [
        ("2,4,8", [2, 4, 8]),
        ("6", [6]),
        ("300:30000:5", [300, 949, 3000, 9487, 30000]),
        ("1e2:1e6:9", [100, 316, 1000, 3162, 10000, 31623, 100000, 316228, 1000000]),
        ("7:7:1", [7]),
        ("1:3:9", [1, 2, 3]),
    ],
)
def test_integers(text, values):
    assert Integers().convert(text, None, None) == values


def one_line(result, *parts):
    """The error is one line of stderr, exit code 2, no traceback."""
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("nengo-lmu: ")
    assert result.stderr.count("\n") == 1
    for part in parts:
        assert part in result.stderr


SCALING = ["scaling", "--orders", "2", "--neurons", "20", "--trials", "1"]
WINDOW = ["window", "signal.csv", "--rate", "200"]
WRONG = {
    "unknown verb": (["scalling"], "did you mean 'scaling'"),
    "unknown option": ([*SCALING, "--nuerons", "3"], "--nuerons"),
    "neuron type": ([*SCALING, "--neuron-type", "poison"], "did you mean 'poisson'"),
    "backend": ([*SCALING, "--backend", "nengo-lu"], "did you mean 'nengo-lmu'"),
    "no such neuron on a chip": (
        [*SCALING, "--backend", "loihi"],
        "one of lif, regular, rectified on a chip",
    ),
    "order 0": ([*SCALING, "--orders", "0"], "'0'"),
    "order -2": ([*SCALING, "--orders", "2,-2"], "'2,-2'"),
    "order 1.5": ([*SCALING, "--orders", "1.5"], "'1.5'"),
    "order 1001": ([*SCALING, "--orders", "1001"], "from 1 to 1000"),
    "neurons": ([*SCALING, "--neurons", "300:30:5"], "'300:30:5'"),
    "neurons nan": ([*SCALING, "--neurons", "nan:30:5"], "'nan:30:5'"),
    "too few neurons": (
        [*SCALING, "--neurons", "1"],
        "neurons",
        "at least 20",
        "got 1",
    ),
    "theta 0": ([*SCALING, "--theta", "0"], "theta", "above 0"),
    "theta nan": ([*SCALING, "--theta", "nan"], "theta", "finite"),
    "theta short": ([*SCALING, "--theta", "0.001"], "theta", "two time steps"),
    "freq": ([*SCALING, "--freq", "-1"], "freq", "above 0"),
    "freq too low": ([*SCALING, "--freq", "0.05"], "freq", "a period in 10 s"),
    "freq of a word": ([*SCALING, "--freq", "band"], "freq", "or 'order'", "'band'"),
    "tolerance": ([*SCALING, "--tolerance", "0"], "tolerance", "above 0"),
    "trials": ([*SCALING, "--trials", "0"], "--trials"),
    "workers": ([*SCALING, "--workers", "0"], "--workers"),
    "out": ([*SCALING, "--out", "/dev/null/x"], "cannot write", "/dev/null/x"),
    "no file": (["window", "none.csv"], "none.csv", "No such file"),
    "no rate": (["window", "signal.csv"], "sampling rate"),
    "window order": (
        [*WINDOW, "--order", "0"],
        "order",
    ),
    "window theta": (
        [*WINDOW, "--theta", "2"],
        "theta",
    ),
    "window neuron type": (
        [*WINDOW, "--theta", ".1", "--neuron-type", "lf"],
        "did you mean 'lif'",
    ),
    "model missing": (["run", "none.py"], "none.py"),
    "export to nowhere": (["export", "delay"], "--to"),
    "export without a memory": (["export", "none.py", "--to", "a.nir"], "none.py"),
    "comparison": (["bench", "acuracy"], "did you mean 'accuracy'"),
    "option of a comparison": (["bench", "capacity", "--trails", "3"], "--trails"),
    "trained task": (["train", "capacity"], "one of psmnist, mackey-glass, beats"),
    "group that went": (["benchmark", "psmnist"], "did you mean 'bench'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_one_line_for_what_is_wrong(cli, signal_file, case):
    arguments, *parts = WRONG[case]
    one_line(cli(*arguments), *parts)


def test_results_of_other_settings(cli, tmp_path):
    (tmp_path / "results.csv").write_text("a,b\n1,2\n")
    one_line(cli(*SCALING, "--out", tmp_path), "columns of another table", "a, b")


def test_window(cli, signal_file, tmp_path):
    """The error of a fine memory of rate neurons is small, in the unit of the file."""
    result = cli(
        *["window", signal_file, "--rate", 200, "--theta", 0.1, "--order", 4],
        *["--neurons", 400, "--neuron-type", "rate", "--out", tmp_path / "out"],
    )
    assert result.exit_code == 0, result.output
    (row,) = read_table(tmp_path / "out" / "results.csv")
    assert row["nrmse"] < 0.2 and row["neurons"] == 400 and row["theta"] == 0.1
    assert (tmp_path / "out" / "window.png").read_bytes().startswith(b"\x89PNG")
    steps = read_table(tmp_path / "out" / "window.csv")
    assert len(steps) == 296  # (60 - 1) / 200 s at 1 ms, both ends
    text = " ".join(result.output.split())
    assert "in-sample" in text and "Against the true past, order 4 misses" in text
    error = [step["state 0.05 s ago"] - step["ideal 0.05 s ago"] for step in steps]
    assert np.std(error[100:]) < 0.1


def test_window_of_unseen_seconds(cli, signal_file, tmp_path):
    """The design is made from one part of a file, the error measured on another."""
    arguments = ["window", signal_file, "--rate", 200, "--theta", 0.03, "--order", 3]
    arguments += ["--neurons", 90, "--neuron-type", "rate", "--out", tmp_path]
    result = cli(*arguments, "--seconds", 0.1, "--layout-from", "0.1:0.29")
    assert result.exit_code == 0, result.output
    (row,) = read_table(tmp_path / "results.csv")
    assert row["layout"] == "unseen"
    assert 0 < row["nrmse_past_ideal"] < 0.2 and 0 < row["nrmse_past"] < 0.2
    assert row["nrmse_past_predicted"] == pytest.approx(row["nrmse_past"], rel=0.5)
    text = " ".join(result.output.split())
    assert "designed for 0.1:0.29, which shares no sample" in text
    assert "solved for tuning curves" in text and "order 3 misses" in text
    one_line(cli(*arguments, "--layout-from", signal_file), "layout_from", "another")
    one_line(
        cli(*arguments, "--seconds", 0.2, "--layout-from", "0.1:0.29"),
        "layout_from",
        "after the 0.2 s that are measured",
    )


def test_window_says_what_it_assumes(cli, tmp_path):
    """In a line each: a gap, seconds beyond the end, an order without neurons."""
    t = np.append(np.arange(30), 400 + np.arange(30)) / 200
    np.savetxt(tmp_path / "gap.csv", np.stack([t, np.sin(60 * t)], 1), delimiter=",")
    arguments = ["window", "gap.csv", "--theta", 0.1, "--order", 1, "--neurons", 40]
    result = cli(*arguments, "--neuron-type", "rate", "--seconds", 9, "--out", "out")
    assert result.exit_code == 0, result.output
    lines = result.stderr.splitlines()
    assert all(line.startswith("nengo-lmu: warning: ") for line in lines)
    for said in ("a gap of 1.855 s", "--seconds 9 is more than the 2.1", "a lowpass"):
        assert sum(said in line for line in lines) == 1
    (row,) = read_table(tmp_path / "out" / "results.csv")
    assert row["limit"] == "synapse" and row["nrmse"] < 1e-6
    text = " ".join(result.output.split())
    assert "the error says nothing of the neurons" in text
    assert "Input and state were in range" in text


def test_predict(cli, tmp_path):
    """The errors of each memory of a model, on a backend, and of a design."""
    code = "import nengo_lmu as lmu, nengo\nwith nengo.Network(seed=1) as model:\n"
    for order in (3, 12):
        code += f"    lmu.SpikingMemory(120, {order}, 1., freq=1.5, label='o{order}')\n"
    (tmp_path / "model.py").write_text(code)
    result = cli("predict", "model.py")
    assert result.exit_code == 0, result.output
    low, high = (
        next(line for line in result.output.splitlines() if label in line)
        for label in ("o3", "o12")
    )
    assert "a higher order" in low and "a higher order" not in high
    design = nengo_lmu.design_memory(120, 3, 1.0, freq=0.3, seed=0)
    design.save(tmp_path / "design.npz")
    assert "nrmse_past" in cli("predict", "design.npz").output
    (tmp_path / "model.py").write_text(MODEL)
    one_line(cli("predict", "model.py"), "must have a SpikingMemory")
    one_line(cli("predict", "model.py", "--backend", "lohi"), "did you mean 'loihi'")


MODEL = """
import nengo
with nengo.Network(seed=1) as model:
    node = nengo.Node(lambda t: t, label="time")
    ensemble = nengo.Ensemble(10, 1, label="neurons")
    nengo.Connection(node, ensemble)
"""
PROBES = """
with model:
    nengo.Probe(node, label="often")
    nengo.Probe(node, label="seldom", sample_every=0.002)
"""


def test_run(cli, tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    result = cli("run", "model.py", "--seconds", 0.01, "--out", "out")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "model.png").read_bytes().startswith(b"\x89PNG")
    rows = read_table(tmp_path / "out" / "model.csv")
    assert list(rows[0]) == ["seconds", "time[0]", "neurons[0]"]
    assert [row["time[0]"] for row in rows] == pytest.approx(
        [row["seconds"] for row in rows]
    )
    assert len(rows) == 10


def test_run_with_probes(cli, tmp_path):
    (tmp_path / "model.py").write_text(MODEL + PROBES)
    assert cli("run", "model.py", "--seconds", 0.006, "--out", "out").exit_code == 0
    rows = read_table(tmp_path / "out" / "model.csv")
    assert [row["often[0]"] for row in rows] == pytest.approx(
        [0.001, 0.002, 0.003, 0.004, 0.005, 0.006]
    )
    assert [row["seldom[0]"] for row in rows][1:] == pytest.approx(
        [0.002, 0.002, 0.004, 0.004, 0.006]
    )


@pytest.mark.parametrize(
    "code, message",
    [
        ("", "must define a nengo.Network called model"),
        ("model = 3", "must define a nengo.Network called model"),
        ("model = (", "SyntaxError"),
        ("import nowhere", "No module named 'nowhere'"),
        ("import nengo\nmodel = nengo.Network()", "something to probe"),
    ],
)
def test_wrong_models(cli, tmp_path, code, message):
    (tmp_path / "model.py").write_text(code)
    one_line(cli("run", "model.py"), message)


@pytest.mark.parametrize("seconds", [0, -1, "nan", 0.0001])
def test_wrong_seconds(cli, tmp_path, seconds):
    (tmp_path / "model.py").write_text(MODEL)
    one_line(cli("run", "model.py", "--seconds", seconds), "seconds")


def test_ctrl_c(cli, tmp_path, monkeypatch):
    from nengo_lmu.experiments import model_file

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(model_file, "run_model", interrupted)
    result = cli("run", "model.py")
    assert result.exit_code == 130 and "stopped" in result.stderr
