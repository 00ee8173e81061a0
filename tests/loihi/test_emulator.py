"""The compiled emulator is nengo-loihi's, to the bit."""

import warnings
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from nengo.exceptions import SimulationError

from nengo_lmu.loihi import compatibility as compat_loihi
from nengo_lmu.loihi.emulator import Emulator

from .random_models import Recipe, build, input_spikes, recipes

EmulatorInterface = compat_loihi.load().emulator.EmulatorInterface

N_STEPS = 24

pytestmark = [
    pytest.mark.filterwarnings("ignore:Lost . extra bits"),
    pytest.mark.filterwarnings("ignore:Trace increment exceeds"),
    pytest.mark.filterwarnings("ignore:Noise amplitude"),
]

STATE = ("input", "current", "voltage", "spiked", "spike_count", "ref_count")


def run_in_steps(make, recipe):
    """Run a recipe's model one step at a time, host to chip and back.

    Returns
    -------
    states : list of list of ndarray
        After each step: the compartments, the traces and the weights that learn.
    outputs : list of ndarray
        What the probes recorded.
    messages : set of str
        The warnings.
    """
    model, learning = build(recipe)
    rng = np.random.RandomState(recipe.seed)
    spikes = input_spikes(model, N_STEPS, rng)
    states = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with make(model, seed=recipe.seed) as emulator:
            for t in range(N_STEPS):
                errors = [
                    (s, t + 1, rng.uniform(-1, 1, emulator.synapses.pes_errors[s].size))
                    for s in learning
                ]
                emulator.host2chip(spikes[t], errors)
                emulator.step()
                states.append(
                    [getattr(emulator.compartment, key).copy() for key in STATE]
                    + [emulator.synapses.traces[s].copy() for s in learning]
                    + [np.array(s.weights) for s in learning]
                )
            outputs = [emulator.collect_probe_output(p) for p in model.probes]
    return states, outputs, {str(w.message) for w in caught}


