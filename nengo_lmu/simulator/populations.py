"""Populations of neurons: one operator for the chain from bias to spikes.

Nengo builds an ensemble as a chain of operators over all its neurons: copy the bias
to the currents, add the encoded value, compute rates or spikes. Each of them passes
through memory once. If no other operator uses the intermediate signals, the chain is
replaced by one `SimPopulation`. Poisson neurons are then simulated by their events,
together with the decoders that read them, or, where many are alike, by the number of
spikes of each group; other neurons are simulated in tiles that stay in the processor's
cache.
"""

from collections import defaultdict
from itertools import pairwise

from nengo.builder.neurons import SimNeurons
from nengo.builder.operator import Copy, DotInc, Operator, Reset
from nengo.ensemble import Ensemble
from nengo.neurons import PoissonSpiking, RegularSpiking, StochasticSpiking

from nengo_lmu.simulator.compiled import counterpart
from nengo_lmu.simulator.kernels.operator import (
    add,
    columns,
    encode,
    fill,
    plan_product,
)
from nengo_lmu.simulator.kernels.poisson import by_events, plan_events
from nengo_lmu.simulator.kernels.poisson_alike import alike_groups, plan_alike
from nengo_lmu.simulator.optimizer import Clear

#: Neurons in a tile. Their currents, states and output fit in the first-level cache.
_TILE = 512

#: Populations with more neurons than this are divided into blocks of about the second
#: number, which several threads can simulate. A step of a block takes 10 us or more;
#: assigning it to a thread takes 0.03 us. The numbers do not depend on the number of
#: threads, because the blocks determine the order of sums.
LARGE = 50_000
_BLOCK = 25_000


class SimPopulation(Operator):
    """The chain of operators from a represented value to spikes or rates.

    Parameters
    ----------
    copying : Copy
        Sets the currents to the bias.
    encoding : DotInc
        Adds the encoded value.
    neurons : list of SimNeurons
        One operator, or a rate and the operator that turns it into spikes.
    decoding : list of DotInc
        Products of the output with constant weights.
    radius : float
        Radius of the ensemble.
    named : bool
        Whether other operators than ``decoding`` read the output.
    dense : bool
        Whether other operators than products read the output.
    """

    def __init__(self, copying, encoding, neurons, decoding, radius, named, dense):
        super().__init__(tag=encoding.tag)
        self.parts = [copying, encoding, *neurons, *decoding]
        self.encoding = encoding
        self.neurons = neurons
        self.decoding = decoding
        self.radius = radius
        self.named = named
        self.dense = dense
        self.sets = [encoding.Y, *(sig for op in neurons for sig in op.sets)]
        self.incs = [op.Y for op in decoding]
        self.reads = [copying.src, encoding.A, encoding.X, *(op.A for op in decoding)]
        self.updates = []

    @property
    def bias(self):
        return self.reads[0]

    @property
    def n_neurons(self):
        return self.bias.size


def find_populations(model, operators):
    """The operators of a model, with each chain replaced by a `SimPopulation`.

    Parameters
    ----------
    model : nengo.builder.Model
        The model that the operators come from.
    operators : list of Operator

    Returns
    -------
    list of Operator
    """
    radius = {
        signals["encoders"]: obj.radius
        for obj, signals in model.sig.items()
        if isinstance(obj, Ensemble) and "encoders" in signals
    }
    touching = defaultdict(list)
    for op in operators:
        for base in {sig.base for sig in op.all_signals}:
            touching[base].append(op)

    replaced = {}
    for neurons in operators:
        if type(neurons) is SimNeurons:
            population = _find_population(neurons, touching, radius)
            if population is not None:
                replaced.update(dict.fromkeys(population.parts, population))
    return list(dict.fromkeys(replaced.get(op, op) for op in operators))


