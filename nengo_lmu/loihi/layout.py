"""From a network with memories to the network that runs on Loihi.

Each `SpikingMemory` is exchanged for the loops of its `ChipDesign`, and the inputs of
trained spiking layers for lines of spikes. The objects that a user sees (inputs,
states, read-outs, probes) stay the same, and so does the network that is given.
"""

import warnings

import nengo
import numpy as np
from nengo.builder import Builder
from nengo.exceptions import BuildError, ValidationError

from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.loihi import compatibility
from nengo_lmu.loihi.chain import ChainDesign
from nengo_lmu.loihi.chain_layout import Chain, chain_matrices
from nengo_lmu.loihi.chip_design import chip_design
from nengo_lmu.loihi.dense import N_LINES, ChipDesign
from nengo_lmu.loihi.layer import encode_layer, has_encoded_input
from nengo_lmu.loihi.spike_encoder import SigmaDeltaEncoder
from nengo_lmu.names import level_of_caller
from nengo_lmu.networks.population import ensemble_of
from nengo_lmu.networks.spiking_memory import SpikingMemory, count_spikes
from nengo_lmu.networks.within import networks_of
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize


class LayoutNotice(UserWarning):
    """Says what a chip's layout exchanges."""


class ChipNetwork(nengo.Network):
    """A network that is laid out for the chip, and runs nowhere else."""


@Builder.register(ChipNetwork)
def refuse(model, network, **kwargs):
    """Called by the simulators of a CPU; those of the chip have a builder of theirs."""
    raise BuildError(
        f"{network} is laid out for Loihi: run it with nengo_lmu.loihi.Simulator or "
        "nengo_loihi.Simulator, or the network that it was made from with this one"
    )


class ChipMemory(ChipNetwork):
    """A memory on the chip.

    Attributes
    ----------
    design : ChipDesign
    neurons : list
        Those of each population of the design (where it has several cores, of each
        part), to connect and to probe.
    """

    design: ChipDesign
    neurons: list

    @property
    def loop_ensembles(self):
        """One ensemble for each loop; of a chain, one for each core."""
        return list(dict.fromkeys(neurons.obj.ensemble for neurons in self.neurons))


def lay_out(
    network: nengo.Network, designs: dict[SpikingMemory, ChipDesign] | None = None
) -> nengo.Network:
    """The same network, laid out for the chip.

    Parameters
    ----------
    network : nengo.Network
        With any number of `SpikingMemory` networks in it; it is not changed.
    designs : dict of {SpikingMemory: ChipDesign}, optional
        Designs for the chip that are not the default ones, see
        `nengo_lmu.loihi.chip_design.chip_design`.

    Returns
    -------
    nengo.Network
        For `nengo_lmu.loihi.Simulator` (which calls this itself) and
        ``nengo_loihi.Simulator``. The given network, if nothing in it is exchanged.

    Raises
    ------
    ValidationError
        If the chip does not have the neurons or the synapse of a memory, or if a
        connection or probe ends at neurons inside a memory.

    Examples
    --------
    >>> import warnings
    >>> with nengo.Network(seed=0) as model:
    ...     memory = nengo_lmu.SpikingMemory(
    ...         120, order=3, theta=0.5, freq=1.0, neuron_type=nengo.LIF()
    ...     )
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     on_chip = nengo_lmu.loihi.lay_out(model)
    """
    if isinstance(network, ChipNetwork):
        return network
    memories = networks_of(network, SpikingMemory)
    if not memories and not any(map(has_encoded_input, networks_of(network))):
        return network
    _refuse_inside(network, memories)
    on_host = []
    laid_out = _exchange(network, designs or {}, on_host)
    laid_out._config = compatibility.copied(network.config)
    for ensemble in on_host:
        compatibility.keep_on_host(ensemble, laid_out)
    return laid_out


def _refuse_inside(network, memories):
    """Refuse connections and probes of neurons that are not on the chip."""
    inside = {obj: memory for memory in memories for obj in memory.loop_objects}
    for obj in [*network.all_connections, *network.all_probes]:
        if obj in inside:
            continue
        ends = (obj.target,) if isinstance(obj, nengo.Probe) else (obj.pre, obj.post)
        for end in ends:
            end = getattr(end, "obj", end)  # of a view
            end = getattr(end, "ensemble", end)  # of neurons
            if end in inside:
                raise ValidationError(
                    f"{obj} ends at neurons inside {inside[end].label}, and the chip "
                    "has others; lay the network out (nengo_lmu.loihi.lay_out) and "
                    "take the neurons of the memory there",
                    "network",
                )


