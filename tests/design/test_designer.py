"""A design is numbers: what is chosen reaches them, and nothing changes them."""

from dataclasses import FrozenInstanceError
from functools import partial

import nengo
import numpy as np
import pytest
from nengo.dists import Choice, Uniform
from nengo.exceptions import ValidationError
from nengo.solvers import LstsqL2

from nengo_lmu import SpikingMemory, design_memory, predict, redesign, state_space
from nengo_lmu.design.designer import Designer
from nengo_lmu.design.strategies import DesignWarning
from nengo_lmu.design.synapses import map_to_synapse, synapse_system
from nengo_lmu.design.tuning import N_STD, gaussian_points
from nengo_lmu.theory.realizations import Realization

POISSON = nengo.PoissonSpiking(nengo.LIFRate())
REGULAR = nengo.RegularSpiking(nengo.LIFRate())


def coordinates(*arguments, **choices):
    """The realization of a design's only loop."""
    (loop,) = design_memory(*arguments, **choices).loops
    return loop.realization


def arrays_of(design):
    """All arrays of a design, by name."""
    found = {}
    for k, loop in enumerate(design.loops):
        found[f"{k} recurrent"], found[f"{k} drive"] = loop.recurrent, loop.drive
        found[f"{k} transform"] = loop.realization.transform
        found[f"{k} inverse"] = loop.realization.inverse
        for i, p in enumerate(loop.populations):
            found[f"{k} {i} decoders"] = p.decoders
            for name in ("gain", "bias", "encoders"):
                found[f"{k} {i} {name}"] = getattr(p.tuning, name)
    for k, expected in enumerate(design.expected):
        for name in ("covariance", "velocity", "margin"):
            found[f"{k} {name}"] = getattr(expected, name)
    return found


# The mapping


@pytest.mark.parametrize("synapse", [0.1, nengo.Lowpass(0.3), nengo.Alpha(0.02)])
@pytest.mark.parametrize("neuron_type", [nengo.LIF(), REGULAR])
def test_transforms_close_the_loop_of_the_synapse(synapse, neuron_type):
    """Were x decoded exactly, as x + lead dx/dt, state would follow the equation."""
    design = design_memory(60, 3, 1.0, neuron_type=neuron_type, synapse=synapse, seed=0)
    (loop,) = design.loops
    A, B = loop.realization.system(*state_space(3, 1.0))
    exact, exact_drive = map_to_synapse(A, B, design.synapse, 0.001)
    leads = np.array([[p.lead] for p in loop.populations])
    assert np.allclose(loop.recurrent @ (np.eye(3) + leads * A), exact)
    assert np.allclose(loop.drive + loop.recurrent @ (leads * B), exact_drive)
    assert np.any(leads) == (type(neuron_type) is nengo.LIF)
    # The lead of LIF neurons: from half the refractory period to their membrane's.
    assert np.all((leads == 0) | ((leads > 0.001) & (leads < 0.02)))


def test_synapse_is_used_and_any_filter_has_its_time_constant():
    def solver(synapse):
        return Designer(choices(synapse=synapse)).solver

    def choices(**chosen):
        return design_memory(60, 3, 1.0, seed=0, **chosen).choices

    design = design_memory(60, 3, 1.0, synapse=0.07, seed=0)
    assert design.synapse == design.mapped_synapse == nengo.Lowpass(0.07)
    assert solver(0.07).tau == 0.07
    same = nengo.LinearFilter([1], [0.07, 1])
    assert solver(same).tau == pytest.approx(0.07, rel=1e-3)
    # Alpha passes as much white noise as a lowpass twice as long.
    assert solver(nengo.Alpha(0.05)).tau == pytest.approx(0.1, rel=1e-3)
    F, g, c = synapse_system(nengo.Alpha(0.05), 0.001)
    assert F.shape == (2, 2) and g.shape == (2, 1) and c.shape == (1, 2)


