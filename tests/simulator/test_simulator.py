"""The interface of the simulator: runs, reset, errors, recorded data."""

import math
import pickle

import nengo
import numpy as np
import pytest
from nengo.exceptions import (
    BuildError,
    SimulationError,
    SimulatorClosed,
    ValidationError,
)

from nengo_lmu.simulator import Simulator, plan, simulator


def counter():
    """A function of time that is not pure."""
    calls = []

    def count(t):
        calls.append(t)
        return len(calls)

    return count, calls


def test_one_call_without_python():
    """A network without Python in its loop is one range of compiled rows."""
    with nengo.Network() as network:
        ens = nengo.Ensemble(20, 1)
        nengo.Connection(nengo.Node(lambda t: np.sin(t)), ens)
        nengo.Connection(nengo.Node(nengo.processes.WhiteNoise()), ens)
        nengo.Connection(ens, ens)
        nengo.Probe(ens)
    with Simulator(network, progress_bar=False) as sim:
        assert len(sim._plan.parts) == 1
        assert isinstance(sim._plan.parts[0], tuple)


def test_python_runs_step_by_step():
    """Functions that share state see each other's values of the same step."""
    state = {}

    def write(t):
        state["t"] = t
        return t

    def read(t, x):
        return state["t"] + x

    with nengo.Network() as network:
        first = nengo.Node(write)
        second = nengo.Node(read, size_in=1)
        nengo.Connection(first, second, synapse=None)
        probe = nengo.Probe(second)
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(20)
    np.testing.assert_allclose(sim.data[probe][:, 0], 2 * sim.trange())


def test_function_that_reads_the_simulator():
    """A node may read the data of a probe during the run, as in Nengo."""
    seen = []

    def look(t):
        seen.append((sim.n_steps, len(sim.data[probe])))
        return t

    with nengo.Network() as network:
        probe = nengo.Probe(nengo.Node(look, size_out=1))
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(5)
        sim.step()
    assert seen == [(k, k) for k in range(6)]


def test_step_is_run():
    with nengo.Network(seed=0) as network:
        ens = nengo.Ensemble(30, 1, neuron_type=nengo.PoissonSpiking(nengo.LIFRate()))
        nengo.Connection(nengo.Node(nengo.processes.WhiteNoise()), ens)
        nengo.Connection(nengo.Node(lambda t: t), ens)
        probe = nengo.Probe(ens)
        seldom = nengo.Probe(ens, sample_every=0.003)
    data = []
    for pieces in ([25], [1] * 25, [10, 15], [24, 1]):
        with Simulator(network, progress_bar=False) as sim:
            for n in pieces:
                sim.step() if n == 1 else sim.run_steps(n)
            assert sim.n_steps == 25
            assert sim.time == pytest.approx(0.025)
        data.append((sim.data[probe], sim.data[seldom]))
        assert len(sim.data[seldom]) == len(sim.trange(sample_every=0.003)) == 8
    for other in data[1:]:
        np.testing.assert_array_equal(other[0], data[0][0])
        np.testing.assert_array_equal(other[1], data[0][1])


@pytest.mark.parametrize("n_steps", [3, 2500])
def test_reset(n_steps):
    with nengo.Network(seed=0) as network:
        ens = nengo.Ensemble(30, 1, neuron_type=nengo.PoissonSpiking(nengo.LIFRate()))
        noise = nengo.Node(nengo.processes.WhiteNoise())
        nengo.Connection(noise, ens)
        probes = [nengo.Probe(ens), nengo.Probe(noise)]
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(n_steps)
        first = [np.array(sim.data[probe]) for probe in probes]
        sim.reset()
        assert sim.n_steps == 0 and all(len(sim.data[p]) == 0 for p in probes)
        sim.run_steps(n_steps)
        for old, probe in zip(first, probes, strict=True):
            np.testing.assert_array_equal(sim.data[probe], old)
        sim.reset(seed=sim.seed + 1)
        sim.run_steps(n_steps)
        for old, probe in zip(first, probes, strict=True):
            assert n_steps < 10 or not np.array_equal(sim.data[probe], old)
        sim.clear_probes()
        assert len(sim.data[probes[0]]) == 0
        sim.run_steps(2)
        assert len(sim.data[probes[0]]) == 2 and sim.n_steps == n_steps + 2


