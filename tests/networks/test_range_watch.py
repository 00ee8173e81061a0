"""A memory notices inputs that it is not designed for, on every backend; no others."""

import pickle
import warnings

import nengo
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nengo_lmu import SpikingMemory, backends, design_memory
from nengo_lmu.design.input_range import RARE, input_range
from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.networks import range_watch
from nengo_lmu.networks.range_watch import RangeWarning, RangeWatch, ranges_of, watched
from nengo_lmu.signals import white_noise

KIND = nengo.SpikingRectifiedLinear()


def design_of(order=6, freq=2.0, theta=0.5, **expected):
    if "sample" not in expected:
        expected["freq"] = freq
    return design_memory(20 * order, order, theta, neuron_type=KIND, seed=0, **expected)


def seen(design, u):
    """What is seen of an ideal memory."""
    return watched(design, u, ideal_state(u, design.order, design.theta, design.dt))


def run(design, u, backend="nengo-lmu", pieces=1):
    """Warnings, lines and delayed input of a run on a backend."""
    with nengo.Network(seed=0) as network:
        memory = SpikingMemory.from_design(design, label="m")
        source = nengo.Node(nengo.processes.PresentInput(u[:, None], design.dt))
        nengo.Connection(source, memory.input, synapse=None)
        probe = nengo.Probe(memory.add_delay(design.theta / 2))
    simulator = {"progress_bar": None, "seed": 0}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with backends.get(backend)(network, dt=design.dt, **simulator) as sim:
            for _ in range(pieces):
                sim.run_steps(len(u) // pieces)
            lines, data = ranges_of(sim), np.array(sim.data[probe])
    said = [str(w.message) for w in caught if w.category is RangeWarning]
    return said, lines, data


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    order=st.integers(1, 12),
    periods=st.floats(0.1, 1.0),
    rms=st.sampled_from([0.01, 0.5, 40.0]),
    seed=st.integers(0, 10**6),
)
def test_noise_as_designed_is_in_range(order, periods, rms, seed):
    freq = periods * order / 3
    design = design_of(order, theta=1.0, freq=freq, rms=rms)
    watch = seen(design, white_noise(max(12.0, 2 / freq), freq, rms, seed=seed))
    assert watch.found is None and watch.outside == 0
    assert "in range in all" in str(watch)


@pytest.mark.parametrize(
    "loud, wide, said",
    [
        (3.0, 1.0, "as loud as expected"),
        (100.0, 1.0, "as loud as expected"),
        (0.01, 1.0, "only 0.0"),
        (1.0, 5.0, "as fast"),
    ],
)
@pytest.mark.parametrize("order", [3, 12])
def test_what_is_out_of_range_is_named_with_its_factor(order, loud, wide, said):
    freq = order / 3
    design = design_of(order, freq=freq)
    watch = seen(design, white_noise(20.0, wide * freq, 0.5 * loud, seed=5))
    assert said in watch.found and watch.found.count("times") == 1
    assert watch.since <= len(watch.range.limits)
    if loud > 1:
        assert 0.9 * loud < watch.loudest < 2 * loud
        assert watch.outside / watch.windows > 0.5
    elif wide > 1:
        assert 2 < watch.fastest < 1.5 * wide


def test_a_state_that_is_larger_than_its_input_makes_it():
    design, u = design_of(), white_noise(10.0, 2.0, 0.5, seed=5)
    states = ideal_state(u, 6, 0.5)
    states[5000:] *= 10
    watch = watched(design, u, states)
    assert watch.runaway and not watch.loudest and not watch.fastest
    assert "its state is larger" in watch.found and watch.since > 10


def test_silence_is_in_range_and_so_is_quiet_after_loud():
    design = design_of()
    assert seen(design, np.zeros(20_000)).found is None
    u = white_noise(40.0, 2.0, 0.5, seed=5)
    u[10_000:] *= 1e-3
    assert seen(design, u).found is None


def test_a_sample_sets_how_much_its_parts_may_differ():
    """Its loud parts are as designed; the same loudness everywhere is not."""
    t = 0.001 * np.arange(60_000)
    noise = white_noise(60.0, 2.0, 1.0, seed=5)
    sample = noise * np.where(t % 10 < 2, 1.0, 0.1)
    design = design_of(sample=sample)
    other = white_noise(60.0, 2.0, 1.0, seed=6)
    assert seen(design, other * np.where(t % 10 < 2, 1.0, 0.1)).found is None
    assert "as loud" in seen(design, 3 * other).found


