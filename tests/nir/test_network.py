"""Trained networks in graphs of NIR: a memory, hidden units and a read-out."""

import warnings

import nengo
import numpy as np
import pytest
from click.testing import CliRunner
from nengo.exceptions import ValidationError
from nengo.solvers import LstsqL2

from nengo_lmu import delay_readout, from_nir, to_nir
from nengo_lmu.cli import main
from nengo_lmu.experiments.nir.euler import Reader
from nengo_lmu.networks import FEED_FORWARD, LMU, Stack, to_spiking
from nengo_lmu.networks.trained_network import Trained
from nengo_lmu.nir import NIRNotice, read_nir, state
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.states import states

nir = pytest.importorskip("nir", reason="nir is not installed")

DT, LIF = 2e-4, nengo.LIF()
THETA, ORDER, N_HIDDEN, TAU = 0.2, 3, 40, 0.03
KINDS = {
    "rectified": nengo.RectifiedLinear(),
    "lif": nengo.LIFRate(),
    "tanh": nengo.Tanh(tau_ref=1),
}


def exported(*args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NIRNotice)
        return to_nir(*args, **kwargs)


def network(kind, rng, **options):
    """A network with random hidden weights, and the function that it computes."""
    neuron_type = KINDS[kind]
    layer = {"n_hidden": N_HIDDEN, "theta": THETA, "order": ORDER, "bias": True}
    settings = {"hidden_type": neuron_type, "input_to_hidden": False, **FEED_FORWARD}
    settings |= {"n_neurons": 150, "neuron_type": LIF, "freq": 2.0} | options
    stack = Stack(1, [layer], 1, seed=0, **settings)
    W, b, ones = 2 * rng.randn(N_HIDDEN, ORDER), rng.randn(N_HIDDEN), np.ones(N_HIDDEN)
    m = states(white_noise(10.0, 2.0, seed=3)[None, :, None], ORDER, THETA)[0, 200::5]
    rates = neuron_type.rates(m @ W.T, ones, b)
    wanted = np.abs(m @ delay_readout(ORDER, [0.5]).T)
    basis = np.c_[rates, np.ones(len(rates))]
    fit, _ = LstsqL2(reg=0.01)(basis, wanted)
    readout, constant = fit[:-1].T, fit[-1:]
    weights = {"0.W_m": W, "0.b": b, "readout": readout, "readout_bias": constant}

    def compute(m):
        return neuron_type.rates(m @ W.T, ones, b) @ readout.T + constant[:, 0]

    peaks = np.abs(rates).max(axis=0)
    return stack, Trained("mine", {}, weights, {"0": peaks}), compute