@pytest.mark.parametrize("amplitude", [0.01, 20.0])
@pytest.mark.parametrize(
    "kind",
    [
        lambda a: nengo.PoissonSpiking(nengo.LIFRate(), amplitude=a),
        lambda a: nengo.RegularSpiking(nengo.LIFRate(), amplitude=a),
        lambda a: nengo.LIF(amplitude=a),
        lambda a: nengo.SpikingRectifiedLinear(amplitude=a),
    ],
)
def test_amplitude_changes_nothing_but_the_decoders_scale(kind, amplitude):
    """A rectified linear neuron of less amplitude has more gain for its rate."""
    one, other = (
        design_memory(
            30, 2, 1.0, neuron_type=kind(a), max_rates=Uniform(50, 100), seed=0
        )
        for a in (1.0, amplitude)
    )
    for a, b in zip(one.populations, other.populations, strict=True):
        assert np.allclose(a.decoders, amplitude * b.decoders, rtol=1e-6)


# Choices


def test_n_neurons_are_shared_out_and_all_are_there():
    design = design_memory(20, 6, 1.0, seed=0)
    sizes = [p.n_neurons for p in design.populations]
    assert sizes == [4, 4, 3, 3, 3, 3] and design.n_neurons == 20
    assert [len(p.tuning.gain) for p in design.populations] == sizes
    two = design_memory(20, 6, 1.0, n_channels=2, seed=0)
    assert two.n_neurons == 40 and [loop.channel for loop in two.loops] == [0, 1]


def test_user_choices_reach_the_neurons():
    chosen = {"max_rates": Choice([80.0]), "intercepts": np.linspace(-0.9, 0.8, 20)}
    solver = LstsqL2(reg=0.2)
    design = design_memory(40, 2, 1.0, solver=solver, seed=0, **chosen)
    assert Designer(design.choices).solver is solver
    x = gaussian_points(1) / N_STD
    for population in design.populations:
        tuning = population.tuning
        rates, intercepts = POISSON.max_rates_intercepts(tuning.gain, tuning.bias)
        assert np.allclose(rates, 80) and np.allclose(intercepts, chosen["intercepts"])
        of_nengo, _ = LstsqL2(reg=0.2)(tuning.rates(x), x)
        assert np.allclose(population.decoders, of_nengo)
    by_default = design_memory(40, 2, 1.0, seed=0, **chosen)
    for a, b in zip(design.populations, by_default.populations, strict=True):
        assert not np.allclose(a.decoders, b.decoders)


def test_radii_and_expected_input_set_the_range():
    """Twice the radii, or twice the input: the neurons see half of the same state."""
    of = partial(coordinates, 40, 4, 1.0, seed=0)
    base, each = of(), of(radii=[1, 2, 3, 4])
    assert np.allclose(2 * of(radii=2.0).transform, base.transform)
    assert np.allclose(2 * of(rms=1.0).transform, base.transform)
    assert np.allclose(np.diag([1, 2, 3, 4]) @ each.transform, base.transform)


def test_sample_in_place_of_a_band():
    """A sine of twice the power has twice the power in each dimension."""
    u = 0.5 * np.sin(2 * np.pi * np.arange(3000) * 0.001)
    of = partial(coordinates, 60, 6, 1.0, neuron_type=REGULAR, seed=0)
    sine, louder, band = of(sample=u), of(sample=2 * u), of(freq=1.0)
    assert np.allclose(louder.transform * 2, sine.transform)
    assert not np.allclose(band.transform, sine.transform)


def test_realization_of_ones_own():
    """Given as it is, or made for the expected state; scaled to the range."""
    turned = np.linalg.qr(np.random.RandomState(0).randn(3, 3))[0]
    own = Realization("own", turned, turned.T)
    seen = []

    def make(covariance, gain):
        seen.append((covariance, gain))
        return own

    given = design_memory(30, 3, 1.0, realization=own, seed=0)
    made = design_memory(30, 3, 1.0, realization=make, seed=0)
    (loop,), ((covariance, gain),) = given.loops, seen
    ratio = loop.realization.transform / turned
    assert np.allclose(ratio, ratio[:, :1])
    ranges = np.diag(loop.realization.covariance(given.expected[0].design))
    assert np.allclose(ranges, 1 / N_STD**2)
    assert np.array_equal(made.loops[0].realization.transform, ratio * turned)
    assert np.array_equal(covariance, made.expected[0].design)
    assert gain.shape == (3, 3)
    assert own.transform.flags.writeable  # the user's arrays stay the user's


