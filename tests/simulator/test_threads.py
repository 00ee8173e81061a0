"""Several threads: the same results for any number of them, and those of Nengo."""

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError
from numba import config

from nengo_lmu.simulator import Simulator, populations, simulator
from nengo_lmu.simulator.kernels.operator import add, copy
from nengo_lmu.simulator.threads import Team

POISSON = nengo.PoissonSpiking(nengo.LIFRate())


@pytest.fixture
def small_blocks(monkeypatch):
    """Divide populations of more than 30 neurons into blocks of about 25."""
    monkeypatch.setattr(populations, "_TILE", 8)
    monkeypatch.setattr(populations, "LARGE", 30)
    monkeypatch.setattr(populations, "_BLOCK", 25)
    monkeypatch.setattr(simulator, "_FEW_TASKS", 1)


def recurrent(neuron_type):
    """Two coupled ensembles, a third one without a synapse, and one that is small."""
    with nengo.Network(seed=2) as network:
        stimulus = nengo.Node(nengo.processes.WhiteSignal(1, high=5, seed=1))
        first, second, third, small = (
            nengo.Ensemble(n, d, neuron_type=neuron_type, seed=d)
            for n, d in ((100, 1), (203, 2), (60, 1), (20, 1))
        )
        nengo.Connection(stimulus, first)
        nengo.Connection(first, second[0], synapse=0.01)
        nengo.Connection(second, second, synapse=0.1)
        nengo.Connection(second[0], first, synapse=0.005, transform=0.3)
        nengo.Connection(second[0], third, synapse=None)
        nengo.Connection(third, small, function=np.square, synapse=None)
        nengo.Probe(second)
        nengo.Probe(small, synapse=0.01)
        nengo.Probe(first.neurons)
    return network


def learning(neuron_type):
    """An ensemble whose decoders change, and a node in Python."""
    with nengo.Network(seed=2) as network:
        ens = nengo.Ensemble(120, 2, neuron_type=neuron_type)
        nengo.Connection(nengo.Node(lambda t, x: [x[0] - 1, t], size_in=1), ens)
        output = nengo.Node(size_in=2)
        connection = nengo.Connection(ens, output, learning_rule_type=nengo.PES())
        nengo.Connection(output, connection.learning_rule)
        nengo.Probe(output, synapse=0.01)
        nengo.Probe(ens, synapse=0.01)
    return network


def run(network, n_steps=300, cls=Simulator, **kwargs):
    with cls(network, seed=0, progress_bar=False, **kwargs) as sim:
        sim.run_steps(n_steps - 1)
        sim.step()
        if cls is Simulator:
            assert any(getattr(p, "tasks", None) is not None for p in sim._plan.parts)
    return [sim.data[probe] for probe in network.probes]


@pytest.mark.parametrize("make", [recurrent, learning])
@pytest.mark.parametrize(
    "neuron_type",
    [POISSON, nengo.LIF(), nengo.RegularSpiking(nengo.LIFRate()), nengo.LIFRate()],
    ids=str,
)
def test_results_for_any_number_of_threads(make, neuron_type, small_blocks):
    network = make(neuron_type)
    one, *others = (run(network, threads=n) for n in (1, 2, 5))
    for other in others:
        for x, y in zip(one, other, strict=True):
            np.testing.assert_array_equal(x, y)
    if neuron_type is not POISSON:
        for x, y in zip(one, run(network, cls=nengo.Simulator), strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-9)


def test_single_precision(small_blocks):
    network = recurrent(nengo.LIF())
    one, two = (run(network, threads=n, dtype="float32") for n in (1, 2))
    for x, y in zip(one, two, strict=True):
        np.testing.assert_array_equal(x, y)


def test_blocks_of_independent_ensembles_run_side_by_side(small_blocks):
    with nengo.Network(seed=0) as network:
        for _ in range(3):
            nengo.Connection(nengo.Node(1.0), nengo.Ensemble(50, 1))
    with Simulator(network, progress_bar=False) as sim:
        (part,) = sim._plan.parts
    before = part.tasks[:, 2].tolist()
    assert before == [0] + [1] * 6 + ([7] if len(before) == 8 else [])


def test_small_populations_stay_whole():
    with nengo.Network(seed=0) as network:
        nengo.Ensemble(100, 1)
    with Simulator(network, progress_bar=False) as sim:
        assert all(part.tasks is None for part in sim._plan.parts)


def doubling_tasks(n_lanes):
    """Rows of two stages: c_i = a_i in tasks; then a_i += c_(i+1), b += c_i."""
    memory = np.ones(3 * n_lanes)
    integers, rows, tasks = [], [], []

    def row(kernel, *arguments):
        rows.append((kernel.address(memory.dtype), len(integers)))
        integers.extend(arguments)

    for i in range(n_lanes):
        tasks.append((len(rows), len(rows) + 1, 0))
        row(copy, 1, 1, 2 * n_lanes + i, 0, 1, i, 0, 1)
    for i in range(n_lanes):
        tasks.append((len(rows), len(rows) + 2, n_lanes))
        row(add, 1, 1, i, 0, 1, 2 * n_lanes + (i + 1) % n_lanes, 0, 1)
        row(add, 1, 1, n_lanes + i, 0, 1, 2 * n_lanes + i, 0, 1)
    return memory, *(np.array(x, dtype=np.int64) for x in (integers, rows, tasks))


@pytest.mark.parametrize("n_threads", [1, 2, 7])
def test_stages_wait_for_each_other(n_threads):
    """Many steps of tiny tasks: each stage sees all results of the one before."""
    n_lanes, n_steps = 5, 900
    memory, integers, table, tasks = doubling_tasks(n_lanes)
    team = Team(n_threads)
    for n in (1, n_steps - 1):
        team.run(memory.ctypes.data, integers.ctypes.data, table, tasks, n)
    team.close()
    # From equal values every a doubles in each step, and b adds them up
    assert np.all(memory[:n_lanes] == 2.0**n_steps)
    assert np.all(memory[n_lanes : 2 * n_lanes] == 2.0**n_steps)


def test_helpers_are_not_needed(small_blocks, monkeypatch):
    """The calling thread does everything if no other one comes."""
    network = recurrent(POISSON)
    expected = run(network, threads=1)
    monkeypatch.setattr(
        "nengo_lmu.simulator.threads.ThreadPoolExecutor.submit", lambda *args: None
    )
    for x, y in zip(expected, run(network, threads=3), strict=True):
        np.testing.assert_array_equal(x, y)


def test_number_of_threads(monkeypatch):
    with nengo.Network() as network:
        nengo.Ensemble(5, 1)
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 3)
    with Simulator(network, progress_bar=False) as sim:
        assert sim.threads == 3
    for threads in (0, 1.5, "two"):
        with pytest.raises(ValidationError, match="threads"):
            Simulator(network, progress_bar=False, threads=threads)
