"""Labels of the record, and the detector from training to spikes in its quick form."""

from importlib.util import find_spec

import numpy as np
import pytest
from click.testing import CliRunner

from nengo_lmu.cli import main
from nengo_lmu.experiments.beats import run as beats
from nengo_lmu.experiments.beats.data import filtered, intervals, label, target
from nengo_lmu.experiments.beats.train import WHOLE
from nengo_lmu.files import read_table


def test_labels():
    """104 of 500 beats are wide, 47 of them after 200 s. Pauses, which the label does
    not look at, are behind half of the wide ones and behind hardly any other."""
    wide, narrow = label()
    assert (len(wide), len(narrow)) == (104, 396)
    assert np.sum(wide > 200) == 47
    assert [row["pause"] for row in intervals()] == [53, 2]


def test_signal():
    """The filter takes the drift and keeps the beats where they are."""
    u = filtered()
    assert u.shape == (300_000,)
    assert abs(np.mean(u)) < 0.01
    at = np.round(label().narrow * 1000).astype(int)
    peaks = [np.argmax(u[max(0, k - 50) : k + 50]) - min(50, k) for k in at]
    assert abs(np.median(peaks)) <= 5


def test_match():
    """A report counts for one beat, a beat for one report."""
    assert beats.match([1.0, 2.0], [1.1, 2.2]) == 1
    assert beats.match([1.0, 1.2], [1.1]) == 1
    assert beats.match([1.0], [0.9, 1.1]) == 1
    assert beats.match([], [1.0]) == 0


def test_score():
    """The target itself finds each beat, silence none, and nothing is false."""
    parameters = WHOLE
    first, last = beats.span(parameters)
    y = target()[first:last]
    perfect = beats.score("", "ideal", y, parameters)
    silent = beats.score("", "ideal", 0 * y, parameters)
    assert perfect["found"] == perfect["beats"] >= 45 and perfect["false"] == 0
    assert silent["found"] == silent["false"] == silent["sensitivity"] == 0


def test_quick_form(tmp_path):
    if find_spec("nengo_dl") is None:
        pytest.skip("nengo-dl is not installed")

    def run(*arguments):
        result = CliRunner().invoke(main, [*arguments])
        assert result.exit_code == 0, result.output

    run("train", "beats", "--quick", "--out", str(tmp_path))
    rates, hidden, spiking = read_table(tmp_path / "table.csv")
    assert (tmp_path / "beats.png").is_file()
    assert rates["beats"] == hidden["beats"] == spiking["beats"] > 5
    # Reports at random are wrong six times out of seven: beats with their tolerance
    # take up 13 % of the time.
    for row in (rates, hidden, spiking):
        assert row["sensitivity"] > 60 and row["precision"] > 60
    assert rates["spikes_per_s"] == 0 < hidden["spikes_per_s"] < spiking["spikes_per_s"]
    run("evaluate", str(tmp_path), "--backend", "nengo-lmu", "--memory", "ideal")
    assert "nengo-lmu ideal" in (tmp_path / "evaluations.json").read_text()