# Channels


def test_each_channel_has_the_band_and_the_loudness_that_are_its_own():
    """Coordinates of each are those of a memory of that channel alone."""
    freq, rms = [1.0, 0.5], [0.5, 2.0]
    both = design_memory(30, 3, 1.0, n_channels=2, freq=freq, rms=rms, seed=0)
    for k in range(2):
        # The synapse is one for all channels, and the coordinates depend on it.
        choices = {"freq": freq[k], "rms": rms[k], "synapse": both.synapse, "seed": 0}
        alone = design_memory(30, 3, 1.0, **choices)
        ours, theirs = both.loops[k].realization, alone.loops[0].realization
        assert np.allclose(ours.transform, theirs.transform)
        assert np.allclose(both.expected[k].design, alone.expected[0].design)
        assert both.expected[k].peak == 4 * rms[k]
    same = design_memory(30, 3, 1.0, n_channels=2, freq=1.0, rms=[0.5, 0.5], seed=0)
    assert same.expected[0] is same.expected[1]
    one_each = both.loops[0].realization.transform / both.loops[1].realization.transform
    assert not np.allclose(one_each, one_each[0, 0])


def test_error_of_channels_is_that_of_each_in_its_own_units():
    """A loud channel and a quiet one err by the same part of their signals."""
    of = partial(design_memory, 120, 3, 1.0, freq=1.0, seed=0, synapse=0.3)
    quiet, loud = predict(of(rms=0.1)), predict(of(rms=1.0))
    both = predict(of(n_channels=2, rms=[0.1, 1.0]))
    assert loud.rms == pytest.approx(10 * quiet.rms)
    assert both.rms == pytest.approx(np.hypot(quiet.rms, loud.rms) / np.sqrt(2))
    assert both.nrmse == pytest.approx(loud.nrmse, rel=0.1)


def test_a_sample_of_each_channel():
    t = np.arange(3000) * 0.001
    sample = np.stack([np.sin(6 * t), 2 * np.sin(11 * t)], axis=1)
    both = design_memory(30, 3, 1.0, n_channels=2, sample=sample, seed=0)
    for k in range(2):
        alone = design_memory(30, 3, 1.0, sample=sample[:, k], seed=0)
        assert np.array_equal(both.expected[k].states, alone.expected[0].states)
        assert both.expected[k].peak == np.max(np.abs(sample[:, k]))
    shared = design_memory(30, 3, 1.0, n_channels=2, sample=sample[:, 0], seed=0)
    assert shared.expected[0] is shared.expected[1]


# A design as a thing of its own


def test_a_design_needs_no_network(monkeypatch):
    """Neither an open one nor one that is made on the way."""

    def refuse(*args, **kwargs):
        raise AssertionError("a design makes nothing of nengo's networks")

    for kind in (nengo.Network, nengo.Ensemble, nengo.Node, nengo.Connection):
        monkeypatch.setattr(kind, "__init__", refuse)
    first = design_memory(60, 3, 1.0, neuron_type=nengo.LIF(), freq=1.0, seed=0)
    second = redesign(first, rms=1.0)
    assert second.n_neurons == 60