def test_pickle():
    with nengo.Network(seed=0) as network:
        ens = nengo.Ensemble(30, 1)
        nengo.Connection(nengo.Node(lambda t: t), ens)
        network.probe = nengo.Probe(ens, synapse=0.01)
    network.nodes[0].output = np.sin
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(20)
        state = pickle.dumps(sim)
        sim.run_steps(20)
    with pickle.loads(state) as copy:
        copy.run_steps(20)
        data = copy.data[copy.model.toplevel.probe]
    np.testing.assert_array_equal(data, sim.data[network.probe])


def test_closed():
    with nengo.Network() as network:
        probe = nengo.Probe(nengo.Node(1.0))
    sim = Simulator(network, progress_bar=False)
    sim.run_steps(3)
    sim.close()
    sim.close()
    assert sim.data[probe].tolist() == [[1.0]] * 3
    for call in (sim.step, sim.reset, lambda: sim.run_steps(1), lambda: sim.run(1)):
        with pytest.raises(SimulatorClosed):
            call()


def test_data_is_read_only():
    with nengo.Network() as network:
        probe = nengo.Probe(nengo.Node(np.sin))
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(3)
        first = sim.data[probe]
        sim.run_steps(3)
        assert len(first) == 3 and len(sim.data[probe]) == 6
        with pytest.raises(ValueError):
            sim.data[probe][0] = 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("n_before", [0, 7])
def test_interrupt_keeps_data(error, n_before):
    """Data recorded before an interrupt or an error is kept."""
    count, calls = counter()

    def stop_once(t):
        count(t)
        if len(calls) == n_before + 1:
            raise error
        return t

    with nengo.Network(seed=0) as network:
        noise = nengo.Node(nengo.processes.WhiteNoise(seed=1))
        node = nengo.Node(stop_once, size_out=1)
        probes = [nengo.Probe(noise), nengo.Probe(node)]
    with Simulator(network, progress_bar=False) as sim:
        with pytest.raises(error):
            sim.run_steps(20)
        assert [len(sim.data[probe]) for probe in probes] == [n_before] * 2
        assert np.ravel(sim.data[probes[1]]).tolist() == calls[:-1]


def test_error_in_a_block():
    """A pure function that fails at its 8th step: 7 steps are recorded, no noise is
    lost, and the error is Nengo's."""
    with nengo.Network(seed=0) as network:
        noise = nengo.Node(nengo.processes.WhiteNoise(seed=1))
        node = nengo.Node(lambda t: 1 / (round(t * 1000) - 8))
        infinite = nengo.Node(lambda t: math.inf if t > 0.0085 else 1)
        probes = [nengo.Probe(x) for x in (noise, node, infinite)]
    with Simulator(network, progress_bar=False) as sim:
        assert len(sim._plan.sources) == 3
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                sim.run_steps(20)
            assert [len(sim.data[probe]) for probe in probes] == [7] * 3
    network.nodes.remove(node)
    network.probes.remove(probes[1])
    with Simulator(network, progress_bar=False) as sim:
        with pytest.raises(SimulationError, match="non-finite"):
            sim.run_steps(20)
        assert len(sim.data[probes[0]]) == 8
    with nengo.Network() as alone:
        noise = nengo.Node(nengo.processes.WhiteNoise(seed=1))
        probe = nengo.Probe(noise)
    with Simulator(alone, progress_bar=False) as ref:
        ref.run_steps(8)
    np.testing.assert_array_equal(sim.data[probes[0]], ref.data[probe])


class NaN(nengo.Process):
    def make_step(self, shape_in, shape_out, dt, rng, state):
        return lambda t: np.full(shape_out, np.nan if t > 0.003 else 1.0)


def test_nan():
    """NaN is an error if an operator computes with it; the data is kept."""
    with nengo.Network() as network:
        node = nengo.Node(NaN(default_size_in=0, default_size_out=1))
        probe = nengo.Probe(node)
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(5)
        assert np.isnan(sim.data[probe]).sum() == 2
    with network:
        nengo.Probe(node, synapse=0.01)
        nengo.Probe(nengo.Ensemble(5, 1))
    with Simulator(network, progress_bar=False) as sim:
        with pytest.raises(SimulationError, match="NaN"):
            sim.run_steps(5)
        assert len(sim.data[probe]) == 5


