"""Random models for the chip, built by hand, with everything it can do."""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from nengo_lmu.loihi import compatibility as compat_loihi

nengo_loihi = compat_loihi.load()
Axon = nengo_loihi.block.Axon
LoihiBlock = nengo_loihi.block.LoihiBlock
Synapse = nengo_loihi.block.Synapse
SpikeInput = nengo_loihi.inputs.SpikeInput
LoihiProbe = nengo_loihi.probe.LoihiProbe

QUANTITIES = ("current", "voltage", "spiked")


@dataclass(frozen=True)
class Recipe:
    """What a random model contains; the numbers in it come from ``seed``."""

    seed: int
    block_sizes: list = field(default_factory=lambda: [4])
    n_inputs: int = 1
    n_synapses: int = 2
    populations: bool = False
    repeated_indices: bool = False
    split: bool = False
    learning: bool = False
    noise: str = "none"  # none, q, membrane or both
    overflow: frozenset = frozenset()  # of q0, current, u2
    stuck: bool = False  # some voltages end exactly at the threshold
    discretize: bool = True


recipes = st.builds(
    Recipe,
    seed=st.integers(0, 2**31 - 1),
    block_sizes=st.lists(
        st.integers(1, 6).map(lambda n: 2 * n), min_size=1, max_size=3
    ),
    n_inputs=st.integers(0, 2),
    n_synapses=st.integers(1, 3),
    populations=st.booleans(),
    repeated_indices=st.booleans(),
    split=st.booleans(),
    learning=st.booleans(),
    noise=st.sampled_from(["none", "q", "membrane", "both"]),
    overflow=st.frozensets(st.sampled_from(["q0", "current", "u2"])),
    stuck=st.booleans(),
)


def build(recipe):
    """Build the model of a recipe: the same recipe gives the same model.

    Returns
    -------
    model : nengo_loihi.builder.Model
    learning : list of nengo_loihi.block.Synapse
        The synapses that learn.
    """
    rng = np.random.RandomState(recipe.seed)
    model = nengo_loihi.builder.Model()
    blocks = [make_block(size, recipe, rng) for size in recipe.block_sizes]
    inputs = [SpikeInput(rng.randint(1, 6)) for _ in range(recipe.n_inputs)]
    for block in blocks:
        model.add_block(block)
        if recipe.split:
            part = rng.randint(1, block.n_neurons + 1)
            model.block_shapes[block] = nengo_loihi.BlockShape(
                (part,), (block.n_neurons,)
            )
    for spike_input in inputs:
        model.add_input(spike_input)

    for block in blocks:
        for _ in range(recipe.n_synapses):
            synapse = make_synapse(block, recipe, rng)
            block.add_synapse(synapse)
            for source in rng.choice(blocks + inputs, rng.randint(1, 4)):
                source.add_axon(make_axon(source, synapse, rng))
    learning = []
    if recipe.learning:
        # splitting a synapse would make it forget that it learns
        block = make_block(2 * rng.randint(1, 4), recipe, rng)
        model.add_block(block)
        learning = [make_learning_synapse(rng) for _ in range(rng.randint(1, 3))]
        learning = [s(block) for s in learning]
        for synapse in learning:
            source = rng.choice(blocks + inputs)
            source.add_axon(make_axon(source, synapse, rng))
        blocks.append(block)

    for block in blocks:
        for key in QUANTITIES:
            model.add_probe(
                LoihiProbe(block, key, slice=make_slice(block, recipe, rng))
            )
    if recipe.split:
        nengo_loihi.builder.split_blocks.split_model(model)
    if recipe.discretize:
        nengo_loihi.builder.discretize.discretize_model(model)
        for block in model.blocks:
            force_overflow(block, recipe.overflow, rng)
            if recipe.stuck:
                block.compartment.vth[::2] = block.compartment.vmax
    return model, learning


