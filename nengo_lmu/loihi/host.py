"""The host of a chip, and the chip, as one model of the compiled simulator.

nengo-loihi builds two models of Nengo for the host: one that runs before the chip and
one after it. Here both are one, and the chip is one more operator of it: at each step
it hears what the host sends in this step, and says what the host hears in the next.
(Where nengo-loihi runs the chip before the host, its host hears the chip's first step
at once, and every other a step late.)
"""

import copy

import numpy as np
from nengo.builder import Model
from nengo.builder.neurons import SimNeurons
from nengo.builder.operator import Operator, TimeUpdate
from nengo.builder.processes import SimProcess
from nengo.cache import NoDecoderCache
from nengo.exceptions import BuildError, SimulationError

from nengo_lmu.loihi.fields import address
from nengo_lmu.loihi.kernels import QUANTITIES, chip_step
from nengo_lmu.loihi.spike_encoder import SigmaDeltaEncoder
from nengo_lmu.loihi.weight_table import NotFlat, concatenate, integers
from nengo_lmu.networks.range_watch import WatchRange
from nengo_lmu.simulator import Simulator
from nengo_lmu.simulator.compiled import counterpart, kernel


class Host(Simulator):
    """All of the host's parts of a model, and the chip within them.

    Results are those of `nengo.Simulator` within rounding. Neurons that draw random
    numbers run as Nengo's own steps and draw the same ones.

    Parameters
    ----------
    model : nengo_loihi.builder.Model
    emulator : nengo_lmu.loihi.emulator.Emulator
        Compiled, and not used by anything else.
    seed : int
        Seed of processes that have none.
    memories : list of ChipMemory, optional
        Those whose range is watched, if their input and state are on the host.

    Raises
    ------
    NotFlat
        If the host computes in a precision without a compiled counterpart.
    """

    def __init__(self, model, emulator, seed, memories=()):
        self._emulator = emulator
        joined = join(model, emulator)
        for memory in memories:
            ends = [joined.sig.get(node, {}).get("in") for node in memory.nodes[:2]]
            if None not in ends:
                name = f"SpikingMemory {memory.label or ''}".strip()
                joined.add_op(WatchRange(memory.design, name, *ends))
        self._encoders = [
            op.updates[0] for op in joined.operators if isinstance(op, Encode)
        ]
        try:
            super().__init__(
                None,
                dt=model.dt,
                model=joined,
                seed=seed,
                progress_bar=False,
            )
        except NotFlat:
            self.closed = True
            raise

    @property
    def block(self):
        """Largest number of steps that `run_block` may be asked for."""
        return min(self._plan.block, self._emulator.block)

    def run_block(self, steps):
        """Run host and chip; returns how many steps the chip did, and an error.

        Returns
        -------
        steps : int
        error : BaseException or None
            What has stopped a Python function of the host.
        """
        error = None
        self._emulator.begin(steps)
        try:
            self._advance(steps)
        except BaseException as caught:
            error = caught
        return self._emulator.end(), error

    def check(self):
        """Raise an error if a signal has become NaN."""
        for rest in self._encoders:
            if np.isnan(self.signals[rest]).any():
                raise SimulationError(
                    "the input of a spike encoder is not finite at or before t = "
                    f"{self.time:g} s"
                )
        self._check()


class ChipStep(Operator):
    """One step of the chip.

    Parameters
    ----------
    lines, errors, heard : list of Signal
        The values of which those that are not zero are spikes for the chip, the errors
        that it learns from, what the host hears at the next step.
    hold : callable
        Given the places of all elements of these, three lists of arrays, keeps the
        places in memory and returns the integers of the row.
    """

    def __init__(self, lines, errors, heard, hold):
        super().__init__(tag="chip")
        self.hold = hold
        self.n_lines = len(lines)
        self.sets, self.incs = [], []
        self.reads = [*lines, *errors]
        self.updates = heard

    def make_step(self, signals, dt, rng):
        raise NotFlat("its host computes in a precision that is not compiled")