def test_a_redesign_differs_in_what_is_asked_for():
    chosen = {
        "n_channels": 2,
        "neuron_type": nengo.LIF(tau_rc=0.03),
        "freq": [1.0, 2.0],
        "rms": [0.5, 1.0],
        "dt": 0.0005,
        "layout": "array",
        "realization": "balanced",
        "radii": [1.0, 1.5, 2.0],
        "synapse": nengo.Lowpass(0.2),
        "max_rates": Uniform(50, 90),
        "intercepts": Uniform(-0.8, 0.8),
        "solver": LstsqL2(reg=0.1),
        "seed": 3,
    }
    design = design_memory(60, 3, 1.0, **chosen)
    same = redesign(design)
    for name, array in arrays_of(design).items():
        assert np.array_equal(arrays_of(same)[name], array), name
    others = {"theta": 0.5, "synapse": 0.1, "seed": 4, "n_neurons": 90, "rms": 1.0}
    for name, value in others.items():
        one = redesign(design, **{name: value})
        directly = design_memory(
            **{"n_neurons": 60, "order": 3, "theta": 1.0, **chosen, name: value}
        )
        for which, array in arrays_of(one).items():
            assert np.array_equal(array, arrays_of(directly)[which]), (name, which)
        differ = arrays_of(one), arrays_of(design)
        assert any(not np.array_equal(differ[0][k], differ[1][k]) for k in differ[0])
    assert redesign(design, theta=0.5).theta == 0.5 and design.theta == 1.0


def test_a_redesign_from_a_band_to_a_sample_and_back():
    sample = np.sin(6 * np.arange(3000) * 0.001)
    band = design_memory(30, 3, 1.0, freq=1.0, rms=0.7, seed=0)
    seen = redesign(band, sample=sample)
    assert seen.expected[0].states is not None and seen.choices.freq is None
    again = redesign(seen, freq=1.0, rms=0.7)
    assert again.choices.sample is None
    for name, array in arrays_of(band).items():
        assert np.array_equal(arrays_of(again)[name], array)
    other = redesign(seen, seed=1)
    assert np.array_equal(other.choices.sample, seen.choices.sample)


@pytest.mark.parametrize("layout", ["array", "single"])
def test_a_design_cannot_be_changed(layout):
    design = design_memory(30, 3, 1.0, n_channels=2, layout=layout, seed=0)
    for name, array in arrays_of(design).items():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
        assert np.any(array), name
    for thing in (design, design.choices, design.loops[0], design.populations[0]):
        with pytest.raises(FrozenInstanceError):
            thing.synapse = None
    design.populations.clear()
    assert len(design.populations) == (6 if layout == "array" else 2)


def test_what_is_given_stays_the_users():
    """Arrays that a design is made of may be changed afterwards."""
    given = {
        "radii": np.array([1.0, 2.0, 3.0]),
        "max_rates": np.full(10, 150.0),
        "intercepts": np.linspace(-0.5, 0.5, 10),
        "sample": np.sin(6 * np.arange(3000) * 0.001),
    }
    design = design_memory(30, 3, 1.0, seed=0, **given)
    before = {name: array.copy() for name, array in arrays_of(design).items()}
    for array in given.values():
        array *= 0.5
    for name, array in arrays_of(redesign(design)).items():
        assert np.array_equal(array, before[name]), name


def test_a_design_says_what_it_is():
    design = design_memory(20, 3, 1.0, n_channels=2, freq=[1.0, 2.5], seed=0)
    assert repr(design) == (
        "<MemoryDesign: 40 neurons (PoissonSpiking), order 3, theta 1 s, 2 channels to "
        "1, 2.5 Hz>"
    )


def test_unlikely_choices_are_noticed_at_the_line_that_makes_them():
    for make in (design_memory, SpikingMemory):
        with pytest.warns(DesignWarning, match="theta is in seconds") as caught:
            make(30, 3, 1.0, freq=20.0, seed=0)
        assert [warning.filename for warning in caught] == [__file__]


def test_a_choice_that_is_not_known():
    with pytest.raises(ValidationError, match="did you mean 'synapse'") as refused:
        design_memory(60, 3, 1.0, synapes=0.1)
    assert "\n" not in str(refused.value)
    with pytest.raises(ValidationError, match="got 'on_chip'"):
        redesign(design_memory(60, 3, 1.0, seed=0), on_chip=True)