def _exchange(network, designs, on_host):
    """A network of the same objects, with memories and layers exchanged.

    Ensembles that are to stay on the host are added to ``on_host``.
    """
    if isinstance(network, SpikingMemory):
        return _lay_out_memory(network, designs, on_host)
    inner = [_exchange(child, designs, on_host) for child in network.networks]
    encoded = has_encoded_input(network)
    if not encoded and all(
        new is old for new, old in zip(inner, network.networks, strict=True)
    ):
        return network
    exchanged = {
        obj
        for memory in networks_of(network, SpikingMemory)
        for obj in memory.loop_objects
    }
    laid_out = _empty_twin(network, ChipNetwork)
    laid_out.ensembles.extend(network.ensembles)
    laid_out.nodes.extend(network.nodes)
    laid_out.networks.extend(inner)
    laid_out.connections.extend(c for c in network.connections if c not in exchanged)
    laid_out.probes.extend(network.probes)
    if encoded:
        encode_layer(network, laid_out)
    return laid_out


def _empty_twin(network, kind):
    twin = kind(label=network.label, seed=network.seed, add_to_container=False)
    twin._config = network.config
    return twin


def _lay_out_memory(memory, designs, on_host):
    design = designs.get(memory)
    if design is None:
        design = chip_design(memory.design)
        _say_what_is_exchanged(memory, design)
    elif not isinstance(design, MemoryDesign):
        raise ValidationError(f"must hold designs, got {design!r}", "designs")
    laid_out = _empty_twin(memory, ChipMemory)
    laid_out.design = design
    laid_out.nodes.extend([memory.input, memory.state])
    with laid_out:
        laid_out.neurons = _wire(memory, design)
        for count in memory.spike_counts:
            for ensemble in laid_out.loop_ensembles:
                count_spikes(ensemble.neurons, count, design.dt)
    own = memory.loop_objects
    rest = {kind: objects for kind, objects in memory.objects.items()}
    laid_out.ensembles.extend(e for e in rest[nengo.Ensemble] if e not in own)
    laid_out.nodes.extend(
        n for n in rest[nengo.Node] if n not in own and n not in laid_out.nodes
    )
    laid_out.networks.extend(rest[nengo.Network])
    laid_out.connections.extend(c for c in rest[nengo.Connection] if c not in own)
    laid_out.probes.extend(rest[nengo.Probe])
    # Populations of outputs stay on the host, where their weights are exact and their
    # neurons those that were asked for.
    on_host.extend(e for e in memory.all_ensembles if e not in own)
    return laid_out


def _say_what_is_exchanged(memory, design):
    from_type, to_type = memory.design.neuron_type, design.neuron_type
    from_tau = getattr(memory.design.synapse, "tau", None)
    exchanged = []
    if isinstance(design, ChainDesign):
        exchanged.append(f"comparators for {from_type} neurons")
    elif type(from_type) is not type(to_type):
        exchanged.append(f"{type(to_type).__name__} for {from_type} neurons")
    if from_tau is None or not np.isclose(from_tau, design.synapse.tau):
        of = f"{from_tau:.3g} s" if from_tau else str(memory.design.synapse)
        exchanged.append(f"a synapse of {design.synapse.tau:.3g} s for {of}")
    n = design.loops_per_channel
    form = f"{n} loop{'s' * (n > 1)} a channel"
    if isinstance(design, ChainDesign):
        n = len(design.loops[0].cores)
        form = f"a chain of {n} core{'s' * (n > 1)} a channel"
    exchanged.append(f"{form} with 8-bit weights")
    warnings.warn(
        f"{memory.label or 'SpikingMemory'} on Loihi: {', '.join(exchanged)}",
        LayoutNotice,
        stacklevel=level_of_caller(),
    )


def _wire(memory, design):
    """The network of a design; returns the neurons of each population."""
    if isinstance(design, ChainDesign):
        return _wire_chains(memory, design)
    return _wire_loops(memory, design)


