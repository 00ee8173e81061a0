"""The error that is predicted is the error that is measured."""

import warnings
from functools import partial

import nengo
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nengo.exceptions import ValidationError

from nengo_lmu import (
    IdealMemory,
    NoiseAware,
    SpikingMemory,
    design_memory,
    fewest_neurons,
    neurons_needed,
    predict,
    redesign,
    state_space,
)
from nengo_lmu.design import prediction as theory
from nengo_lmu.design.count_prediction import loop_gain
from nengo_lmu.design.strategies import DesignWarning
from nengo_lmu.design.synapses import map_to_synapse
from nengo_lmu.evaluation import prediction as evaluation
from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.experiments.neurons import neuron
from nengo_lmu.loihi import chip_design
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.realizations import window_metric


def memory(n_neurons=600, order=6, **options):
    options = {"freq": 1.0, "seed": 0, **options}
    return SpikingMemory(n_neurons, order, 1.0, **options)


def test_measured_over_predicted_for_poisson_neurons():
    """m = 1,200: the root mean square error over 24 seeds is within 15 % of theory.

    A single run spreads by 17 %, the mean of 24 by 4 %. The ratio was measured as 1.08
    here and as 1.02 at order 3.
    """
    squares = []
    for seed in range(24):
        u = white_noise(4.0, 1.0, 0.5, seed=seed)
        make = partial(memory, 1200, seed=seed)
        run = run_memory(make, u, 4.0, backend="nengo-lmu")
        squares.append([run.rmse**2, predict(run.memory).rmse ** 2])
    measured, predicted = np.sqrt(np.mean(squares, axis=0))
    assert measured / predicted == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("synapse", [None, 0.1])
@pytest.mark.parametrize("order", [1, 6])
def test_gain_for_white_noise_is_that_of_the_simulated_loop(order, synapse):
    """The loop is linear: 60,000 steps with white noise on what is decoded.

    60 s are some 100 correlation times of the slowest dimension, so the power spreads
    by up to 10 %. The noise is drawn from fixed seeds; measured: within 10 %.
    """
    design = memory(60, order, synapse=synapse).design
    (loop,) = design.loops
    A, B = loop.realization.system(*state_space(order, 1.0))
    recurrent, _ = map_to_synapse(A, B, design.synapse, 0.001)
    pole = np.exp(-0.001 / design.synapse.tau)
    noise = np.random.RandomState(order).randn(60_000, order)
    x, power = np.zeros(order), 0.0
    gain = loop_gain(design, loop)
    for step in noise:
        x = pole * x + (1 - pole) * recurrent @ (x + step)
        y = gain.to_window @ x
        power += y @ y / len(noise)
    # Of variance 1 at each step: a spectral density of dt.
    assert power == pytest.approx(0.001 * np.trace(gain.noise), rel=0.2)


def test_parts_of_the_error():
    """Noise is independent; the errors of curves in and out of the range add up."""
    prediction = predict(memory(400, 3, freq=0.3))
    noise, inside = prediction.noise, prediction.distortion
    beyond = prediction.saturation
    least, most = np.hypot(inside, beyond), inside + beyond
    assert 0.99 * np.hypot(noise, least) < prediction.nrmse < np.hypot(noise, most)
    assert prediction.rmse == pytest.approx(prediction.nrmse * prediction.rms)
    assert prediction.source == "theory" and prediction.limit == "spike noise"
    assert "take turns" in prediction.advice and prediction.warning is None


def test_noise_of_poisson_neurons_falls_with_their_root():
    """Nearly: more neurons spend less on distortion, fewer are driven further.

    Measured: 4.01 times.
    """
    few, many = (predict(memory(n)) for n in (600, 9600))
    assert few.noise / 4.2 <= many.noise < few.noise / 3
    assert many.distortion < few.distortion


