"""What a network takes of a board, before it runs there and without simulation.

nengo-loihi builds the network for the chip; here its blocks are counted against the
limits of the cores, its weights are compared before and after quantization, and the
spikes are estimated from the tuning curves.
"""

import re
import traceback
import warnings
from collections import defaultdict
from dataclasses import asdict, dataclass

import nengo
import numpy as np
from nengo.exceptions import BuildError, ValidationError

from nengo_lmu import checks
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.loihi import compatibility
from nengo_lmu.loihi.activity import expected_activity
from nengo_lmu.loihi.board import Board
from nengo_lmu.loihi.chain import comparators
from nengo_lmu.loihi.layout import ChipMemory, lay_out
from nengo_lmu.networks.within import networks_of

nengo_loihi = compatibility.load()

ADVICE = {
    "compartments": "give the ensemble a block_shape of fewer neurons",
    "input_axons": "let fewer neurons project to it, or decode instead of full weights",
    "output_axons": "connect it to fewer cores, or give it a block_shape of fewer "
    "neurons",
    "synapse_bits": "give the ensemble a block_shape of fewer neurons, or decode "
    "instead of full weights",
    "chips": "take a board of more chips, or fewer neurons",
}
"""What to change, by the limit that is exceeded."""

ON_CHIP = (
    nengo.LIF,
    nengo.SpikingRectifiedLinear,
    nengo.RegularSpiking,
    nengo_loihi.LoihiLIF,
    nengo_loihi.LoihiSpikingRectifiedLinear,
)
"""Neuron types that the chip has; a subclass adds what it has not."""


@dataclass(frozen=True)
class Partition:
    """A network on a board.

    Attributes
    ----------
    board : Board
    cores : list of dict
        Of each core: its block, and how much of each limit is used.
    connections : list of dict
        Of each group of synapses: its source (a block or the host), its block, its
        weights, those that are zero on the chip, the bits of its weights that are lost
        for their size beside the block's largest, and what rounding changed (root mean
        square, over that of the weights; weights of a memory are rounded before).
    host : list of str
        What runs on the host.
    memories : list of dict
        Of each memory: the expected NRMSE of its window, before quantization.
    totals : dict
        Cores, chips, compartments, synapse bits; spikes and synaptic operations a
        second; joules a second and an inference.
    problems : list of dict
        Each limit that is exceeded: where, by how much, and what to change.
    """

    board: Board
    cores: list
    connections: list
    host: list
    memories: list
    totals: dict
    problems: list

    @property
    def fits(self):
        """Whether the board can hold the network."""
        return not self.problems

    def check(self):
        """Raise a ValidationError, of one line, if the network does not fit."""
        if not self.fits:
            worst = max(self.problems, key=lambda p: p["used"] / p["allowed"])
            raise ValidationError(
                f"does not fit {self.board.name}: {worst['where']} has "
                f"{worst['used']} {worst['limit'].replace('_', ' ')}, "
                f"{worst['used'] - worst['allowed']} more than the "
                f"{worst['allowed']} allowed; {worst['advice']}",
                attr="network",
            )

    def as_dict(self):
        """Everything, in types that JSON knows."""
        return {"fits": self.fits, **asdict(self)}


