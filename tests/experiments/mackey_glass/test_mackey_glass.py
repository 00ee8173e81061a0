"""The Mackey-Glass task: its series, and the quick form from end to end."""

import json
from importlib.util import find_spec

import numpy as np
import pytest
from click.testing import CliRunner

from nengo_lmu.cli import main
from nengo_lmu.experiments.mackey_glass import data as task
from nengo_lmu.experiments.mackey_glass.data import mackey_glass
from nengo_lmu.experiments.mackey_glass.network import NAME
from nengo_lmu.experiments.mackey_glass.run import PUBLISHED, run
from nengo_lmu.files import read_table
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained


def test_series():
    series = mackey_glass(3, 400, seed=1)
    assert series.shape == (3, 400)
    assert abs(series.mean()) < 1e-12 and np.abs(series).max() < 1
    np.testing.assert_array_equal(series, mackey_glass(3, 400, seed=1))
    assert np.abs(series - mackey_glass(3, 400, seed=2)).max() > 0.1


def test_series_are_those_of_the_paper():
    """Three values of the first, second and last of six, as its code prints them."""
    series = mackey_glass(6, 315)
    expected = -0.06946610039595, 0.23227987065911, -0.374897643512596
    np.testing.assert_allclose(series[[0, 1, 5], [0, 10, 314]], expected, rtol=1e-11)


def residual(series, tau):
    """How far the series are from the equation with this delay, as a part of their
    slope, for the mean (which was taken off) with which they are nearest."""
    errors = []
    for mean in np.linspace(-0.2, 0.1, 101):
        x = np.arctanh(np.clip(series + mean, -0.999, 0.999)) + 1
        delayed = x[:, :-tau]
        slope = 0.2 * delayed / (1 + delayed**10) - 0.1 * x[:, tau:]
        change = np.diff(x[:, tau:])
        error = change - (slope[:, 1:] + slope[:, :-1]) / 2
        errors.append(np.sqrt(np.mean(error**2) / np.mean(change**2)))
    return min(errors)


@pytest.mark.parametrize("tau", [17, 30])
def test_series_follow_the_equation(tau):
    series = mackey_glass(2, 1000, tau=tau)
    assert residual(series, tau) < 0.03
    assert residual(series, tau - 1) > 0.1 < residual(series, tau + 1)


def test_pieces_look_ahead():
    """The target is what the series is 15 samples after the input, not before."""
    series = np.vstack([np.arange(300.0), 1000 + np.arange(300.0)])
    u, y = task.pieces(series)
    assert u.shape == y.shape == (4, task.PIECE)
    np.testing.assert_array_equal(y, u + 15)
    np.testing.assert_array_equal(u[1], 100 + np.arange(100))
    np.testing.assert_allclose(task.pieces(series, lead=0.5)[1], u + 15.5)


def test_split():
    learning, held_back, test = task.make_series((2, 1, 3), 300, seed=0)
    assert [len(part) for part in (learning, held_back, test)] == [2, 1, 3]
    assert np.sqrt(np.mean(learning**2)) == pytest.approx(1)
    whole = mackey_glass(6, 315)
    np.testing.assert_allclose(
        np.vstack([learning, held_back, test]), whole / np.sqrt(np.mean(whole[:2] ** 2))
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A directory that the quick form wrote into."""
    if find_spec("nengo_dl") is None:
        pytest.skip("nengo-dl is not installed")
    out = tmp_path_factory.mktemp("mackey-glass")
    arguments = ["train", "mackey-glass", "--quick", "--out", str(out)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "hybrid" in result.output and result.output.endswith(" s\n")
    return out


def test_series_are_as_long_as_the_prediction(monkeypatch):
    """Each has 15 more samples than are predicted, and the state goes on from there."""
    made = []
    monkeypatch.setattr(
        task, "mackey_glass", lambda n, k, seed: made.append((n, k)) or np.ones((n, k))
    )
    task.make_series((32, 32, 64), 5000, seed=0)
    assert made == [(128, 5015)]


def test_quick_form(trained):
    rows = {row["model"]: row for row in read_table(trained / "table.csv")}
    assert list(rows.values())[0]["published %"] == PUBLISHED["LSTM"]
    assert len(json.loads((trained / "table.json").read_text())) == len(rows) == 6
    assert (trained / "mackey-glass.png").stat().st_size > 20_000
    # To predict nothing at all has an NRMSE of 100 %.
    assert all(0 < row["NRMSE %"] < 100 for row in rows.values())
    assert rows["LMU"]["NRMSE %"] < 45
    spiking, its_rates = rows["spiking LMU"], rows["spiking LMU, its rates"]
    assert its_rates["hidden spikes"] == its_rates["memory spikes"] == 0
    assert spiking["hidden spikes"] > 0 and spiking["memory spikes"] > 0
    assert spiking["NRMSE %"] < 1.5 * its_rates["NRMSE %"]


def test_evaluate(trained):
    """The reference simulator does what the compiled one does."""
    trained_lmu = Trained.load(trained / MODEL_FILE, NAME)
    learning, _, test = task.make_series(**trained_lmu.parameters["origin"])
    arguments = {"memory": "spiking", "sample": learning[:4, :300]}
    outputs = [
        run(trained_lmu, test[:1, :40], backend=name, **arguments)
        for name in ("nengo", "nengo-lmu")
    ]
    (reference, spikes), (compiled, compiled_spikes) = outputs
    assert compiled_spikes == pytest.approx(spikes, rel=0.01)
    assert np.sqrt(np.mean((compiled - reference) ** 2)) < 0.1

    arguments = ["evaluate", str(trained), "--backend", "nengo-lmu"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    found = json.loads((trained / "evaluations.json").read_text())["nengo-lmu ideal"]
    assert found["memory spikes"] == 0 < found["hidden spikes"]
    assert found["NRMSE %"] < 60


def test_data_is_refused(tmp_path):
    path = tmp_path / "data.npz"
    path.touch()
    arguments = ["train", "mackey-glass", "--data", path, "--out", tmp_path]
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 2 and "data" in result.stderr
