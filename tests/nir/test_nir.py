"""Memories in graphs of NIR: what a reader makes of them is what we expect."""

import warnings

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError

import nengo_lmu
from nengo_lmu import SpikingMemory, design_memory, from_nir, to_nir
from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.nir.euler import Reader
from nengo_lmu.nir import NIRNotice, nir_design, read_nir, state, write_nir
from nengo_lmu.nir.design import SETTLED
from nengo_lmu.nir.neurons import SubtractingLIF
from nengo_lmu.signals import white_noise

nir = pytest.importorskip("nir", reason="nir is not installed")

DT, FREQ = 1e-4, 1.0
LIF = nengo.LIF()


def small_design(n_neurons=60, order=3, **choices):
    choices = {"neuron_type": LIF, "freq": FREQ, "seed": 0} | choices
    return design_memory(n_neurons, order, 0.5, **choices)


def exported(*args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NIRNotice)
        return to_nir(*args, **kwargs)


def ours(memory, u, dt):
    with nengo.Network() as network:
        network.add(memory)
        source = nengo.Node(nengo.processes.PresentInput(u, dt))
        nengo.Connection(source, memory.input, synapse=None)
        probe = nengo.Probe(memory.state)
    with nengo.Simulator(network, dt=dt, progress_bar=False) as simulator:
        simulator.run_steps(len(u))
    return np.array(simulator.data[probe])


@pytest.mark.parametrize(
    "form, reset, choices",
    [
        ("dense", "zero", {}),
        ("dense", "subtract", {"n_channels": 2}),
        ("factored", "zero", {"n_channels": 2}),
        ("factored", "subtract", {"tuning": "drawn", "realization": "ladder"}),
        ("factored", "zero", {"realization": "ladder", "n_channels": 2}),
        ("dense", "zero", {"layout": "single"}),
    ],
)
def test_states_are_those_of_our_simulator(form, reset, choices, monkeypatch):
    """Step by step, where weights are not rounded and currents begin with the biases.

    A rounded weight may move a spike by a step.
    """
    monkeypatch.setattr("nengo_lmu.nir.graph._single", np.asarray)
    design = small_design(36, **choices)
    graph = exported(design, form, dt=DT, reset=reset)
    u = 0.5 * np.sin(60 * DT * np.arange(400))[:, None] * np.ones(design.n_channels)
    # In nengo a step passes before the input arrives.
    output = Reader(graph, DT, reset, settled=True).run(np.vstack([0 * u[:1], u]))
    found = state(graph, output[1:], u)
    expected = ours(from_nir(graph), u, DT)
    assert np.sqrt(np.mean(expected[200:] ** 2)) > 0.02
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert np.max(np.abs(output)) > 0


def test_the_error_is_ours():
    """In time that a reader takes: the bias currents arrive first."""
    design = design_memory(300, 3, 0.5, neuron_type=LIF, freq=FREQ, seed=5)
    graph = exported(design, "factored", dt=DT)
    first = round(SETTLED * design.synapse.tau / DT)
    u = np.append(np.zeros(first), white_noise(1.5, FREQ, seed=5, dt=DT))
    found = state(graph, Reader(graph, DT).run(u), u)
    error = window_nrmse(found[first:], u[first:], 0.5, DT)
    u = u[first:]
    run = run_memory(lambda: from_nir(graph), u, 1.5, backend="nengo-lmu", dt=DT)
    assert error < 0.006
    assert error == pytest.approx(run.nrmse, rel=0.2)


def test_what_is_lost_is_stated():
    memory = SpikingMemory(60, 3, 0.5, neuron_type=LIF, freq=FREQ, seed=0)
    with pytest.warns(NIRNotice) as notices:
        to_nir(memory)
    text = str(notices[0].message)
    for part in ("refractory time, lowpasses in parallel, initial v", "1.6 s", "1 ms"):
        assert part in text
    with pytest.warns(NIRNotice, match="PoissonSpiking .LIF takes its place"):
        to_nir(SpikingMemory(60, 3, 0.5, seed=0), dt=DT)


def test_neurons_are_designed_for_the_reader():
    design = small_design()
    made = nir_design(design, DT)
    assert made.dt == DT and made.choices.neuron_type.tau_ref == DT / 2
    kinds = {type(p.neuron_type) for p in made.populations}
    assert kinds == {nengo.LIF} and made.neuron_type.tau_ref == 0
    assert not any(loop.fast for loop in made.loops)
    assert type(nir_design(design, DT, "subtract").neuron_type) is SubtractingLIF
    assert nir_design(made, DT) is made
    sample = white_noise(2.0, FREQ, dt=0.001, seed=0)
    finer = nir_design(small_design(freq=None, sample=sample), 5e-4).choices.sample
    np.testing.assert_allclose(finer[::2, 0], sample, atol=1e-12)