def partition(network, board=None, *, dt=0.001, inference=None):
    """Lay out a network on the cores of a board.

    Parameters
    ----------
    network : nengo.Network
    board : Board, optional
        By default one chip.
    dt : float, optional
        Time step of the chip, in seconds.
    inference : float, optional
        Seconds of one inference, for its joules; by default one time step.

    Returns
    -------
    Partition

    Raises
    ------
    BuildError
        If the chip has not what the network asks for.
    ValidationError
        If nothing is on the chip, a neuron is to fire above 1 / dt, or a neuron type
        would lose what makes it different on the chip.
    """
    board = Board() if board is None else board
    dt = checks.dt(dt)
    inference = dt if inference is None else checks.positive(inference, "inference")
    network = lay_out(network)
    named = _Names(network)
    model = _build(network, dt, named)
    exact = {
        synapse: [weights.copy() for weights in synapse.weights]
        for block in model.blocks
        for synapse in block.synapses
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Lost . extra bits")  # they are reported
        _on_one_line(nengo_loihi.builder.discretize.discretize_model, model)

    cores = [_core(block, named) for block in model.blocks]
    chips = -(-len(cores) // board.cores)
    problems = [
        _problem(core["block"], limit, core[limit], getattr(board, limit))
        for core in cores
        for limit in ("compartments", "input_axons", "output_axons", "synapse_bits")
        if core[limit] > getattr(board, limit)
    ]
    if chips > board.chips:
        problems.append(_problem("the network", "chips", chips, board.chips))
    memories = networks_of(network, ChipMemory)
    return Partition(
        board=board,
        cores=cores,
        connections=_connections(model, exact, named),
        host=[
            named(obj)
            for obj in network.all_ensembles + network.all_nodes
            if not model.split.on_chip(obj)
            and obj not in model.split.passthrough.to_remove
        ],
        memories=[_expected(memory, named) for memory in memories],
        totals={
            "cores": len(cores),
            "chips": chips,
            "compartments": sum(core["compartments"] for core in cores),
            "synapse_bits": sum(core["synapse_bits"] for core in cores),
            **expected_activity(model, network, memories, inference),
        },
        problems=problems,
    )


def _expected(memory, named):
    """Expected error of a memory; None where it cannot be known."""
    found = predict(memory.design)
    return {
        "memory": named(memory),
        "nrmse": None if found.warning else found.nrmse,
        "missed": found.missed,
        "nrmse_past": None if found.warning else found.nrmse_past,
        "best_order": found.best_order,
        "limit": found.limit,
        "advice": found.warning or found.advice,
    }


def _build(network, dt, named):
    """The model of the chip, split over cores, its weights not yet quantized."""
    model = nengo_loihi.builder.Model(dt=dt)
    # limits are for the report, not for an exception at the first of them
    model.validation_level = nengo_loihi.builder.builder.ValidationLevel.NONE
    with warnings.catch_warnings():
        # nengo-loihi warns of what a simulation will not do; that will warn again.
        warnings.filterwarnings("ignore", module="nengo_loihi")
        _on_one_line(model.build, network, discretize=False)
    if not model.blocks:
        raise ValidationError(
            "has nothing on the chip: it needs an ensemble that is not on the host",
            attr="network",
        )
    for ensemble in network.all_ensembles:
        if not model.split.on_chip(ensemble):
            continue
        kind = type(ensemble.neuron_type)
        if kind not in ON_CHIP:
            raise ValidationError(
                f"{named(ensemble)} has {kind.__name__} neurons, which the chip does "
                "not have",
                attr="neuron_type",
            )
        if ensemble.neuron_type == comparators(dt):
            continue  # they spike at each step in which they are above a threshold
        fastest = np.max(model.params[ensemble].max_rates)
        if fastest > (1 + 1e-6) / dt:
            raise ValidationError(
                f"{named(ensemble)} has rates to {fastest:.0f} Hz, but the chip spikes "
                f"at most once a step, at {1 / dt:.0f} Hz",
                attr="max_rates",
            )
    return model


def _on_one_line(function, *args, **kwargs):
    """Call a part of nengo-loihi's builder; its errors take several lines, or none."""
    try:
        return function(*args, **kwargs)
    except (BuildError, NotImplementedError) as error:
        raise BuildError(" ".join(str(error).split())) from error
    except AssertionError as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise BuildError(
            f"nengo-loihi cannot build this network ({last.name}: {last.line})"
        ) from error


class _Names:
    """Short names of objects, and of what nengo-loihi named after them.

    nengo tells objects without a label apart by their address; here they are counted.
    """

    def __init__(self, network):
        kinds = (networks_of(network), network.all_ensembles, network.all_nodes)
        self._counted = {
            str(obj): f"{type(obj).__name__} {i}"
            for objects in kinds
            for i, obj in enumerate(objects)
            if obj.label is None
        }

    def __call__(self, obj):
        name = re.sub(
            r"<(\w+) \(unlabeled\) at 0x[0-9a-f]+>",
            lambda long: self._counted.get(long[0], long[1]),
            str(obj),
        )
        name = re.sub(r"<\w+ ['\"]([^<>]*)['\"]>", r"\1", name)
        return re.sub(r"<Connection from (.*?) to (.*?)>", r"\1 to \2", name)


def _core(block, named):
    used = {name: count for name, (count, _) in block.utilization().items()}
    return {
        "block": named(block.label),
        "compartments": int(used["compartments"]),
        "input_axons": int(used["in-axons"]),
        "output_axons": int(used["out-axons"]),
        "synapse_bits": int(used["synapses"]),
    }


def _problem(where, limit, used, allowed):
    return {
        "where": where,
        "limit": limit,
        "used": used,
        "allowed": allowed,
        "advice": ADVICE[limit],
    }


def _connections(model, exact, named):
    """Weights, lost bits and error of the synapses, those of split blocks together."""
    part = re.compile(r"\[[\d:]+\]$")
    source = dict.fromkeys(exact, "nothing")
    for block in model.blocks:
        source.update((axon.target, named(block.label)) for axon in block.axons)
    for spikes in model.inputs:
        source.update((axon.target, "the host") for axon in spikes.axons)
    groups = defaultdict(list)
    for block in model.blocks:
        for synapse in block.synapses:
            labels = (source[synapse], named(block.label), named(synapse.label))
            groups[tuple(part.sub("", label) for label in labels)].append(synapse)
    rows = []
    for (pre, block, label), synapses in groups.items():
        errors = [_weight_error(exact[s], s.weights) for s in synapses]
        weights = np.concatenate([w.ravel() for s in synapses for w in s.weights])
        rows.append(
            {
                "source": pre,
                "block": block,
                "synapse": label,
                "weights": weights.size,
                "zeros": int(np.sum(weights == 0)),
                "bits_lost": max(_bits_lost(s) for s in synapses),
                "weight_error": float(np.sqrt(np.mean(np.square(errors)))),
            }
        )
    return rows


def _bits_lost(synapse):
    """Bits that the exponent of the weights shifts out, beside those it always does."""
    kept = synapse.synapse_cfg.shift_bits + synapse.synapse_cfg.weight_exp
    return max(0, -kept) if synapse.max_abs_weight() > 0 else 0


def _weight_error(exact, rounded):
    """RMS of what rounding changed over the RMS of the weights.

    The chip's weights are in units of their own; the scale that fits them best is
    taken.
    """
    exact = np.concatenate([weights.ravel() for weights in exact]).astype(float)
    rounded = np.concatenate([weights.ravel() for weights in rounded]).astype(float)
    if not np.any(exact):
        return 0.0
    scale = exact @ rounded / max(rounded @ rounded, 1.0)
    return float(np.linalg.norm(exact - scale * rounded) / np.linalg.norm(exact))