def test_neurons_needed_is_the_inverse_of_the_prediction():
    needed = neurons_needed(6, 1.0, 0.06, freq=1.0, seed=0)
    assert needed % 6 == 0
    assert predict(memory(needed)).nrmse <= 0.06
    fewer = needed - 6 * (needed // 6 // 12)  # the error differs by 1.5 % with the draw
    assert predict(memory(fewer)).nrmse > 0.06
    regular = nengo.RegularSpiking(nengo.LIFRate())
    others = neurons_needed(6, 1.0, 0.06, freq=1.0, seed=0, neuron_type=regular)
    assert others < needed / 2


@pytest.mark.parametrize(
    "order, nrmse, kind, backend",
    [
        (12, 0.02, nengo.LIF(), "loihi"),
        (12, 0.01, nengo.LIF(), "nengo-lmu"),
        (6, 0.05, None, "nengo-lmu"),
    ],
)
def test_neurons_that_are_needed_err_by_what_is_asked_for(order, nrmse, kind, backend):
    """On a signal of another seed. Measured: 0.92 to 1.01 times it, over two seeds."""
    expected = {"freq": order / 6, "rms": 0.5, "seed": 702, "neuron_type": kind}
    n = neurons_needed(order, 1.0, nrmse, backend=backend, **expected)
    u = white_noise(30.0, order / 6, 0.5, seed=752)
    result = run_memory(
        lambda: SpikingMemory(n, order, 1.0, **expected), u, 30.0, backend=backend
    )
    assert 0.75 < result.nrmse / nrmse < 1.25


def test_kind_that_needs_the_fewest():
    kinds = {"poisson": neuron("poisson"), "rectified": neuron("rectified")}
    best, needed = fewest_neurons(2, 1.0, 0.05, freq=0.5, seed=0, kinds=kinds)
    assert best == "rectified" and list(needed) == ["rectified", "poisson"]
    assert needed["poisson"] > 3 * needed["rectified"]


def test_better_memories_are_predicted_to_be_better():
    """Rates, synapses and coordinates, as the docs say of each."""
    base = predict(memory()).nrmse
    assert predict(memory(max_rates=nengo.dists.Uniform(300, 400))).nrmse < base
    assert predict(memory(synapse=0.1)).nrmse > 1.3 * base
    assert predict(memory(realization="legendre")).nrmse > base
    assert predict(memory(neuron_type=nengo.SpikingRectifiedLinear())).nrmse < base / 3


@pytest.mark.parametrize("kind", [nengo.LIF(), nengo.LIFRate(), nengo.Sigmoid()])
def test_source_of_the_prediction(kind):
    """Curves are theory; LIF neurons are run, with the loop closed."""
    prediction = predict(memory(120, 3, neuron_type=kind))
    assert prediction.nrmse > 0
    assert prediction.source == ("simulated" if kind.spiking else "theory")
    assert (prediction.noise > 1e-6) == kind.spiking


def test_amplitude_changes_nothing():
    one, other = (
        predict(memory(neuron_type=nengo.PoissonSpiking(nengo.LIFRate(), amplitude=a)))
        for a in (1, 0.01)
    )
    assert other.noise == pytest.approx(one.noise, rel=1e-6)


def test_channels_have_the_error_of_one():
    """A memory each: the prediction is of one of them."""
    assert predict(memory(n_channels=2)).nrmse == predict(memory()).nrmse


CASES = [
    ("lif", 12, 60, {}, 1.05),
    ("lif", 12, 50, {"tuning": "drawn"}, 1.0),
    ("rectified", 24, 50, {}, 1.0),
    ("rectified", 12, 50, {"tuning": "drawn"}, 1.0),
    ("regular", 12, 50, {}, 1.0),
    ("adaptive", 6, 50, {}, 0.9),
]


@pytest.mark.parametrize("name, order, n, choices, was", CASES)
def test_measured_over_predicted_where_neurons_are_run(name, order, n, choices, was):
    """Within a third, over two seeds; the ratio as it was measured beside it."""
    kind = {"adaptive": nengo.AdaptiveLIF()}.get(name) or neuron(name)
    choices = {"freq": order / 3, "rms": 0.5, "seed": 5, "neuron_type": kind} | choices
    design = design_memory(n * order, order, 1.0, **choices)
    squares = []
    for seed in (31, 32):
        u = white_noise(8.0, order / 3, 0.5, seed=seed)
        make = partial(SpikingMemory.from_design, design)
        squares.append(run_memory(make, u, 8.0, backend="nengo-lmu").nrmse ** 2)
    found = predict(design)
    integrates = name in ("rectified", "regular")
    assert found.source == ("recorded" if integrates else "simulated")
    assert 0.75 < np.sqrt(np.mean(squares)) / found.nrmse < 1.33


def test_what_adapts_is_limited_by_it():
    found = predict(memory(120, 3, neuron_type=nengo.AdaptiveLIF()))
    assert found.limit == "adaptation" and "do not adapt" in found.advice


def test_a_memory_that_loses_the_window_has_no_figure():
    """LIF neurons of order 24 that are drawn for a signal of half the window."""
    design = memory(24, 24, freq=8.0, neuron_type=nengo.LIF(), tuning="drawn").design
    with pytest.warns(DesignWarning, match="cannot be known"):
        found = predict(design)
    assert np.isnan(found.nrmse) and found.warning


def test_alike_neurons_that_fall_into_step_have_no_figure():
    """LIF neurons of order 24: they err 0.011 in 4 s, 0.038 in 20 s."""
    given = {"freq": 4.0, "neuron_type": nengo.LIF(), "tuning": "interleaved"}
    with pytest.warns(DesignWarning, match="into step"):
        found = predict(memory(240, 24, **given))
    assert np.isnan(found.nrmse)
    by_default = memory(240, 24, freq=4.0, neuron_type=nengo.LIF())
    assert predict(by_default).nrmse < 0.1


def test_order_that_the_signal_does_not_need_and_one_that_it_misses():
    kind = nengo.SpikingRectifiedLinear()
    high = predict(memory(960, 24, freq=0.3, neuron_type=nengo.LIFRate()))
    low = predict(memory(120, 3, freq=3.0, neuron_type=kind))
    assert "a lower order" in high.advice
    assert "a higher order" in low.advice and low.missed > 0.2


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(
        [
            nengo.PoissonSpiking(nengo.LIFRate()),
            nengo.LIF(),
            nengo.RegularSpiking(nengo.LIFRate()),
            nengo.SpikingRectifiedLinear(),
            nengo.AdaptiveLIF(),
            nengo.LIFRate(),
        ]
    ),
    order=st.integers(1, 8),
    n_each=st.integers(1, 6),
    over=st.integers(0, 3),
    steps=st.integers(2, 60),
    cycles=st.floats(0.01, 8.0),
    layout=st.sampled_from(["array", "single"]),
    seed=st.integers(0, 5),
)
def test_no_memory_that_can_be_built_makes_it_raise(
    kind, order, n_each, over, steps, cycles, layout, seed
):
    theta = steps * 0.001
    choices = {"freq": cycles / theta, "layout": layout, "seed": seed}
    size = n_each * order + over
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            design = design_memory(size, order, theta, neuron_type=kind, **choices)
        except ValidationError:
            return
        found = predict(design)
    assert found.nrmse >= 0 or found.warning
    assert found.advice and found.limit