@pytest.mark.parametrize(
    "choices, message",
    [
        ({"neuron_type": nengo.SpikingRectifiedLinear()}, "must be LIF or a type"),
        ({"neuron_type": nengo.AdaptiveLIF()}, "must be LIF or a type"),
        ({"neuron_type": nengo.PoissonSpiking(nengo.Sigmoid())}, "must be LIF or"),
        ({"synapse": nengo.Alpha(0.05)}, "a lowpass, the only synapse"),
    ],
)
def test_what_nir_cannot_hold_is_refused(choices, message):
    with pytest.raises(ValidationError, match=message):
        to_nir(small_design(**choices))


def test_wrong_arguments():
    with pytest.raises(ValidationError, match="form: must be one of 'dense'"):
        to_nir(small_design(), form="sparse")
    with pytest.raises(ValidationError, match="reset: must be one of"):
        to_nir(small_design(), reset="none")
    with pytest.raises(ValidationError, match="dt: must be"):
        to_nir(small_design(), dt=0)
    with pytest.raises(ValidationError, match="SpikingMemory, a MemoryDesign or a"):
        to_nir(nengo_lmu.IdealMemory(3, 0.5))
    graph = exported(small_design())
    with pytest.raises(ValidationError, match="output: must be"):
        state(graph, np.zeros((5, 2)), np.zeros(5))


def test_a_ladder_is_a_chain():
    """Each population hears those at most two places away; all others hear all."""
    order, n = 7, 42
    ladder = small_design(n, order, realization="ladder")
    graph = exported(ladder, "factored", dt=DT)
    heard = {
        int(b.rpartition("_")[2]): 0 for a, b in graph.edges if b.startswith("encode")
    }
    for a, b in graph.edges:
        if b.startswith("encode") and a.startswith("decode"):
            near = int(a.rpartition("_")[2]) - int(b.rpartition("_")[2])
            assert abs(near) <= 2
            heard[int(b.rpartition("_")[2])] += 1
    assert [heard[k] for k in range(order)] == [3, 4, 5, 5, 5, 4, 3]
    assert len(exported(ladder, "dense").nodes) == 6
    assert len(exported(small_design(), "factored").nodes) == 7


@pytest.mark.parametrize("form", ["dense", "factored"])
@pytest.mark.parametrize("realization", ["min_noise", "ladder"])
def test_files_are_read_back(tmp_path, form, realization):
    path = tmp_path / "memory.nir"
    graph = exported(small_design(realization=realization), form, dt=DT)
    write_nir(path, graph)
    memory, same = from_nir(path, label="mine"), from_nir(graph)
    assert memory.label == "mine" and memory.dt == DT
    for one, other in zip(
        memory.design.populations, same.design.populations, strict=True
    ):
        np.testing.assert_array_equal(one.decoders, other.decoders)
        np.testing.assert_array_equal(one.tuning.gain, other.tuning.gain)
    again = exported(memory, form)
    for name, node in read_nir(path).nodes.items():
        if hasattr(node, "weight"):
            np.testing.assert_allclose(node.weight, again.nodes[name].weight)


def test_files_that_are_none(tmp_path):
    path = tmp_path / "memory.nir"
    write_nir(path, exported(small_design()))
    whole = path.read_bytes()
    for data in (whole[: len(whole) // 2], b"", b"not a file of NIR"):
        path.write_bytes(data)
        with pytest.raises(ValidationError, match="must be a whole file of NIR"):
            from_nir(path)
    with pytest.raises(OSError):
        from_nir(tmp_path / "missing.nir")


def test_other_graphs_and_versions_are_refused(tmp_path):
    import h5py

    path = tmp_path / "memory.nir"
    nir.write(path, nir.NIRGraph.from_list(nir.Linear(np.ones((2, 3)))))
    with pytest.raises(ValidationError, match="a memory that nengo-lmu wrote"):
        from_nir(path)
    write_nir(path, exported(small_design()))
    with h5py.File(path, "r+") as file:
        file["node/metadata/nengo_lmu/format"][()] = 99
    with pytest.raises(ValidationError, match="format 99.*update nengo-lmu"):
        from_nir(path)
    with h5py.File(path, "r+") as file:
        file["version"][()] = "7.0.0"
    with pytest.raises(ValidationError, match="NIR 7.0.0: update nir"):
        from_nir(path)
    with h5py.File(path, "r+") as file:
        file["version"][()], file["node/nodes/drive/type"][()] = nir.version, "Unheard"
    with pytest.raises(ValidationError, match="one that nir cannot read") as error:
        from_nir(path)
    assert "\n" not in str(error.value)


def test_changed_weights_are_not_taken_for_the_memory():
    graph = exported(small_design())
    graph.nodes["recurrent"].weight[3, 4] += 1
    with pytest.raises(ValidationError, match="other nodes or weights"):
        from_nir(graph)


def test_a_choice_of_ones_own_is_exported_but_not_read_back():
    def own(covariance, gain):
        return nengo_lmu.theory.realizations.Realization.legendre(len(gain))

    graph = exported(small_design(realization=own))
    with pytest.raises(ValidationError, match="with its design"):
        from_nir(graph)