@pytest.mark.parametrize(
    "kind, form", [("rectified", "factored"), ("lif", "dense"), ("tanh", "factored")]
)
def test_outputs_err_no_more_than_those_of_our_network(kind, form):
    stack, trained, compute = network(kind, np.random.RandomState(1))
    to_spiking(stack, trained, synapse=TAU)
    graph = exported(stack, form, dt=DT)
    tau = graph.metadata["nengo_lmu"]["output_tau"]
    assert tau == TAU
    settling = 3500  # steps in which the bias currents arrive
    u = np.append(np.zeros(settling), white_noise(0.8, 2.0, seed=9, dt=DT))
    exact = compute(states(u[None, :, None], ORDER, THETA, dt=DT)[0])
    exact = nengo.Lowpass(tau).filt(exact, dt=DT)
    found = nengo.Lowpass(tau).filt(Reader(graph, DT).run(u), dt=DT)
    later = slice(settling + 500, None)
    error = rms(found[later] - exact[later])
    ours = outputs(stack, u[::5])
    assert rms(ours[later.start // 5 :] - exact[later][::5]) > 0.8 * error
    assert error < 0.4 * np.std(exact[later])


def outputs(stack, u):
    """What a network outputs in Nengo, at steps of 1 ms."""
    with nengo.Network(seed=0) as model:
        model.add(stack)
        source = nengo.Node(nengo.processes.PresentInput(u, 0.001))
        nengo.Connection(source, stack.input, synapse=None)
        probe = nengo.Probe(stack.output)
    with nengo.Simulator(model, progress_bar=False) as simulator:
        simulator.run_steps(len(u))
    return simulator.data[probe]


def rms(values):
    return np.sqrt(np.mean(values**2))


def test_units_that_are_never_active_are_not_exported():
    stack, trained, _ = network("rectified", np.random.RandomState(1))
    trained.weights["0.b"][:10] = -100.0
    to_spiking(stack, trained)
    assert len(exported(stack, dt=DT).nodes["hidden"].v_threshold) <= N_HIDDEN - 10


def test_a_unit_of_negative_activity_becomes_two_neurons():
    stack, trained, _ = network("tanh", np.random.RandomState(1))
    trained.weights["0.b"][:] = 0.0
    to_spiking(stack, trained)
    graph = exported(stack, dt=DT)
    assert len(graph.nodes["hidden"].v_threshold) == 2 * N_HIDDEN


def test_what_becomes_of_the_units_is_stated():
    stack, trained, _ = network("rectified", np.random.RandomState(1))
    to_spiking(stack, trained)
    with pytest.warns(NIRNotice, match="LIF neurons take their place, the read-out"):
        to_nir(stack, dt=DT)


def test_a_layer_without_read_out_outputs_its_units():
    with nengo.Network(seed=0):
        layer = LMU(
            1,
            4,
            ORDER,
            THETA,
            n_neurons=60,
            neuron_type=LIF,
            freq=2.0,
            hidden_type=nengo.LIFRate(),
            input_to_hidden=False,
            bias=True,
            **FEED_FORWARD,
        )
    to_spiking(layer)
    graph = exported(layer, dt=DT)
    assert graph.nodes["output"].output_type["output"] == [4]


def test_what_cannot_be_exported_is_refused():
    rng = np.random.RandomState(1)
    stack, trained, _ = network("rectified", rng)
    with pytest.raises(ValidationError, match="spiking units: call to_spiking"):
        exported(stack)
    with pytest.raises(ValidationError, match="of the weights W_m and b only.*W_x"):
        exported(network("lif", rng, input_to_hidden=True)[0])
    ideal = Stack(
        1,
        [{"n_hidden": 4, "theta": THETA, "order": ORDER, **FEED_FORWARD}],
        1,
        input_to_hidden=False,
    )
    with pytest.raises(ValidationError, match="with a SpikingMemory .n_neurons."):
        exported(ideal)
    two = [{"n_hidden": 1, "theta": THETA, "order": ORDER}] * 2
    with pytest.raises(ValidationError, match="of one layer, for NIR"):
        exported(Stack(1, two, 1, input_to_hidden=False, **FEED_FORWARD))


def test_a_network_is_not_read_back_as_a_memory(tmp_path):
    stack, trained, _ = network("rectified", np.random.RandomState(1))
    to_spiking(stack, trained)
    graph = exported(stack, dt=DT)
    for read in (from_nir, lambda graph: state(graph, np.zeros((5, 1)), np.zeros(5))):
        with pytest.raises(ValidationError, match="of a memory that nengo-lmu wrote"):
            read(graph)


MODEL = """
import nengo
from nengo_lmu.experiments.nir.euler import Reader
from nengo_lmu.networks import FEED_FORWARD, Stack, to_spiking
layer = {"n_hidden": 4, "theta": 0.2, "order": 2, "bias": True}
memory = {"n_neurons": 40, "neuron_type": nengo.LIF(), "freq": 2.0}
with nengo.Network(seed=0) as model:
    stack = Stack(1, [layer], 1, **memory, hidden_type=nengo.LIFRate(),
                  input_to_hidden=False, **FEED_FORWARD)
    to_spiking(stack)
"""


def test_export_of_a_model_with_a_network(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(MODEL)
    result = CliRunner().invoke(main, ["export", "model.py", "--to", "net.nir"])
    assert result.exit_code == 0, result.output
    assert "hidden units (" in result.output
    assert "hidden" in read_nir("net.nir").nodes