@pytest.mark.parametrize("nrmse", [0, -1, np.nan, "x"])
def test_error_that_cannot_be_had(nrmse):
    with pytest.raises(ValidationError, match="nrmse"):
        neurons_needed(2, 1.0, nrmse, freq=0.3, seed=0)


def test_error_that_no_affordable_population_has(monkeypatch):
    monkeypatch.setattr(evaluation, "MOST_NEURONS", 200)
    for layout, tried in (("array", 256), ("single", 128)):
        with pytest.raises(ValidationError, match=f"above what {tried} neurons have"):
            neurons_needed(2, 1.0, 1e-6, freq=0.3, seed=0, layout=layout)


def test_bad_memory():
    with pytest.raises(ValidationError, match="order"):
        neurons_needed(0, 1.0, 0.1)
    with pytest.raises(ValidationError, match="theta"):
        neurons_needed(3, -1.0, 0.1)


@pytest.mark.parametrize(
    "other", [IdealMemory(3, 1.0), nengo.Network(), None, "memory", 600]
)
def test_memory_without_a_design_has_no_prediction(other):
    with pytest.raises(ValidationError, match="memory: must be a SpikingMem") as said:
        predict(other)
    assert "\n" not in str(said.value)


def test_a_design_has_the_prediction_of_its_network():
    """And the chip has another, which is that of the design there."""
    pytest.importorskip("nengo_loihi")
    network = memory(120, 3)
    assert predict(network) == predict(network.design)
    assert predict(network, backend="nengo-lmu") == predict(network)
    on_chip = predict(network, backend="loihi")
    assert on_chip == predict(chip_design(network.design))
    assert on_chip != predict(network) and on_chip.source == "simulated"
    with pytest.raises(ValidationError, match="did you mean 'loihi'"):
        predict(network, backend="lohi")


def test_neurons_needed_on_the_chip():
    pytest.importorskip("nengo_loihi")
    needed = neurons_needed(2, 0.5, 0.1, backend="loihi", freq=0.6, seed=0)
    design = design_memory(needed, 2, 0.5, freq=0.6, seed=0)
    assert needed % 2 == 0 and predict(design, "loihi").nrmse <= 0.1
    fewer = redesign(design, n_neurons=needed - 2 * max(2, needed // 2 // 20))
    assert predict(fewer, "loihi").nrmse > 0.1


def test_state_noise_of_each_channel():
    """A channel of twice the loudness has twice the noise."""
    options = {"n_channels": 2, "rms": [0.5, 1.0], "solver": NoiseAware(0.3)}
    design = memory(600, 3, synapse=0.3, **options).design
    quiet, loud = (theory.state_noise(design, channel) for channel in range(2))
    ratio = np.sqrt(np.trace(loud) / np.trace(quiet))
    assert ratio == pytest.approx(2, rel=0.1)


def test_state_noise_is_what_is_predicted_for_the_window():
    """But for how the ends of the window count, and for rare large values."""
    network = memory(600, 3, freq=0.5)
    covariance = theory.state_noise(network.design)
    power = np.sum(np.diag(covariance) * window_metric(3))
    assert np.sqrt(power) == pytest.approx(predict(network).rmse, rel=0.15)


def test_state_noise_is_that_of_the_simulation():
    """Order 3: each element within a quarter, over 60 s of a memory of 0.1 s.

    They are some 300 correlation times, so an element spreads by 8 %.
    """

    def make():
        return SpikingMemory(600, 3, 0.1, freq=3.0, seed=0)

    expected = theory.state_noise(make().design)
    u = white_noise(60.0, 3.0, 0.5, seed=0)
    run = run_memory(make, u, 60.0, backend="nengo-lmu")
    ideal = np.vstack([np.zeros(3), ideal_state(u, 3, 0.1)])[:-1]
    error = run.state[1000:] - ideal[1000:]
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.max(np.abs(error.T @ error / len(error) - expected) / scale) < 0.25