def _find_population(neurons, touching, radius):
    """The population whose currents a neuron operator reads, or None.

    Parameters
    ----------
    neurons : SimNeurons
    touching : dict
        Base signal -> operators that use it.
    radius : dict
        Signal of the encoders -> radius of the ensemble.
    """
    if neurons.J.is_view:
        return None
    others = [op for op in touching[neurons.J] if op is not neurons]
    if {type(op) for op in others} != {Copy, DotInc} or len(others) != 2:
        return None
    copying, encoding = sorted(others, key=lambda op: type(op) is DotInc)
    if (
        copying.inc
        or copying.dst is not neurons.J
        or copying.dst_slice is not None
        or copying.src_slice is not None
        or encoding.Y is not neurons.J
        or encoding.A not in radius
    ):
        return None
    chain = [neurons]
    readers = [op for op in touching[neurons.output] if op is not neurons]
    if len(readers) == 1 and _makes_spikes(readers[0], neurons.output):
        chain.append(readers[0])
        readers = [op for op in touching[chain[1].output] if op is not chain[1]]
    output = chain[-1].output
    products = [op for op in readers if type(op) is DotInc and op.X is output]
    decoding = []
    if type(chain[-1].neurons) is PoissonSpiking or neurons.J.size > LARGE:
        decoding = [op for op in products if _decodes(op, touching)]
    return SimPopulation(
        copying,
        encoding,
        chain,
        decoding,
        radius[encoding.A],
        len(decoding) < len(readers),
        len(products) < len(readers),
    )


def _makes_spikes(op, rate):
    return (
        type(op) is SimNeurons
        and op.J is rate
        and type(op.neurons) in (PoissonSpiking, RegularSpiking, StochasticSpiking)
    )


def _decodes(op, touching):
    """Whether a product has constant weights and can be part of the population.

    Its target may only be set to zero: an operator that sets another value may depend
    on the population.
    """
    return (
        op.A.ndim == 2
        and op.A.readonly
        and all(
            op.A.base is not sig.base
            for other in touching[op.A.base]
            for sig in other.sets + other.incs + other.updates
        )
        and all(
            type(other) in (Clear, Reset)
            for other in touching[op.Y.base]
            if any(sig.base is op.Y.base for sig in other.sets)
        )
    )


@counterpart(SimPopulation)
def plan_population(plan, population):
    n = population.n_neurons
    targets = [plan.line(op.Y) for op in population.decoding]
    groups = alike_groups(plan, population)
    if groups is not None:
        plan_alike(plan, population, groups, targets)
        return
    plan_block = plan_events if by_events(plan, population) else _plan_tiles
    if n <= LARGE:
        plan_block(plan, population, slice(0, n), targets)
        return
    n_blocks = round(n / _BLOCK)
    edges = [round(k * n / n_blocks / _TILE) * _TILE for k in range(n_blocks)] + [n]
    sizes = [op.Y.size for op in population.decoding]
    sums = []
    for start, stop in pairwise(edges):
        with plan.task():
            partial = [plan.work(size) for size in sizes]
            for y, size in zip(partial, sizes, strict=True):
                plan.row(fill, 1, size, y, 0, 1, plan.constants(0))
            targets_of_block = [(y, 1) for y in partial]
            plan_block(plan, population, slice(start, stop), targets_of_block)
        sums.append(partial)
    for partial in sums:
        for x, (y, stride), size in zip(partial, targets, sizes, strict=True):
            plan.row(add, 1, size, y, 0, stride, x, 0, 1)


def _plan_tiles(plan, population, block, targets):
    """Plan some neurons of a population in tiles.

    The arguments are those of `plan_events`.
    """
    encoding = population.encoding
    x = plan.line(encoding.X)
    weights, s_row, s_column = columns(plan, encoding.A[block])
    for start in range(block.start, block.stop, _TILE):
        tile = slice(start, min(start + _TILE, block.stop))
        plan.row(
            encode,
            tile.stop - start,
            encoding.A.shape[1],
            weights + (start - block.start) * s_row,
            s_row,
            s_column,
            *x,
            plan.at(encoding.Y[tile]),
            plan.at(population.bias[tile]),
        )
        for op in population.neurons:
            state = {key: sig[tile] for key, sig in op.state.items()}
            plan.add(
                SimNeurons(
                    op.neurons,
                    op.J[tile],
                    op.output[tile],
                    state={**state, **op.state_extra},
                )
            )
    for op, target in zip(population.decoding, targets, strict=True):
        plan_product(plan, op.A[:, block], op.X[block], *target)
