"""What a network takes of a board is counted right, and refused in one line."""

import json
from pathlib import Path

import nengo
import numpy as np
import pytest
from nengo.exceptions import BuildError, ValidationError

from nengo_lmu import backends, predict
from nengo_lmu.evaluation.energy import DEVICES
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.loihi import LayoutNotice, Simulator, chip_design, lay_out
from nengo_lmu.loihi import compatibility as compat_loihi
from nengo_lmu.loihi.board import Board, read_board
from nengo_lmu.loihi.partition import partition
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import white_noise

nengo_loihi = compat_loihi.load()

HARDWARE = Path(__file__).parents[2] / "hardware"

pytestmark = [
    pytest.mark.filterwarnings("ignore:Lost . extra bits"),
    pytest.mark.filterwarnings("ignore:tau_s is"),
]


def pools(n_neurons=50, n_pools=2, **kwargs):
    """Pools of neurons that are connected to each other by full weights."""
    with nengo.Network(seed=0) as net:
        stimulus = nengo.Node(0.5)
        ensembles = [nengo.Ensemble(n_neurons, 1, **kwargs) for _ in range(n_pools)]
        nengo.Connection(stimulus, ensembles[0])
        for pre in ensembles:
            for post in ensembles:
                solver = nengo.solvers.LstsqL2(weights=True)
                nengo.Connection(pre, post, synapse=0.1, solver=solver)
    return net


def test_counts():
    result = partition(pools(50, 2))
    assert result.fits
    result.check()
    first, second = result.cores
    # from either pool one axon a neuron; the node brings a pair of them
    assert first["compartments"] == second["compartments"] == 50
    assert (first["input_axons"], second["input_axons"]) == (102, 100)
    assert first["output_axons"] == second["output_axons"] == 100
    # a row of 50 weights of 8 bits and 10 bits more, in words of 64 bits
    assert second["synapse_bits"] == 100 * 7 * 64
    assert result.totals["cores"] == 2
    assert result.totals["chips"] == 1
    assert result.host == ["Node 0"]
    assert (first["block"], second["block"]) == ("Ensemble 0", "Ensemble 1")
    ways = [(row["source"], row["block"]) for row in result.connections]
    names = "Ensemble 0", "Ensemble 1"
    assert sorted(ways) == [(pre, post) for pre in names for post in names] + [
        ("the host", "Ensemble 0")
    ]
    assert json.loads(json.dumps(result.as_dict()))["fits"]


def test_weight_error():
    """Weights of 1 and 1/2 become 127 and 64, in the unit that fits them best."""
    with nengo.Network(seed=0) as net:
        a = nengo.Ensemble(20, 1, gain=np.ones(20), bias=np.zeros(20))
        transform = np.repeat([[1e-3], [0.5e-3]], 10, axis=0) * np.ones(20)
        nengo.Connection(a.neurons, a.neurons, transform=transform)
    (row,) = partition(net).connections
    assert (row["weights"], row["zeros"], row["bits_lost"]) == (400, 0, 0)
    exact, rounded = np.array([1, 0.5]), np.array([127, 64])
    rest = exact - rounded * (exact @ rounded) / (rounded @ rounded)
    expected = np.linalg.norm(rest) / np.linalg.norm(exact)
    assert row["weight_error"] == pytest.approx(expected, rel=1e-3)


def test_lost_bits_are_those_that_nengo_loihi_warns_of():
    net = pools(60, 1, max_rates=nengo.dists.Choice([60]))
    (row,) = (r for r in partition(net).connections if "decoder" in r["synapse"])
    with pytest.warns(UserWarning) as caught, nengo_loihi.Simulator(net):
        pass
    lost = [str(w.message) for w in caught if "Lost" in str(w.message)]
    assert row["bits_lost"] > 0
    assert f"Lost {row['bits_lost']} extra bits in weight rounding" in lost


def test_expected_spikes_and_energy():
    """A constant current of a known rate, and each spike over 30 weights."""
    with nengo.Network(seed=0) as net:
        a = nengo.Ensemble(
            10,
            1,
            neuron_type=nengo.SpikingRectifiedLinear(),
            gain=np.zeros(10),
            bias=np.full(10, 100.0),
        )
        b = nengo.Ensemble(30, 1, gain=np.ones(30), bias=np.zeros(30))
        nengo.Connection(a.neurons, b.neurons, transform=np.ones((30, 10)) * 1e-4)
    totals = partition(net, inference=2.0).totals
    assert totals["spikes_per_second"] == pytest.approx(10 * 100)
    assert totals["synops_per_second"] == pytest.approx(10 * 100 * 30)
    loihi = DEVICES["loihi"]
    watts = 30e3 * loihi.synop + 40e3 * loihi.update + 1e3 * loihi.hop
    assert totals["joules_per_second"] == pytest.approx(watts)
    assert totals["joules_per_inference"] == pytest.approx(2 * watts)


