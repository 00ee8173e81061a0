"""The chain: what it consists of, that the chip does it, and what it says of itself."""

import pickle
import warnings

import nengo
import numpy as np
import pytest
from nengo.exceptions import ValidationError

import nengo_lmu
from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.loihi import chip_design, compatibility, lay_out
from nengo_lmu.loihi.arithmetic import LARGEST
from nengo_lmu.loihi.chain import ChainDesign, form_of
from nengo_lmu.loihi.chain_weights import counted
from nengo_lmu.loihi.dense import N_LINES
from nengo_lmu.loihi.layout import ChipMemory, LayoutNotice
from nengo_lmu.loihi.spike_encoder import coded
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.ladder import outside_band
from nengo_lmu.theory.lti import simulate

nengo_loihi = compatibility.load()
loihi = pytest.importorskip("nengo_lmu.loihi")

pytestmark = [
    pytest.mark.filterwarnings("ignore::nengo_lmu.loihi.LayoutNotice"),
    pytest.mark.filterwarnings("ignore:Lost . extra bits"),
    pytest.mark.filterwarnings("ignore:Model is precomputable"),
    pytest.mark.filterwarnings("ignore:invalid value encountered in cast"),
]


def design(n_neurons, order, theta=1.0, **choices):
    choices = {"freq": order / (3 * theta), "seed": 0, **choices}
    return nengo_lmu.design_memory(n_neurons, order, theta, **choices)


def chain(*args, **choices):
    return chip_design(design(*args, **choices), form="chain")


def model(chip, u, spikes=False):
    """A network that is laid out, with a probe of its state and of its spikes."""
    with nengo.Network(seed=0) as network:
        source = nengo.Node(nengo.processes.PresentInput(u, chip.dt))
        memory = nengo_lmu.SpikingMemory.from_design(nengo_lmu_design(chip))
        nengo.Connection(source, memory.input, synapse=None)
        state = nengo.Probe(memory.state)
    laid_out = lay_out(network, {memory: chip})
    (on_chip,) = (n for n in laid_out.networks if isinstance(n, ChipMemory))
    if not spikes:
        return laid_out, state
    with laid_out:
        return laid_out, state, [nengo.Probe(e.neurons) for e in on_chip.loop_ensembles]


def nengo_lmu_design(chip):
    """The design on a CPU of the same choices."""
    return nengo_lmu.design_memory(**chip.choices.but_for())


def error(chip, u, theta=1.0):
    network, state = model(chip, u.reshape(len(u), -1))
    with loihi.Simulator(network, dt=chip.dt, target="sim") as simulator:
        simulator.run_steps(len(u))
    return window_nrmse(simulator.data[state], u, theta, chip.dt)


# --- numbers


def test_sums_of_rounded_weights_are_right():
    values = np.sort(np.random.RandomState(0).rand(50))
    weights = np.array([0.3, -3.0, 20.0])
    steps = counted(values, weights, 0.1)
    sums = 0.1 * np.cumsum(steps, axis=0)
    assert np.max(np.abs(sums - np.outer(values, weights))) <= 0.05 + 1e-9
    assert np.max(np.abs(steps)) <= LARGEST
    with pytest.raises(ValueError, match="units"):
        counted(values, weights, 0.001)


@pytest.mark.parametrize(("n_neurons", "order"), [(20, 1), (45, 4), (303, 6), (900, 3)])
def test_populations_know_their_neighbours_only(n_neurons, order):
    chip = chain(n_neurons, order)
    (loop,) = chip.loops
    assert chip.n_neurons == n_neurons and len(loop.populations) == order
    assert outside_band(loop.recurrent, 2) == 0
    assert np.all(loop.drive[1:] == 0)
    # The cores have each neuron once, in order.
    ends = [core.neurons.stop for core in loop.cores]
    assert [core.neurons.start for core in loop.cores] == [0, *ends[:-1]]
    assert ends[-1] == n_neurons
    assert all(np.max(np.abs(core.steps)) <= LARGEST for core in loop.cores)
    assert all(np.any(core.line_weights[-1]) for core in loop.cores)


def test_weights_are_those_of_the_recurrent_transform():
    """All spikes of a population together bring its largest value times the matrix."""
    chip = chain(300, 3)
    (loop,) = chip.loops
    (core,) = loop.cores
    pole = -chip.mapped_synapse.den[1]
    integral = 1 / (1 - pole)
    for j, source in enumerate(loop.populations):
        positive = np.flatnonzero(source.tuning.encoders[:, 0] > 0)
        spikes = np.zeros(300)
        spikes[100 * j + positive] = 1
        value = spikes[100 * j : 100 * j + 100] @ source.decoders[:, 0] / chip.dt
        for k, target in enumerate(loop.populations):
            encode = target.tuning.gain * target.tuning.encoders[:, 0]
            wanted = integral * (1 - pole) * loop.recurrent[k, j] * value * encode
            got = core.unit * (spikes @ core.steps)[100 * k : 100 * k + 100]
            # The integral of a register on the chip lacks what each step loses; one
            # weight in a core may be doubled.
            np.testing.assert_allclose(got, wanted, rtol=0.01, atol=1.6 * core.unit)


