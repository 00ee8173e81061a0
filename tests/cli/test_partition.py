"""``nengo-lmu partition``: models that fit, and one line for each that does not."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nengo_lmu.cli import main

pytest.importorskip("nengo_loihi")

MODELS = Path(__file__).parents[2] / "models"
START = """
import nengo
import nengo_loihi

with nengo.Network(seed=0) as model:
    a = nengo.Ensemble(10, 1, {})
"""
BOARD = '{"name": "tiny", "compartments": 5}'

WRONG = {
    "fits no board": ("", BOARD, "10 compartments, 5 more than the 5 allowed"),
    "neurons": ("neuron_type=nengo.Izhikevich()", "{}", "Izhikevich"),
    "adapting neurons": ("neuron_type=nengo.AdaptiveLIF()", "{}", "AdaptiveLIF"),
    "rate": (
        "neuron_type=nengo.SpikingRectifiedLinear(), max_rates=[1500] * 10",
        "{}",
        "rates to 1500 Hz, but the chip spikes at most once a step, at 1000 Hz",
    ),
    "key of a board": ("", '{"chip": 2}', "has the key 'chip'; a board has name"),
    "value of a board": ("", '{"chips": 0}', "must be an integer of at least 1"),
    "synapse": (
        ")\n    nengo.Connection(a, a, synapse=nengo.Alpha(0.1)",
        "{}",
        "non-Lowpass synapses",
    ),
    "nothing on the chip": (
        ")\n    nengo_loihi.add_params(model)\n    model.config[a].on_chip = bool(",
        "{}",
        "nothing on the chip: it needs an ensemble that is not on the host",
    ),
    "assertion of nengo-loihi": (
        ")\n    node = nengo.Node(size_in=1)"
        "\n    nengo.Connection(a, node, synapse=nengo.Alpha(0.1))"
        "\n    nengo.Connection(node, a, synapse=0.1",
        "{}",
        "merge_synapses",
    ),
}


def partition(*arguments):
    return CliRunner().invoke(main, ["partition", *map(str, arguments)])


@pytest.mark.parametrize("case", WRONG)
def test_one_line_for_what_is_wrong(tmp_path, case):
    ensemble, board, message = WRONG[case]
    (tmp_path / "model.py").write_text(START.format(ensemble))
    (tmp_path / "board.json").write_text(board)
    result = partition(tmp_path / "model.py", "--board", tmp_path / "board.json")
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("nengo-lmu: ")


def test_memory_that_fits(tmp_path):
    """All that is asked of a report, for a model as it is in ``models/``."""
    out = tmp_path / "report.json"
    result = partition(MODELS / "delay.py", "--out", out, "--inference", "1.0")
    assert result.exit_code == 0, result.output
    # One line says what the chip's layout takes in place of the model's choices.
    assert result.stderr.count("\n") == 1
    assert "a chain of 6 cores a channel" in result.stderr
    report = json.loads(out.read_text())
    assert report["fits"] and report["problems"] == []
    assert report["totals"]["chips"] == 1
    assert report["totals"]["cores"] == len(report["cores"])
    for core in report["cores"]:
        for limit in ("compartments", "input_axons", "output_axons", "synapse_bits"):
            assert 0 < core[limit] <= report["board"][limit]
    assert {"weights", "zeros", "bits_lost"} <= report["connections"][0].keys()
    assert "state" in report["host"]
    (memory,) = report["memories"]
    assert 0 < memory["nrmse"] < 0.2
    assert memory["nrmse_past"] > memory["missed"] > 0
    totals = report["totals"]
    assert totals["spikes_per_second"] > 900
    assert totals["joules_per_inference"] == totals["joules_per_second"] > 0


def test_memory_that_cannot_go_on_the_chip(tmp_path):
    """The model connects to neurons inside the memory, which the chip exchanges."""
    path = tmp_path / "inside.py"
    path.write_text(
        "import nengo, nengo_lmu\n"
        "with nengo.Network(seed=0) as model:\n"
        "    memory = nengo_lmu.SpikingMemory(60, 3, 1.0)\n"
        "    nengo.Connection(memory.ensembles[0], nengo.Node(size_in=1))\n"
    )
    result = partition(path)
    assert result.exit_code == 2
    assert "ends at neurons inside" in result.stderr
    assert result.stderr.count("\n") == 1
