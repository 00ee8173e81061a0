"""Public names are annotated, and a checker reads what a user writes."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nengo_lmu.extras import MissingExtraError

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))
api_tables = pytest.importorskip("api_tables")

NAMES = [name for names in api_tables.API.values() for name in names]

CONFIG = """
[mypy]
follow_imports = silent
[mypy-nengo.*]
ignore_missing_imports = True
"""
RIGHT = """
import nengo
import numpy as np

import nengo_lmu

memory = nengo_lmu.SpikingMemory(600, order=6, theta=1.0, freq=[1.0], seed=0)
power = memory.add_output(lambda window: np.mean(window**2), synapse=0.01)
layer = nengo_lmu.LMU(1, n_hidden=4, order=3, theta=[0.5], n_neurons=60)
design: nengo_lmu.MemoryDesign = memory.design
nengo_lmu.redesign(design, neuron_type=nengo.LIF()).save("memory.npz")
nrmse: float = nengo_lmu.predict(memory, backend="nengo").nrmse
name, needed = nengo_lmu.fewest_neurons(6, 1.0, nrmse=0.01)
most: int = needed[name]
recurrent, drive = nengo_lmu.map_to_synapse(*nengo_lmu.state_space(6, 1.0), 0.1)
delay = nengo_lmu.from_nir(nengo_lmu.to_nir(memory, form="factored")).add_delay(0.5)
simulator = nengo_lmu.Simulator(nengo.Network(), dtype="float32")
"""
WRONG = """
import nengo_lmu

nengo_lmu.SpikingMemory("600", order=6, theta=1.0)
nengo_lmu.IdealMemory(6, 1.0, channels=2)
nengo_lmu.IdealMemory(6, 1.0).add_delay("0.5")
nengo_lmu.predict(3)
nengo_lmu.state_spaces(6, 1.0)
nengo_lmu.Simulator(None, 0.001, thread=2)
"""


@pytest.mark.parametrize("name", NAMES)
def test_public_name_is_annotated(name):
    """A function or class, and the methods that a class defines itself."""
    try:
        found = {name: api_tables.find(name), **api_tables.own_methods(name)}
    except MissingExtraError as missing:
        pytest.skip(str(missing))
    bare = [
        (key, parameter.name)
        for key, each in found.items()
        for parameter in inspect.signature(each).parameters.values()
        if parameter.annotation is parameter.empty and parameter.name != "self"
    ]
    assert not bare


def test_checker_accepts_what_is_right_and_finds_what_is_wrong(tmp_path):
    pytest.importorskip("mypy")
    for name, text in ("mypy.ini", CONFIG), ("right.py", RIGHT), ("wrong.py", WRONG):
        (tmp_path / name).write_text(text)
    found = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-color-output", "right.py", "wrong.py"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT)},  # an editable install is not seen
        capture_output=True,
        text=True,
    )
    errors = [line for line in found.stdout.splitlines() if ": error: " in line]
    assert [int(line.split(":")[1]) for line in errors] == [4, 5, 6, 7, 8, 9]
    assert all(line.startswith("wrong.py") for line in errors)