def test_expected_spikes_are_near_those_of_the_emulator():
    """For values that are uniform, as the evaluation points are."""
    with nengo.Network(seed=0) as net:
        triangle = nengo.Node(lambda t: 4 * abs(t % 1 - 0.5) - 1)
        ensemble = nengo.Ensemble(100, 1)
        nengo.Connection(triangle, ensemble, synapse=None)
        probe = nengo.Probe(ensemble.neurons)
    with Simulator(net) as sim:
        sim.run(1.0)
    spikes = sim.data[probe].mean(axis=0).sum()
    # beside the ensemble, two neurons that bring the value of the node: 1 / dt
    expected = partition(net).totals["spikes_per_second"] - 1000
    assert expected == pytest.approx(spikes, rel=0.03)


def test_memory():
    """A memory is named, with its expected error; its ensembles are on the chip."""
    with nengo.Network(seed=0) as net:
        memory = SpikingMemory(40, 2, 1.0, seed=0, label="memory")
    with pytest.warns(LayoutNotice, match="^memory on Loihi: LIF for"):
        result = partition(net)
    expected = predict(memory, "loihi")
    (row,) = result.memories
    assert (row["memory"], row["nrmse"]) == ("memory", expected.nrmse)
    assert (row["limit"], row["advice"]) == (expected.limit, expected.advice)
    # On another signal, measured: 1.0 to 1.3 of what the report says.
    u = white_noise(12.0, 1 / 3, 0.5, seed=5)
    with backends.quiet():
        run = run_memory(
            lambda: SpikingMemory.from_design(memory.design), u, 12.0, backend="loihi"
        )
    assert 0.5 < run.nrmse / row["nrmse"] < 2
    names = [core["block"] for core in result.cores]
    assert "loop 0" in names
    synapses = [row["synapse"] for row in result.connections]
    assert "neuron_weights" in synapses


def test_memory_that_is_laid_out_already():
    """With the loops that it has there."""
    with nengo.Network(seed=0) as net:
        memory = SpikingMemory(60, 2, 1.0, seed=0, label="memory")
    design = chip_design(memory.design, n_loops=2)
    result = partition(lay_out(net, {memory: design}))
    (row,) = result.memories
    assert (row["memory"], row["nrmse"]) == ("memory", predict(design).nrmse)
    assert {core["block"] for core in result.cores} == {"loop 0", "loop 1"}


def test_what_does_not_fit():
    small = Board(name="a small board", cores=2, synapse_bits=50_000)
    result = partition(pools(50, 3), small)
    assert not result.fits
    limits = {problem["limit"] for problem in result.problems}
    assert limits == {"chips", "synapse_bits"}
    message = "does not fit a small board: the network has 2 chips, 1 more than the 1"
    with pytest.raises(ValidationError, match=message):
        result.check()


def test_nothing_on_the_chip():
    with nengo.Network() as net:
        nengo_loihi.add_params(net)
        net.config[nengo.Ensemble(5, 1)].on_chip = False
    with pytest.raises(ValidationError, match="nothing on the chip"):
        partition(net)


@pytest.mark.parametrize("kind", [nengo.AdaptiveLIF, nengo.Izhikevich])
def test_neurons_that_the_chip_has_not(kind):
    with pytest.raises((BuildError, ValidationError), match=kind.__name__) as error:
        partition(pools(10, 1, neuron_type=kind()))
    assert "\n" not in str(error.value)


def test_synapse_that_the_chip_has_not():
    with nengo.Network() as net:
        a = nengo.Ensemble(5, 1)
        nengo.Connection(a, a, synapse=nengo.Alpha(0.1))
    with pytest.raises(BuildError, match="non-Lowpass"):
        partition(net)


def test_rate_above_one_spike_a_step():
    fast = nengo.dists.Choice([1500])
    relu = nengo.SpikingRectifiedLinear()
    net = pools(10, 1, neuron_type=relu, max_rates=fast)
    with pytest.raises(ValidationError, match="rates to 1500 Hz, .* at 1000 Hz"):
        partition(net)


@pytest.mark.parametrize("path", HARDWARE.glob("*.json"), ids=lambda path: path.stem)
def test_boards(path):
    board = read_board(path)
    assert board.chips >= 1
    assert board.cores == Board().cores


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"chip": 2}', "has the key 'chip'; a board has name, chips"),
        ('{"chips": 0}', "Board.chips: must be an integer of at least 1, got 0"),
        ('{"name": 3}', "Board.name: must be a string"),
        ("[]", "must hold one JSON object"),
        ("{", "cannot read"),
    ],
)
def test_bad_boards(tmp_path, text, message):
    path = tmp_path / "board.json"
    path.write_text(text)
    with pytest.raises(ValidationError, match=message) as error:
        read_board(path)
    assert "\n" not in str(error.value)


def test_no_board_file(tmp_path):
    with pytest.raises(ValidationError, match="there is no file .*none.json") as e:
        read_board(tmp_path / "none.json")
    assert "\n" not in str(e.value)