@counterpart(ChipStep)
def plan_chip(plan, op):
    places = [plan.places(sig).ravel() for sig in op.reads]
    heard = [plan.places(sig).ravel() for sig in op.updates]
    plan.row(chip_step, *op.hold(places[: op.n_lines], places[op.n_lines :], heard))


class Encode(Operator):
    """A `SigmaDeltaEncoder`.

    Parameters
    ----------
    op : SimProcess
    """

    def __init__(self, op):
        super().__init__(tag=op.tag)
        self.peak = op.process.peak
        self.sets, self.incs = [op.output], []
        self.reads = [op.input]
        self.updates = [op.state["rest"]]


@kernel
def encode(m, a):
    """Row: n, x and its stride, peaks, what is left to send, y."""
    for i in range(a[0]):
        x = m[a[1] + i * a[2]]
        share = x / m[a[3] + i]
        if share > 1:
            share = 1.0
        if share < -1:
            share = -1.0
        rest = m[a[4] + i] + share
        spike = np.rint(rest)
        if spike > 1:
            spike = 1.0
        if spike < -1:
            spike = -1.0
        m[a[4] + i] = rest - spike if np.isfinite(x) else np.nan
        m[a[5] + i] = spike
    m[a[5] + a[0]] = 0.0


@counterpart(Encode)
def plan_encode(plan, op):
    (x,), (rest,), (y,) = op.reads, op.updates, op.sets
    place, stride = plan.line(x)
    peaks = plan.array(np.broadcast_to(op.peak, rest.shape))
    stride = 0 if x.size == 1 else stride
    plan.row(encode, rest.size, place, stride, peaks, plan.at(rest), plan.at(y))


class AsInNengo(SimNeurons):
    """Neurons that run as Nengo's own step, with Nengo's random numbers."""


def join(model, emulator):
    """One model of Nengo for the host's parts of a model and its chip.

    Parameters
    ----------
    model : nengo_loihi.builder.Model
        It is not changed.
    emulator : nengo_lmu.loihi.emulator.Emulator

    Returns
    -------
    nengo.builder.Model
    """
    whole = Model(dt=model.dt, label=model.label, decoder_cache=NoDecoderCache())
    passing = [*model.host2chip_senders, *model.host2chip_pes_senders]
    passing = {id(node.output) for node in passing}
    passing |= {id(node.output) for node in model.chip2host_receivers.values()}
    for part in (model.host_pre, model.host):
        clock = {part.step: whole.step, part.time: whole.time}
        for op in part.operators:
            if isinstance(op, TimeUpdate) or id(getattr(op, "process", 0)) in passing:
                continue
            whole.add_op(_told(_compilable(op), clock))
        whole.sig.update(part.sig)
        whole.params.update(part.params)
        whole.probes.extend(part.probes)
    whole.add_op(_chip(model, emulator, whole.sig))
    return whole


def _compilable(op):
    """The operator, or another that does the same."""
    if type(op) is SimProcess and type(op.process) is SigmaDeltaEncoder:
        return Encode(op)
    if type(op) is SimNeurons and any(
        isinstance(value, np.random.RandomState) for value in op.state_extra.values()
    ):
        op = copy.copy(op)
        op.__class__ = AsInNengo
    return op


def _told(op, clock):
    """The operator, reading another clock."""
    if any(sig in clock for sig in op.reads):
        op = copy.copy(op)
        op.reads = [clock.get(sig, sig) for sig in op.reads]
    return op


