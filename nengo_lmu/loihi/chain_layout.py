"""The network of a chain: an ensemble for each core, weights to neighbours only."""

import nengo
import numpy as np
from scipy.sparse import csr_matrix

from nengo_lmu.design.synapses import lowpass_pole
from nengo_lmu.design.tuning import join
from nengo_lmu.loihi.dense import N_LINES

N_POINTS = 500
"""Expected values of a core's x, from which its rates are estimated."""


def chain_matrices(design, loop):
    """(Ad, Bd) of x, from the transforms of the loop."""
    pole = lowpass_pole(design.mapped_synapse, design.dt)
    Ad = (1 - pole) * loop.recurrent + pole * np.eye(design.order)
    return Ad, (1 - pole) * loop.drive


def _unchanged(t, x):
    return x


class Chain:
    """Ensembles and connections of a chain, made in the network that is open.

    Parameters
    ----------
    design : ChainDesign
    loop : ChainLoop
    lines : nengo.Node
        The input in spikes.

    Attributes
    ----------
    ensembles : list of nengo.Ensemble
        One for each core of the loop.
    """

    def __init__(self, design, loop, lines):
        self.design, self.loop = design, loop
        sizes = [p.n_neurons for p in loop.populations]
        self.starts = np.append(0, np.cumsum(sizes))
        self.ensembles = [self._ensemble(core) for core in loop.cores]
        for core, ensemble in self:
            for source, pre in self:
                self._connect(source, pre, core, ensemble)
            self._bring_input(core, ensemble, lines)

    def __iter__(self):
        return zip(self.loop.cores, self.ensembles, strict=True)

    @property
    def neurons(self):
        """Those of each population; of one that has several cores, of each part."""
        return [
            ensemble.neurons[part]
            for core, ensemble in self
            for _, part in self.members(core)
        ]

    def decode(self):
        """Add a node with what the spikes say of x, on the host."""
        decoded = nengo.Node(
            _unchanged, size_in=self.design.order, label="decoded chain"
        )
        for core, ensemble in self:
            self._decode(core, ensemble, decoded)
        return decoded

    def members(self, core):
        """Populations of a core, each with its neurons among those of the core."""
        begin, end = core.neurons.start, core.neurons.stop
        for k, population in enumerate(self.loop.populations):
            low, high = max(begin, self.starts[k]), min(end, self.starts[k + 1])
            if low < high:
                yield population, slice(int(low - begin), int(high - begin))

    def _tunings(self, core):
        for population, part in self.members(core):
            first = self.starts[population.columns.start] - core.neurons.start
            yield population.tuning.part(slice(part.start - first, part.stop - first))

    def _ensemble(self, core):
        """One ensemble for all neurons of a core."""
        tuning = join(list(self._tunings(core)))
        columns = [population.columns.start for population, _ in self.members(core)]
        rng = np.random.RandomState(0)
        points = rng.normal(size=(N_POINTS, len(columns)))
        return nengo.Ensemble(
            *tuning.encoders.shape,
            encoders=tuning.encoders,
            normalize_encoders=False,
            gain=tuning.gain,
            bias=tuning.bias,
            neuron_type=self.design.neuron_type,
            eval_points=points * self.loop.deviations[columns],
            radius=1.0,
            noise=None,
            label=_label(columns),
        )

    def _connect(self, source, pre, core, post):
        """The weights from one core to another, if there are any."""
        low = max(source.neurons.start, core.sources.start)
        high = min(source.neurons.stop, core.sources.stop)
        if low >= high:
            return
        steps = core.steps[low - core.sources.start : high - core.sources.start]
        if not np.any(steps):
            return
        # nengo multiplies weights onto neurons by their gain; its spikes are 1 / dt.
        gain = post.gain[:, None]
        weights = core.unit * steps.T.astype(float) / gain * self.design.dt
        if np.any(np.all(steps == 0, axis=0)) or len(list(self.members(core))) > 1:
            weights = nengo.Sparse(weights.shape, init=csr_matrix(weights))
        first = low - source.neurons.start
        nengo.Connection(
            pre.neurons[first : first + high - low],
            post.neurons,
            transform=weights,
            synapse=self.design.synapse,
        )

    @staticmethod
    def _bring_input(core, ensemble, lines):
        """The lines of the input; where it does not enter, the one without spikes."""
        weights = core.line_weights
        if not np.any(weights[:N_LINES]):
            lines, weights = lines[N_LINES:], weights[N_LINES:]
        nengo.Connection(
            lines,
            ensemble.neurons,
            transform=(weights / ensemble.gain).T,
            synapse=None,
        )

    def _decode(self, core, ensemble, decoded):
        """What the spikes of a core say of x."""
        n = core.neurons.stop - core.neurons.start
        decoders = np.zeros((self.design.order, n))
        columns = [population.columns.start for population, _ in self.members(core)]
        for population, part in self.members(core):
            k = population.columns.start
            first = part.start + core.neurons.start - self.starts[k]
            of = population.decoders[first : first + part.stop - part.start, 0]
            decoders[k, part] = of
        rows = slice(columns[0], columns[-1] + 1)
        nengo.Connection(
            ensemble.neurons, decoded[rows], transform=decoders[rows], synapse=None
        )


def _label(columns):
    first, last = columns[0], columns[-1]
    return f"x{first}" if first == last else f"x{first} to x{last}"
