"""One choice at a time: the ends of the table are the two recipes."""

import pytest

from nengo_lmu.experiments.delay_network import data, effects, mismatch
from nengo_lmu.experiments.delay_network.effects import exchanges
from nengo_lmu.experiments.delay_network.mixed import IN_NENGO, ON_CHIP
from nengo_lmu.experiments.delay_network.run import measure


@pytest.fixture(autouse=True)
def one_signal(monkeypatch):
    """The third, in place of ten."""
    monkeypatch.setattr(data, "SIGNALS", [3])
    monkeypatch.setattr(data, "BY_SIGNAL", ["signal 3"])


def _error(base, backend, choice="", value=""):
    run = {"base": base, "choice": choice, "value": value, "backend": backend}
    return effects.measure({**run, "seed": 0})["signal 3"]


@pytest.mark.parametrize("backend", ["nengo", "loihi"])
def test_all_choices_of_ours_are_our_recipe(backend):
    if backend == "loihi":
        pytest.importorskip("nengo_loihi")
    """On the chip but for the neurons' order, which is drawn."""
    run = {"recipe": "ours", "backend": backend, "signal": 3, "seed": 0}
    error = measure(run)["nrmse"]
    assert _error("ours", backend) == pytest.approx(error, rel=0.2)


def test_all_published_choices_are_the_published_recipe():
    """But for the points at which decoders are solved, which are drawn."""
    run = {"recipe": "published", "backend": "nengo", "signal": 3, "seed": 0}
    assert _error("published", "nengo") == pytest.approx(
        measure(run)["nrmse"], rel=0.25
    )


def test_weights():
    """Rounding by itself costs the most; rounded together they lose nothing."""
    pytest.importorskip("nengo_loihi")
    ours = _error("ours", "loihi")
    assert _error("ours", "loihi", "weights", "rounded") > 1.5 * ours
    assert ours < 1.2 * _error("ours", "loihi", "weights", "not rounded")


@pytest.mark.parametrize("table", [IN_NENGO, ON_CHIP])
def test_every_value_is_exchanged(table):
    rows = exchanges(table)
    found = {(r["base"], r["choice"], r["value"]) for r in rows}
    assert len(found) == len(rows)
    for choice, values in table.items():
        for value in values:
            assert (("published", choice, value) in found) == (value != values[0])
            assert (("ours", choice, value) in found) == (value != values[-1])


def _instead(function, runs, columns, path, workers):
    assert set(runs[0]) < set(columns)
    return [{**run, "signal 3": 0.01 * (1 + run["seed"])} for run in runs]


def test_files(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(effects, "sweep", _instead)
    rows = effects.run_effects(tmp_path, backend="nengo", trials=3)
    assert {round(row["nrmse_mean"], 9) for row in rows} == {0.02}
    assert (tmp_path / "effects.png").stat().st_size > 10_000
    lines = (tmp_path / "effects.csv").read_text().splitlines()
    assert len(lines) == 1 + len(rows)
    assert "recorded spikes" in capsys.readouterr().out


def test_files_of_mismatch(tmp_path, monkeypatch):
    monkeypatch.setattr(mismatch, "sweep", _instead)
    rows = effects.run_effects(tmp_path, backend="analog", trials=1)
    assert len(rows) == 20
    assert (tmp_path / "mismatch.png").stat().st_size > 10_000
    assert (tmp_path / "mismatch.csv").exists()


def test_compensation_of_mismatch():
    """Without mismatch there is nothing to make up for."""

    def error(spread, compensation):
        run = {"mismatch": spread, "compensation": compensation}
        return mismatch.measure({**run, "seed": 1})["signal 3"]

    assert error(0.0, "none") == error(0.0, "both")
    assert error(0.3, "both") < error(0.3, "none") / 3
