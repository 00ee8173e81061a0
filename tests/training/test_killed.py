"""A training that is killed, as a process, goes on as if it had not been."""

import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import numpy as np
import pytest

from nengo_lmu.networks.trained_network import Trained

if find_spec("nengo_dl") is None:
    pytest.skip("nengo-dl is not installed", allow_module_level=True)

SCRIPT = """
import sys

import numpy as np

from nengo_lmu.networks import Stack
from nengo_lmu.training import train

u = np.random.RandomState(0).randn(200, 20, 1)
layer = {"n_hidden": 8, "theta": 0.01, "order": 3}
for out in sys.argv[1:]:
    stack = Stack(1, [layer], 1, seed=1)
    train(stack, u, np.roll(u, 3, axis=1), epochs=8, batch=20, out=out, seed=0)
"""


def test_killed_in_the_middle_and_resumed(tmp_path):
    """The same weights and losses, to the bit, as without."""
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, tmp_path / "script.py"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*command, tmp_path / "killed"], **quiet)
    checkpoint = tmp_path / "killed" / "checkpoint.npz"
    deadline = time.monotonic() + 300
    while not checkpoint.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "killed" / "model.npz").exists()
    both = [tmp_path / "killed", tmp_path / "whole"]
    subprocess.run([*command, *both], check=True, **quiet)
    killed, whole = (
        Trained.load(tmp_path / name / "model.npz", "network")
        for name in ("killed", "whole")
    )
    assert killed.weights.keys() == whole.weights.keys()
    for name, weights in whole.weights.items():
        np.testing.assert_array_equal(killed.weights[name], weights)
