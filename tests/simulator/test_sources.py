"""Functions of time and processes that are computed ahead."""

import math
import time

import nengo
import numpy as np
import pytest

from nengo_lmu.simulator import Simulator
from nengo_lmu.simulator.sources import is_pure

FREQUENCY = 2.0
CALLS = []
ARRAY = np.ones(3)
COUNT = 0


def helper(t):
    return FREQUENCY * t


def counts_globally(t):
    global COUNT
    COUNT += 1
    return COUNT


def keeps_attribute(t):
    keeps_attribute.last = t
    return t


def imports(t):
    import random

    return random.random()


def closure(value):
    def function(t):
        return value * t

    return function


def counts_in_closure():
    count = 0

    def function(t):
        nonlocal count
        count += 1
        return count

    return function


def empty_cell():
    def function(t):
        return later * t

    yield function
    later = 1.0


class Callable:
    def __call__(self, t):
        return t


@pytest.mark.parametrize(
    "function",
    [
        np.sin,
        math.exp,
        lambda t: np.sin(2 * np.pi * FREQUENCY * t),
        lambda t: [math.cos(t), max(0, t), helper(t)],
        lambda t: 1.0 if t < 0.1 else -1,
        lambda t, phase=0.3: np.clip(t + phase, 0, 1),
        lambda t: np.array([t, -t]),
        closure(2.0),
        closure(np.float32(2)),
    ],
)
def test_pure(function):
    assert is_pure(function)


@pytest.mark.parametrize(
    "function",
    [
        lambda t: np.random.rand(),  # noqa: NPY002
        lambda t: time.time(),
        lambda t: CALLS.append(t),
        lambda t: ARRAY[0],
        lambda t: print(t),
        lambda t: np.save("x", t),
        lambda t: [x * t for x in CALLS],
        lambda t, seen=CALLS: len(seen),
        lambda t: open("x").read(),
        lambda t: getattr(np, "rand" + "om"),
        lambda t: helper.__dict__,
        counts_globally,
        keeps_attribute,
        imports,
        closure(ARRAY),
        closure(CALLS),
        counts_in_closure(),
        next(empty_cell()),
        Callable(),
        Callable().__call__,
        np.random.RandomState(0).uniform,
        time.time,
        print,
    ],
)
def test_not_pure(function):
    assert not is_pure(function)


def test_pure_functions_wait_for_python():
    """A function of time is not computed ahead if other Python code runs in a step."""
    with nengo.Network() as network:
        nengo.Probe(nengo.Node(np.sin))
        noise = nengo.Node(nengo.processes.WhiteNoise())
        nengo.Node(lambda t: CALLS.append(t))
    with Simulator(network, progress_bar=False) as sim:
        assert [source.output for source, _, _ in sim._plan.sources] == [
            sim.model.sig[noise]["out"]
        ]


@pytest.mark.parametrize(
    "process",
    [
        nengo.processes.BrownNoise(seed=1),
        nengo.processes.FilteredNoise(seed=1),
        nengo.processes.Piecewise({0.005: 1, 0.01: [2]}),
        nengo.processes.PresentInput([[1], [2]], 0.003),
        nengo.processes.WhiteNoise(seed=1),
        nengo.processes.WhiteSignal(0.02, high=100, seed=1),
        nengo.processes.WhiteSignal(0.02, high=100, y0=0, seed=1),
    ],
    ids=lambda process: type(process).__name__,
)
def test_processes(process):
    with nengo.Network() as network:
        probe = nengo.Probe(nengo.Node(process))
    data = []
    for cls in (nengo.Simulator, Simulator):
        with cls(network, progress_bar=False) as sim:
            sim.run_steps(30)
            sim.step()
            sim.run_steps(1020)
        data.append(sim.data[probe])
    np.testing.assert_array_equal(*data)