def run_at_once(make, recipe):
    """Run a recipe's model in two calls, with all spikes known before."""
    model, _ = build(recipe)
    rng = np.random.RandomState(recipe.seed)
    outputs = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with make(model, seed=recipe.seed) as emulator:
            for spikes in input_spikes(model, N_STEPS, rng):
                emulator.host2chip(spikes, [])
            for steps in (N_STEPS // 3, N_STEPS - N_STEPS // 3):
                emulator.run_steps(steps)
                outputs += [emulator.collect_probe_output(p) for p in model.probes]
    return outputs


def assert_equal(ours, theirs):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype
        assert np.array_equal(a, b)


def what_happened(recipe, states, messages):
    """What a random model has and what its run did, 1 or 0 by name."""
    model, learning = build(recipe)
    blocks = model.blocks
    chips = [block.compartment for block in blocks]
    synapses = [synapse for block in blocks for synapse in block.synapses]
    maps = [
        np.asarray(axon.compartment_map)
        for source in [*blocks, *model.inputs]
        for axon in source.axons
        if axon.compartment_map is not None
    ]
    targets = {c.noise_at_membrane for c in chips if np.any(c.enable_noise)}
    _, _, voltage, spiked, _, ref_count, *learned = map(
        np.array, zip(*states, strict=True)
    )
    happened = {
        "refractory periods": np.any(ref_count > 0),
        "negative vmin": np.any(voltage < 0),
        "spikes": np.any(spiked),
        "noise at the current": 0 in targets,
        "noise at the membrane": 1 in targets,
        "noise at both": targets == {0, 1},
        "atoms": any(len(w) > 1 for s in synapses for w in s.weights),
        "unused axons": any(np.any(m < 0) for m in maps),
        "shared axons": any(len(set(m[m >= 0])) < np.sum(m >= 0) for m in maps),
        "shared weights": any(len(s.weights) < s.n_axons for s in synapses),
        "split blocks": len(blocks) > len(recipe.block_sizes) + recipe.learning,
        "learning": any(np.any(w[0] != w[-1]) for w in learned[len(learning) :]),
        "overflow in q0": "Overflow in q0" in messages,
        "overflow in current": "Overflow in current" in messages,
        "overflow in u2": "Overflow in u2" in messages,
    }
    return {name: int(did) for name, did in happened.items()}


def test_random_models():
    """Step by step and in one go; the warnings are those of nengo-loihi, too.

    Each thing that a model can do is done by ten of the 200 at least.
    """
    times = Counter()

    @settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
    @given(recipes)
    def compare(recipe):
        ours, our_outputs, our_warnings = run_in_steps(Emulator, recipe)
        theirs, their_outputs, their_warnings = run_in_steps(EmulatorInterface, recipe)
        for our_state, their_state in zip(ours, theirs, strict=True):
            assert_equal(our_state, their_state)
        assert_equal(our_outputs, their_outputs)
        assert our_warnings == their_warnings
        at_once = run_at_once(Emulator, recipe)
        assert_equal(at_once, run_at_once(EmulatorInterface, recipe))
        times.update(what_happened(recipe, ours, our_warnings))
        times.update(models=1)

    compare()
    assert times["models"] >= 200
    assert {name: n for name, n in times.items() if n < 10} == {}


@pytest.mark.parametrize("register", ["q0", "current", "u2"])
def test_recipes_overflow_each_register(register):
    recipe = Recipe(seed=4, block_sizes=[8, 8], overflow=frozenset([register]))
    *_, messages = run_in_steps(Emulator, recipe)
    assert f"Overflow in {register}" in messages


def test_recipes_learn():
    states, _, messages = run_in_steps(Emulator, Recipe(seed=2, learning=True))
    assert not np.array_equal(states[0][-1], states[-1][-1])


def test_strict_mode_raises(monkeypatch):
    recipe = Recipe(seed=4, block_sizes=[8, 8], overflow=frozenset(["q0"]))
    monkeypatch.setattr(EmulatorInterface, "strict", True)
    for make in (Emulator, EmulatorInterface):
        with pytest.raises(SimulationError, match="Overflow in q0"):
            run_at_once(make, recipe)


def hand_over(model, reason):
    with pytest.warns(UserWarning, match=f"nengo-loihi's own emulator: .*{reason}"):
        emulator = Emulator(model, seed=0)
    assert not emulator.compiled
    return emulator


def test_hands_over_floats():
    recipe = Recipe(seed=5, discretize=False)
    model, _ = build(recipe)
    hand_over(model, "not discretized").close()
    ours = run_at_once(Emulator, recipe)
    assert_equal(ours, run_at_once(EmulatorInterface, recipe))


def test_hands_over_other_probes():
    model, _ = build(Recipe(seed=6))
    model.probes[0].key = "spike_count"
    with hand_over(model, "a probe of 'spike_count'") as emulator:
        emulator.run_steps(3)
        assert len(emulator.collect_probe_output(model.probes[0])) == 3


@pytest.mark.parametrize("end", ["axon", "atom", "target"])
def test_hands_over_what_points_outside(end):
    model, _ = build(Recipe(seed=7, populations=True))
    block = next(iter(model.blocks))
    synapse = block.synapses[0]
    (axon,) = [
        axon
        for source in [*model.blocks, *model.inputs]
        for axon in source.axons
        if axon.target is synapse
    ][:1]
    if end == "axon":
        axon.compartment_map = np.full(10, synapse.n_axons)
    elif end == "atom":
        axon.compartment_map = np.zeros(10, dtype=int)
        axon.compartment_atoms = np.full(10, 99)
        synapse.axon_compartment_bases[0] = 0
    else:
        axon.compartment_map = np.zeros(10, dtype=int)
        axon.compartment_atoms = np.zeros(10, dtype=int)
        synapse.axon_compartment_bases[0] = block.n_neurons
    hand_over(
        model, {"axon": "range", "atom": "atom", "target": "not in its block"}[end]
    )


def test_input_spikes_of_no_neuron():
    model, _ = build(Recipe(seed=8))
    (spike_input,) = model.inputs
    with Emulator(model, seed=0) as emulator:
        emulator.host2chip([(spike_input, 1, np.array([99]))], [])
        with pytest.raises(SimulationError, match="a spike of the neuron 99, but the"):
            emulator.run_steps(2)


def test_repeated_input_spikes_count_twice():
    """Events of a camera can name a neuron twice in one step."""
    outputs = []
    for make in (Emulator, EmulatorInterface):
        model, _ = build(Recipe(seed=9))
        (spike_input,) = model.inputs
        spike_input.add_spikes(1, [0, 0, 0], permanent=True)
        with make(model, seed=0) as emulator:
            emulator.run_steps(4)
            outputs.append([emulator.collect_probe_output(p) for p in model.probes])
    assert_equal(*outputs)