def test_cores_are_those_of_nengo_loihi():
    """It splits none of them: what it counts is what was counted here."""
    for n_neurons, order in ((300, 3), (240, 12), (900, 2)):
        chip = chain(n_neurons, order)
        network, _ = model(chip, np.zeros((10, 1)))
        with loihi.Simulator(network, target="sim") as simulator:
            blocks = list(simulator.model.blocks)
        sizes = [core.neurons.stop - core.neurons.start for core in chip.loops[0].cores]
        assert [block.n_neurons for block in blocks] == sizes
        for block in blocks:
            assert all(used <= most for used, most in block.utilization().values())


def test_large_populations_have_several_cores():
    chip = chain(900, 2)
    assert len(chip.loops[0].cores) > 2
    network, _ = model(chip, np.zeros((10, 1)))
    (memory,) = (n for n in network.networks if isinstance(n, ChipMemory))
    assert sum(neurons.size_out for neurons in memory.neurons) == 900
    assert len(memory.loop_ensembles) == len(chip.loops[0].cores)


# --- choices


def test_form_is_chosen_by_neurons_a_dimension():
    def form(*args, **choices):
        return form_of(design(*args, **choices).choices)

    assert form(20 * 6, 6) == "dense" and form(24 * 6, 6) == "chain"
    assert form(50, 1) == "dense"
    for choices in ({"realization": "balanced"}, {"max_rates": 200}):
        assert form(600, 6, **choices) == "dense"
    # A register that forgets within a level's distance would lose the value.
    assert (
        form(600, 6, synapse=0.02) == "dense" and form(600, 6, synapse=0.2) == "chain"
    )
    # A window of few steps for its order has no chain.
    assert form(32 * 50, 32, 1.0) == "chain" and form(32 * 50, 32, 0.05) == "dense"
    assert chip_design(design(90, 3)).form == "chain"
    assert chip_design(design(90, 3), form="dense").form == "dense"
    assert chip_design(design(90, 3), n_loops=1).form == "dense"
    assert chip_design(design(60, 3), form="chain").form == "chain"


def test_windows_of_few_steps():
    with pytest.raises(ValidationError, match="steps"):
        chain(64 * 50, 64, 0.05)


def test_a_design_for_the_chip_stays_what_it_is():
    chip = chain(120, 3)
    assert chip_design(chip) is chip
    assert chip_design(chip, form="chain") is chip
    assert chip_design(chip, form="dense").form == "dense"


@pytest.mark.parametrize(
    ("choices", "attr"),
    [
        ({"layout": "single"}, "layout"),
        ({"max_rates": 100.0}, "max_rates"),
        ({"intercepts": 0.0}, "intercepts"),
        ({"realization": "legendre"}, "realization"),
        ({"solver": nengo.solvers.LstsqL2()}, "solver"),
        ({"recorded": True, "neuron_type": nengo.LIF()}, "recorded"),
        ({"synapse": nengo.Alpha(0.1)}, "synapse"),
    ],
)
def test_what_a_chain_does_not_have(choices, attr):
    with pytest.raises(ValidationError, match=f"ChainDesign.{attr}"):
        chain(120, 3, **choices)


def test_refusals():
    with pytest.raises(ValidationError, match="at least 2"):
        chain(5, 3)
    with pytest.raises(ValidationError, match="n_loops"):
        chip_design(design(120, 3), form="chain", n_loops=2)
    with pytest.raises(ValidationError, match="form"):
        chip_design(design(120, 3), form="ring")
    with pytest.raises(ValidationError, match="neuron_type"):
        chain(120, 3, neuron_type=nengo.AdaptiveLIF())


def test_notice_says_what_is_exchanged():
    with nengo.Network() as network:
        nengo_lmu.SpikingMemory(600, 6, 1.0, neuron_type=nengo.LIF(), seed=0)
    with pytest.warns(LayoutNotice, match="comparators for LIF.* a chain of 3 cores"):
        lay_out(network)


def test_file_and_pickle(tmp_path):
    chip = chain(120, 3, n_channels=2)
    chip.save(tmp_path / "chain.npz")
    for again in (
        ChainDesign.load(tmp_path / "chain.npz"),
        pickle.loads(pickle.dumps(chip)),
    ):
        assert repr(again) == repr(chip)
        for one, other in zip(again.loops, chip.loops, strict=True):
            assert one.channel == other.channel
            np.testing.assert_array_equal(one.recurrent, other.recurrent)
            for core, same in zip(one.cores, other.cores, strict=True):
                assert (core.neurons, core.sources, core.unit) == (
                    same.neurons,
                    same.sources,
                    same.unit,
                )
                np.testing.assert_array_equal(core.steps, same.steps)
                np.testing.assert_array_equal(core.line_weights, same.line_weights)


# --- on the chip