def make_block(size, recipe, rng):
    block = LoihiBlock(size)
    chip = block.compartment
    if rng.rand() < 0.5:
        chip.configure_lif(
            tau_rc=rng.uniform(0.002, 0.05), tau_ref=rng.randint(0, 4) * 0.001
        )
    else:
        chip.configure_relu(tau_ref=rng.randint(0, 4) * 0.001)
    chip.configure_filter(rng.choice([0, 0.002, 0.05]))
    chip.vmin = -rng.choice([0.0, 0.5, 4.0])
    chip.vmax = rng.choice([1.5, 8.0, np.inf])
    chip.refract_delay[:] = rng.randint(0, 4, size=size)
    chip.bias[:] = rng.uniform(-0.3, 0.6, size=size)
    if recipe.noise != "none":
        chip.enable_noise[:] = rng.rand(size) < 0.7
        chip.noise_exp = rng.uniform(-2, 0.3)
        chip.noise_offset = rng.uniform(-1, 1)
        chip.noise_at_membrane = {
            "q": 0,
            "membrane": 1,
            "both": rng.randint(2),
        }[recipe.noise]
    return block


def make_synapse(block, recipe, rng):
    n_axons = rng.randint(1, 8)
    synapse = Synapse(n_axons)
    n = block.n_neurons
    if not recipe.populations:
        synapse.set_weights(random_weights(rng, (n_axons, n)))
        indices = synapse.indices
    else:
        # rows that axons share, at different bases, some of them unused
        n_rows = rng.randint(1, n_axons + 1)
        n_atoms = rng.randint(1, 4)
        width = rng.randint(1, n + 1)
        weights = [random_weights(rng, (n_atoms, width)) for _ in range(n_rows)]
        indices = [np.tile(rng.permutation(width), (n_atoms, 1)) for _ in range(n_rows)]
        synapse.set_population_weights(
            weights,
            indices,
            axon_to_weight_map=list(rng.randint(0, n_rows, size=n_axons)),
            compartment_bases=list(rng.randint(-1, n - width + 1, size=n_axons)),
            pop_type=32,
        )
    if recipe.repeated_indices and not recipe.split:
        for row in synapse.indices:
            row[:] = rng.choice(row.ravel(), size=row.shape)
    return synapse


def random_weights(rng, shape):
    """Weights that are large enough beside the threshold to be discretized."""
    return rng.uniform(0.3, 1, size=shape) * rng.choice([-1, 1], size=shape)


def make_learning_synapse(rng):
    def add_to(block):
        n_axons = rng.randint(1, 8)
        synapse = Synapse(n_axons)
        weights = random_weights(rng, (n_axons, block.n_neurons))
        synapse.set_weights(weights * rng.randint(2))
        synapse.set_learning(
            learning_rate=10.0 ** rng.uniform(-4, -1),
            tracing_tau=rng.randint(1, 20),
            tracing_mag=10.0 ** rng.uniform(0, 2),
            wgt_exp=rng.randint(0, 5),
        )
        block.add_synapse(synapse)
        return synapse

    return add_to


def make_axon(source, synapse, rng):
    """Some compartments share an input axon, some have none."""
    axon = Axon(synapse.n_axons)
    axon.target = synapse
    if source.n_neurons > synapse.n_axons or rng.rand() < 0.7:
        axons = rng.randint(-1, synapse.n_axons, size=source.n_neurons)
        atoms = None
        if synapse.pop_type != 0:
            atoms = rng.randint(0, synapse.weights[0].shape[0], size=source.n_neurons)
        axon.set_compartment_axon_map(axons, atoms=atoms)
    return axon


def make_slice(block, recipe, rng):
    some = rng.permutation(block.n_neurons)[: rng.randint(1, 3)]
    if recipe.split:
        some = np.sort(some)  # split_model takes no other order
    return [slice(None), slice(1, None, 2), list(some)][rng.randint(3)]


def force_overflow(block, registers, rng):
    """Write numbers to a discretized block that overflow the given registers."""
    chip = block.compartment
    for synapse in block.synapses:
        for weights in synapse.weights if not synapse.learning else ():
            if "q0" in registers:
                weights[:] = rng.randint(-(2**21), 2**21, size=weights.shape)
            elif "current" in registers:
                weights[:] = rng.randint(2**17, 2**19, size=weights.shape)
    if "current" in registers:
        chip.decay_u[:] = rng.randint(0, 3, size=chip.decay_u.shape)
    if "u2" in registers:
        chip.bias[:] = rng.randint(2**23 - 2**10, 2**23, size=chip.bias.shape)


def input_spikes(model, n_steps, rng):
    """Random spikes for the inputs of ``model``, for `host2chip`, step by step."""
    return [
        [
            (spike_input, t, np.flatnonzero(rng.rand(spike_input.n_neurons) < 0.5))
            for spike_input in model.inputs
        ]
        for t in range(1, n_steps + 1)
    ]