def test_silence_beside_a_loud_channel_divides_by_nothing():
    """Simulators raise where 0 is divided by 0."""
    sample = np.concatenate([np.zeros(9000), white_noise(4.0, 2.0, seed=1)])
    watch = RangeWatch(design_of(sample=np.c_[sample, sample], n_channels=2))
    u = np.zeros((2000, 2))
    u[:, 1] = 50 * white_noise(2.0, 2.0, seed=2)
    with np.errstate(all="raise"):
        watch.take(u, np.zeros((2000, 12)))
    assert "times as loud" in watch.found


def test_channels_have_ranges_of_their_own():
    design = design_memory(
        120, 3, 0.5, neuron_type=KIND, n_channels=2, freq=1.0, rms=[0.1, 1.0], seed=0
    )
    u = np.stack([white_noise(20.0, 1.0, rms, seed=5) for rms in (0.1, 1.0)], axis=1)
    assert seen(design, u).found is None
    assert seen(design, u[:, ::-1]).loudest == pytest.approx(10, rel=0.5)


def test_pieces_of_any_length_are_the_same():
    design, u = design_of(freq=2.0), white_noise(20.0, 5.0, 1.0, seed=5)
    states, rng = ideal_state(u, 6, 0.5), np.random.default_rng(0)
    whole, every = watched(design, u, states), input_range(design).every
    looks = u[every - 1 :: every, None], states[every - 1 :: every]
    pieces, first = RangeWatch(design), 0
    while first < len(looks[0]):
        last = first + rng.integers(1, 40)
        pieces.take(*(values[first:last] for values in looks))
        first = last
    assert str(pieces) == str(whole) and pieces.since == whole.since
    assert whole.found is not None


@pytest.mark.parametrize("backend", ["nengo", "nengo-lmu", "loihi"])
def test_it_warns_once_while_it_runs(backend):
    if backend == "loihi":
        pytest.importorskip("nengo_loihi")
    design = design_of(3, freq=2.0, theta=0.25)
    u = white_noise(3.0, 2.0, 0.5, seed=5)
    said, (line,), _ = run(design, u, backend)
    assert said == [] and line.startswith("SpikingMemory m: in range in all of")
    said, (line,), _ = run(design, 4 * u, backend, pieces=3)
    assert len(said) == 1 and "SpikingMemory m leaves the range" in said[0]
    assert "times as loud" in said[0] and "out of range in" in line


def test_it_notices_what_a_recorded_run_does():
    """The compiled backend looks at the same steps as `watched`, in blocks."""
    design = design_of(3, freq=2.0, theta=0.25)
    u = 4 * white_noise(3.0, 2.0, 0.5, seed=5)
    lines = {backend: run(design, u, backend)[1] for backend in ("nengo", "nengo-lmu")}
    assert lines["nengo-lmu"] == [f"SpikingMemory m: {seen(design, u)}"]
    assert lines["nengo"][0].split(" of ")[0].startswith("SpikingMemory m: out")


def test_results_are_the_same_to_the_bit_without_it(monkeypatch):
    design = design_of(3, freq=2.0, theta=0.25)
    u = 4 * white_noise(1.0, 2.0, 0.5, seed=5)
    *_, data = run(design, u)
    monkeypatch.setattr(range_watch.WatchRange, "watch", None)
    monkeypatch.delattr(range_watch.WatchRange, "watch")
    said, _, without = run(design, u)
    assert said == []
    np.testing.assert_array_equal(data, without)


def test_it_goes_with_a_pickled_simulator():
    design = design_of(3, freq=2.0, theta=0.25)
    assert pickle.loads(pickle.dumps(input_range(design))).every > 0


def test_the_bound_holds_for_sums_of_squares():
    """Of white noise of few and many degrees of freedom, and is not idle."""
    design = design_of(6, freq=2.0)
    limits = input_range(design).limits[:, 0]
    assert np.all(np.diff(limits) < 0) and 1.5 < limits[-1] < 4
    rng = np.random.default_rng(0)
    for freedom in (1, 10, 100):
        share = RARE / freedom
        bound = 1 + 2 * np.sqrt(share) + 2 * share
        means = rng.chisquare(freedom, 100_000) / freedom
        assert np.mean(means > bound) < 1e-4
        assert np.max(means) > bound / 3
