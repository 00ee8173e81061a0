"""``nengo-lmu export``: from a model or a design to a file of NIR."""

import nengo
import pytest
from click.testing import CliRunner

from nengo_lmu import design_memory, from_nir
from nengo_lmu.cli import main

pytest.importorskip("nir", reason="nir is not installed")

MODEL = """
import nengo
import nengo_lmu
with nengo.Network(seed=0) as model:
    for _ in range({count}):
        nengo_lmu.SpikingMemory(36, 3, 0.5, neuron_type=nengo.LIF(), freq=1.0)
"""


@pytest.fixture
def cli(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return CliRunner().invoke(main, ["export", *map(str, arguments)])

    return run


@pytest.mark.parametrize("form, nodes", [("dense", 6), ("factored", 7)])
def test_the_memory_of_a_model(cli, tmp_path, form, nodes):
    (tmp_path / "model.py").write_text(MODEL.format(count=1))
    options = ["--form", form, "--dt", "0.0002", "--reset", "subtract"]
    result = cli("model.py", "--to", "out/memory.nir", *options)
    assert result.exit_code == 0, result.output
    assert "NIR cannot represent the refractory time" in result.output
    assert f"{nodes} nodes, for a time step of 0.0002 s" in result.output
    design = from_nir(tmp_path / "out" / "memory.nir").design
    assert (design.order, design.dt, design.reset) == (3, 0.0002, "subtract")


def test_a_design(cli, tmp_path):
    design = design_memory(36, 3, 0.5, neuron_type=nengo.LIF(), seed=0)
    design.save(tmp_path / "design.npz")
    assert cli("design.npz", "--to", "memory.nir").exit_code == 0
    assert from_nir(tmp_path / "memory.nir").design.order == 3


@pytest.mark.parametrize(
    "count, arguments, message",
    [
        (0, [], "must have one SpikingMemory to export, has 0"),
        (2, [], "must have one SpikingMemory to export, has 2"),
        (1, ["--form", "fact"], "one of 'dense', 'factored'"),
        (1, ["--dt", "-1"], "dt: must be"),
        (1, ["--reset", "none"], "one of 'zero', 'subtract'"),
    ],
)
def test_errors_are_one_line_and_leave_no_file(
    cli, tmp_path, count, arguments, message
):
    (tmp_path / "model.py").write_text(MODEL.format(count=count))
    result = cli("model.py", "--to", "memory.nir", *arguments)
    assert result.exit_code == 2 and message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "memory.nir").exists()
