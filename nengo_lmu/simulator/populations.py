"""Populations of neurons: the operators from bias to spikes, taken as one.

Nengo builds an ensemble as a chain of operators over all its neurons: copy the bias
to the currents, add the encoded value, make rates or spikes. Each pass goes through
memory once. Where nothing else touches what lies between, the chain is one
`Population`: Poisson neurons are then simulated by their events, together with the
decoders that read them, and all others in tiles that stay in the processor's cache.
"""

from collections import defaultdict

from nengo.builder.neurons import SimNeurons
from nengo.builder.operator import Copy, DotInc, Operator, Reset
from nengo.ensemble import Ensemble
from nengo.neurons import PoissonSpiking, RegularSpiking, StochasticSpiking

from nengo_lmu.simulator.compiled import Uncompiled, counterpart
from nengo_lmu.simulator.kernels.poisson import plan_events
from nengo_lmu.simulator.kernels.products import columns, encode
from nengo_lmu.simulator.shortcuts import Clear

#: Neurons in a tile: their currents, states and output fit the first-level cache.
_TILE = 512


class Population(Operator):
    """The chain of operators that makes a represented value into spikes or rates.

    Parameters
    ----------
    copying : Copy
        Sets the currents to the bias.
    encoding : DotInc
        Adds the encoded value.
    neurons : list of SimNeurons
        One operator, or a rate and the operator that makes spikes of it.
    decoding : list of DotInc
        Products of the output with weights that are constant.
    radius : float
        Radius of the ensemble.
    named : bool
        Whether anything else reads the output.
    dense : bool
        Whether anything but products reads the output.
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


def find_populations(model, operators):
    """The operators of a model, with each chain replaced by its `Population`.

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
        if type(neurons) is not SimNeurons or neurons.J.is_view:
            continue
        others = [op for op in touching[neurons.J] if op is not neurons]
        if {type(op) for op in others} != {Copy, DotInc} or len(others) != 2:
            continue
        copying, encoding = sorted(others, key=lambda op: type(op) is DotInc)
        if (
            copying.inc
            or copying.dst is not neurons.J
            or copying.dst_slice is not None
            or copying.src_slice is not None
            or encoding.Y is not neurons.J
            or encoding.A not in radius
        ):
            continue
        chain = [neurons]
        readers = [op for op in touching[neurons.output] if op is not neurons]
        if len(readers) == 1 and _makes_spikes(readers[0], neurons.output):
            chain.append(readers[0])
            readers = [op for op in touching[chain[1].output] if op is not chain[1]]
        output = chain[-1].output
        products = [op for op in readers if type(op) is DotInc and op.X is output]
        decoding = []
        if type(chain[-1].neurons) is PoissonSpiking:
            decoding = [op for op in products if _decodes(op, touching)]
        population = Population(
            copying,
            encoding,
            chain,
            decoding,
            radius[encoding.A],
            len(decoding) < len(readers),
            len(products) < len(readers),
        )
        for op in population.parts:
            replaced[op] = population
    return list(dict.fromkeys(replaced.get(op, op) for op in operators))


def _makes_spikes(op, rate):
    return (
        type(op) is SimNeurons
        and op.J is rate
        and type(op.neurons) in (PoissonSpiking, RegularSpiking, StochasticSpiking)
    )


def _decodes(op, touching):
    """Whether a product is one with constant weights, and can be done at once.

    Nothing but zeros may be put where it adds to: what sets it otherwise may wait for
    the population.
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


@counterpart(Population)
def plan_population(plan, population):
    if len(population.neurons) == 2:
        try:
            plan_events(plan, population)
            return
        except Uncompiled:
            pass
    encoding = population.encoding
    n, d = encoding.A.shape
    x = plan.line(encoding.X)
    weights, s_row, s_column = columns(plan, encoding.A)
    for start in range(0, n, _TILE):
        tile = slice(start, min(start + _TILE, n))
        plan.row(
            encode,
            tile.stop - start,
            d,
            weights + start * s_row,
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
    for op in population.decoding:
        plan.add(op)