@pytest.mark.parametrize("n_dimensions", [1, 2])
def test_nan_into_poisson_neurons(n_dimensions):
    with nengo.Network() as network:
        ens = nengo.Ensemble(
            20, n_dimensions, neuron_type=nengo.PoissonSpiking(nengo.LIFRate())
        )
        nengo.Connection(
            nengo.Node(NaN(default_size_in=0, default_size_out=n_dimensions)),
            ens,
            synapse=None,
        )
        nengo.Probe(ens, synapse=0.1)
    with Simulator(network, progress_bar=False) as sim:
        with pytest.raises(SimulationError, match="NaN"):
            sim.run_steps(10)


def test_operator_without_counterpart():
    """An operator that is not Nengo's runs as its own step, in its place."""

    class Square(nengo.builder.Operator):
        def __init__(self, x, y):
            super().__init__()
            self.sets, self.incs, self.reads, self.updates = [y], [], [x], []

        def make_step(self, signals, dt, rng):
            x, y = signals[self.reads[0]], signals[self.sets[0]]

            def step():
                y[...] = x**2

            return step

    with nengo.Network() as network:
        node = nengo.Node(np.sin)
        target = nengo.Node(size_in=1)
        nengo.Connection(node, target, synapse=None)
        probe = nengo.Probe(target)
    model = nengo.builder.Model(dt=0.001)
    model.build(network)
    x = model.sig[target]["in"]
    y = nengo.builder.Signal(np.zeros(1), name="y")
    model.add_op(Square(x, y))
    model.sig[probe]["in"] = y
    with Simulator(None, model=model, progress_bar=False) as sim:
        sim.run_steps(10)
        np.testing.assert_allclose(sim.data[probe][:, 0], np.sin(sim.trange()) ** 2)


def test_single_precision():
    with nengo.Network(seed=0) as network:
        ens = nengo.Ensemble(50, 2, neuron_type=nengo.LIFRate())
        nengo.Connection(nengo.Node([0.5, -0.4]), ens)
        nengo.Connection(ens, ens, synapse=nengo.Alpha(0.1), transform=0.9)
        poisson = nengo.Ensemble(
            50, 1, neuron_type=nengo.PoissonSpiking(nengo.LIFRate())
        )
        nengo.Connection(ens[0], poisson)
        probe = nengo.Probe(ens, synapse=0.01)
        spikes = nengo.Probe(poisson, synapse=0.1)
    before = nengo.rc.get("precision", "bits")
    with Simulator(network, dtype="float32", progress_bar=False) as sim:
        sim.run_steps(300)
        assert {v.dtype.kind + str(v.itemsize) for v in sim.signals.values()} == {
            "f4",
            "i4",
        }
    assert nengo.rc.get("precision", "bits") == before
    with nengo.Simulator(network, progress_bar=False) as ref:
        ref.run_steps(300)
    assert sim.data[probe].dtype == np.float32
    np.testing.assert_allclose(sim.data[probe], ref.data[probe], atol=1e-4)
    assert sim.data[spikes][-1] == pytest.approx(ref.data[spikes][-1], abs=0.5)
    with pytest.raises(ValidationError, match="float16"):
        Simulator(network, dtype="float16")


def test_memory_is_said(monkeypatch):
    with nengo.Network() as network:
        nengo.Probe(nengo.Ensemble(1000, 1).neurons)
    with Simulator(network, progress_bar=False) as sim:
        monkeypatch.setattr(simulator, "available_bytes", lambda: 10**6)
        with pytest.raises(SimulationError, match=r"0\.80 GB .* 0\.00 GB"):
            sim.run_steps(100_000)
        sim.run_steps(10)
    monkeypatch.setattr(plan, "available_bytes", lambda: 1000)
    with pytest.raises(BuildError, match="GB"):
        Simulator(network, progress_bar=False)


def test_progress_moves():
    class Progress(nengo.utils.progress.ProgressBar):
        def __init__(self):
            super().__init__()
            self.steps = []

        def update(self, progress):
            self.steps.append(progress.n_steps)

        def close(self):
            pass

    with nengo.Network() as network:
        nengo.Ensemble(10, 1)
    with Simulator(network, progress_bar=False) as sim:
        progress = Progress()
        sim.run_steps(2500, progress_bar=progress)
    assert progress.steps[-1] == 2500
