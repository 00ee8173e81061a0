import numpy as np
import pytest

from nengo_lmu import delay_readout, state_space
from nengo_lmu.theory.lti import discretize, simulate


# Measured: 0.021 and 0.061.
@pytest.mark.parametrize("backend, bound", [("nengo", 0.04), ("loihi", 0.09)])
def test_neurons_follow_the_exact_memory(read_model, nrmse, backend, bound):
    delayed = read_model("irregular", backend).run(3)["0.5 s ago: neurons, exact"]
    assert nrmse(delayed[1000:]) < bound


def test_exact_memory(read_model):
    """Against a memory that sees the held samples at steps of 0.1 ms."""
    names = read_model("irregular").names
    dt = 1e-4
    times = dt * np.arange(1, 20_001)
    held = np.array([names["held"](t - dt / 2) for t in times])
    system = discretize(*state_space(names["order"], names["theta"]), dt)
    fine = simulate(*system, held) @ delay_readout(names["order"], 0.5)[0]
    exact = np.array([names["exact"](t) for t in times[::97]])
    assert np.max(np.abs(exact - fine[::97])) < 1e-3
    gaps = np.diff(names["times"][:1000])
    assert gaps.min() < 0.001 and gaps.max() > 0.1  # far from even