def _chip(model, emulator, sig):
    """The operator of the chip, which tells the emulator where the host's numbers are.

    Parameters
    ----------
    model : nengo_loihi.builder.Model
    emulator : nengo_lmu.loihi.emulator.Emulator
    sig : dict
        Of the host.
    """
    receivers = model.chip2host_receivers
    lines = [sig[sender]["in"] for sender in model.host2chip_senders]
    errors = [sig[sender]["in"] for sender in model.host2chip_pes_senders]
    heard = [sig[receiver]["out"] for receiver in receivers.values()]
    synapses = [
        model.objs[model.nengo_probe_conns[target.error_target]]["decoders"]
        for target in model.host2chip_pes_senders.values()
    ]
    first = {group.owner: group.first for group in emulator.input_groups}
    sources = [
        first[model.spike_targets[receiver]] + np.arange(sender.size_in)
        for sender, receiver in model.host2chip_senders.items()
    ]
    outputs = [output_terms(emulator, model.objs[probe]["out"]) for probe in receivers]

    def hold(lines, errors, heard):
        line_sources = concatenate(sources)
        emulator.hold(
            line_sources=line_sources, waiting=np.zeros(line_sources.size, np.int64)
        )
        emulator.record["n_lines"] = line_sources.size
        terms = _hold_errors(emulator, synapses, errors)
        _hold_outputs(emulator, outputs)
        places = concatenate([*lines, integers(terms), *heard])
        emulator.hold(places=places)
        return address(emulator.record), 1, address(places)

    return ChipStep(lines, errors, heard, hold)


def _hold_errors(emulator, synapses, places):
    """Which errors of the host add up to which element of which synapse's error.

    Returns
    -------
    list of int
        Their places, element after element.
    """
    elements, terms, begin = [], [], [0]
    for k, synapse in enumerate(emulator.learning.synapses):
        of_synapse = [p for p, s in zip(places, synapses, strict=True) if s is synapse]
        size = emulator.synapses.pes_errors[synapse].size
        if any(p.size != size for p in of_synapse):
            raise BuildError("an error for the chip must be as long as what is learned")
        for element in range(size if of_synapse else 0):
            elements.append((k, element))
            terms.extend(p[element] for p in of_synapse)
            begin.append(len(terms))
    synapse, element = np.array(elements, dtype=np.int64).reshape(-1, 2).T.copy()
    emulator.hold(
        error_synapse=synapse, error_element=element, error_begin=integers(begin)
    )
    emulator.record["n_errors"] = len(elements)
    emulator.record["n_error_terms"] = len(terms)
    return terms


def output_terms(emulator, probe):
    """What the host hears of a probe, as sums over compartments.

    Parameters
    ----------
    emulator : nengo_lmu.loihi.emulator.Emulator
    probe : nengo_loihi.probe.LoihiProbe

    Returns
    -------
    list of (kind, compartments, weights)
        For each element: the quantity, by its number, and the sum's terms.
    """
    parts = emulator.recordings[probe]
    elements = [[] for _ in range(probe.output_size)]
    first = 0
    for part, weights in zip(parts, probe.weights, strict=True):
        n = part.columns.size
        if weights is None or weights.ndim < 2:
            weights = np.eye(n) * (1.0 if weights is None else weights)
        for k, column in enumerate(weights.T):
            used = np.flatnonzero(column)
            elements[first + k].append((part.columns[used], column[used]))
        first += 0 if probe.is_transformed else n
    if probe.reindexing is not None:
        elements = [elements[k] for k in probe.reindexing]
    kind = QUANTITIES.index(probe.key)
    return [
        (kind, *(np.concatenate(x) for x in zip(*terms, strict=True)))
        for terms in elements
    ]


def _hold_outputs(emulator, outputs):
    elements = [element for output in outputs for element in output]
    sizes = [compartments.size for _, compartments, _ in elements]
    emulator.hold(
        output_kind=integers([kind for kind, *_ in elements]),
        output_begin=integers(np.cumsum([0, *sizes])),
        output_compartment=concatenate([c for _, c, _ in elements]),
        output_weight=np.concatenate([np.zeros(0), *(w for *_, w in elements)]),
    )
    emulator.record["n_outputs"] = len(elements)
    emulator.record["n_output_terms"] = sum(sizes)