def _wire_chains(memory, design):
    """Chains that are closed on the chip; the state is a copy of their registers.

    The copy is on the host, which receives spikes a step late: it is carried on by a
    step.
    """
    neurons = []
    before = nengo.Node(size_in=design.n_channels, label="input a step before")
    nengo.Connection(memory.input, before, synapse=0)
    for loop in design.loops:
        channel = loop.channel
        lines = spike_lines(memory.input[channel], design.expected[channel].peak)
        chain = Chain(design, loop, lines)
        decoded = chain.decode()
        neurons += chain.neurons
        Ad, Bd = chain_matrices(design, loop)
        recurrent = loop.realization.inverse @ loop.recurrent
        for source, transform in (
            (decoded, recurrent @ Ad),
            (before[channel], recurrent @ Bd),
            (memory.input[channel], loop.realization.inverse @ loop.drive),
        ):
            rows = slice(channel * design.order, (channel + 1) * design.order)
            nengo.Connection(
                source,
                memory.state[rows],
                transform=transform,
                synapse=design.mapped_synapse,
            )
    return neurons


def _wire_loops(memory, design):
    """Loops that are closed on the chip; the state is the mean of theirs.

    The state is a copy on the host, which receives spikes a step late. The decoded
    value is carried on by a step: w[k] = Ad w[k-1] + Bd u[k-1], for the decoded
    w = x + L dx/dt as well as for x.
    """
    system = state_space(design.order, design.theta)
    size, n_channels = memory.state.size_out, design.n_channels
    # With a function: nengo-loihi removes nodes that have none, and decoders with them.
    decoded = nengo.Node(_unchanged, size_in=size, label="decoded")
    before = nengo.Node(size_in=n_channels, label="input a step before")
    nengo.Connection(memory.input, before, synapse=0)
    of_input, of_before = np.zeros((2, size, n_channels))
    neurons, lines = [], {}
    for k, loop in enumerate(design.loops):
        channel = loop.channel
        rows = slice(channel * design.order, (channel + 1) * design.order)
        if channel not in lines:
            peak = design.expected[channel].peak
            lines[channel] = spike_lines(memory.input[channel], peak)
        # One ensemble for all populations of a loop: it is a core, or several that it
        # fills, and small populations on cores of their own would leave them empty.
        ensemble = ensemble_of(loop.tuning, design.neuron_type, f"loop {k}")
        _connect(ensemble.neurons, design, loop, lines[channel])
        Ad, Bd = discretize(*loop.realization.system(*system), design.dt)
        decode = loop.realization.inverse / design.loops_per_channel
        nengo.Connection(
            ensemble.neurons,
            decoded[rows],
            transform=decode @ loop.recurrent @ Ad @ loop.decoders.T,
            synapse=None,
        )
        of_input[rows, channel] += (decode @ loop.drive)[:, 0]
        of_before[rows, channel] += (decode @ loop.recurrent @ Bd)[:, 0]
        first = 0
        for population in loop.populations:
            neurons.append(ensemble.neurons[first : first + population.n_neurons])
            first += population.n_neurons
    for source, transform in ((decoded, 1.0), (before, of_before)):
        _follow(memory, design, source, transform)
    _follow(memory, design, memory.input, of_input)
    return neurons


def _unchanged(t, x):
    return x


def _follow(memory, design, source, transform):
    nengo.Connection(source, memory.state, transform=transform, synapse=design.synapse)


def spike_lines(source, peak):
    """Add a node that outputs an input in spikes, and one line without spikes."""
    lines = nengo.Node(
        SigmaDeltaEncoder(peak), size_in=1, size_out=N_LINES + 1, label="spike input"
    )
    nengo.Connection(source, lines, synapse=None)
    return lines


def _connect(neurons, design, loop, lines):
    """Recurrent and input connections of a loop.

    nengo multiplies weights onto neurons by their gain; its spikes are 1 / dt high.
    """
    gain = loop.tuning.gain[:, None]
    height = design.neuron_type.amplitude / design.dt
    nengo.Connection(
        neurons,
        neurons,
        transform=loop.weights.T / gain / height,
        synapse=design.synapse,
    )
    nengo.Connection(lines, neurons, transform=loop.line_weights.T / gain, synapse=None)