@pytest.mark.parametrize("target", ["sim", "simreal"])
def test_both_emulators_give_the_same_spikes(target):
    u = white_noise(0.3, 10.0, 0.5, seed=0)[:, None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network, state, spikes = model(chain(60, 4, 0.2), u, spikes=True)
        with nengo_loihi.Simulator(network, target=target) as theirs:
            theirs.run_steps(len(u))
        with loihi.Simulator(network, target=target) as ours:
            ours.run_steps(len(u))
    for probe in spikes:
        np.testing.assert_array_equal(ours.data[probe], theirs.data[probe])
    assert all(np.any(ours.data[probe]) for probe in spikes)
    # Of many steps at a time, the sums over neurons are rounded in another order.
    np.testing.assert_allclose(ours.data[state], theirs.data[state], atol=1e-12)


def test_its_loop_in_the_arithmetic_of_the_chip():
    """All but the weights of single lines of the input, of which it has the mean."""
    chip, u = chain(300, 6), white_noise(1.5, 2.0, 0.5, seed=5)
    network, _, probes = model(chip, u[:, None], spikes=True)
    with loihi.Simulator(network, dt=chip.dt, target="sim") as simulator:
        simulator.run_steps(len(u))
        spikes = np.hstack([simulator.data[probe] for probe in probes])
    (loop,) = chip.loops
    arrives = coded(u, chip.expected[0].peak, N_LINES, chip.dt)
    same = np.isclose(loop.run(arrives, chip), spikes @ loop.decoders, atol=1e-9)
    assert np.mean(same) > 0.98


def test_error_at_order_12():
    """Measured over 20 s: 0.008."""
    u = white_noise(5, 4, 0.5, seed=101)
    assert error(chain(1200, 12), u) < 0.03


def test_more_neurons_err_less_as_predicted():
    u = white_noise(5, 2, 0.5, seed=3)
    chips = [chain(6 * n, 6) for n in (20, 80)]
    errors = [error(chip, u) for chip in chips]
    assert errors[0] < 0.08 and errors[1] < 0.35 * errors[0]
    for chip, measured in zip(chips, errors, strict=True):
        assert 0.6 < measured / nengo_lmu.predict(chip, "loihi").nrmse < 1.8


def test_split_populations():
    """Measured 0.0015 and 0.0065."""
    u = white_noise(4, 1, 0.5, seed=3)
    assert error(chain(900, 3), u) < 0.4 * error(chain(150, 3), u)


def test_channels_and_sample():
    """Each channel by its own sample; a mean is part of it."""
    train, u = (
        np.stack(
            [white_noise(6, 2, 0.5, seed=s), 3 + white_noise(6, 2, 0.5, seed=s + 1)],
            axis=1,
        )
        for s in (1, 11)
    )
    chip = chain(300, 6, n_channels=2, sample=train, freq=None)
    assert [loop.channel for loop in chip.loops] == [0, 1]
    for loop, of in zip(chip.loops, train.T, strict=True):
        x = simulate(*(np.array(m) for m in _system(chip, loop)), of)
        np.testing.assert_allclose(1.25 * np.max(np.abs(x), axis=0), 1, rtol=1e-6)
    assert error(chip, u) < 0.03


def _system(chip, loop):
    from nengo_lmu.loihi.chain_layout import chain_matrices

    return chain_matrices(chip, loop)


@pytest.mark.parametrize("dt", [0.0005, 0.002])
def test_other_steps(dt):
    u = white_noise(3, 2, 0.5, dt=dt, seed=3)
    assert error(chain(300, 6, dt=dt), u) < 0.03


def test_synapse_and_radii_are_those_that_are_chosen():
    chip = chain(300, 6, synapse=0.1, radii=2.0)
    assert chip.synapse.tau == 0.1
    ratio = chip.loops[0].deviations / chain(300, 6).loops[0].deviations
    np.testing.assert_allclose(ratio, 0.5)
    assert error(chip, white_noise(3, 2, 0.5, seed=3)) < 0.06


def test_state_noise_is_about_what_is_predicted():
    """Of Gaussian values in levels, without rounded weights: within 40 % here."""
    from nengo_lmu.design.prediction import state_noise
    from nengo_lmu.theory.realizations import window_metric

    chip = chain(300, 6)
    predicted = nengo_lmu.predict(chip, "loihi")
    power = np.sum(np.diag(state_noise(chip)) * window_metric(6))
    assert np.sqrt(power) == pytest.approx(predicted.rmse, rel=0.4)
    assert predicted.distortion == 0 and predicted.limit == "quantization"


def test_partition():
    from nengo_lmu.loihi.partition import partition

    u = white_noise(4, 2, 0.5, seed=3)[:, None]
    network, _, spikes = model(chain(300, 6), u, spikes=True)
    report = partition(network)
    assert report.fits and report.totals["compartments"] == 300
    with loihi.Simulator(network, target="sim") as simulator:
        simulator.run_steps(len(u))
    fired = sum(np.sum(simulator.data[p][1000:] > 0) for p in spikes) / 3
    lines = 2 * 5 * 100  # 10 spike inputs, reckoned at 100 Hz or less
    assert fired < report.totals["spikes_per_second"] < 1.5 * fired + 5 * lines
