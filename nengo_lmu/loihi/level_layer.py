"""A trained layer of rectified units on the chip, that reads a chain.

Neurons of a chain say at each step what its value is. So do those of this layer: a unit
max(0, w x + b) is a few comparators of the same weights, with thresholds at even
distances; the number of them that spike is the unit's activity. Registers keep nothing
from step to step. The outputs are registers as well: two steps after a value of x its
outputs are there, and nothing has to be held.

A core has 4,096 input axons. So the layer hears a part of each population only, every
second or third neuron, and takes the middle between the thresholds that it hears.
"""

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.loihi.chain import comparators
from nengo_lmu.loihi.chain_weights import MOST_AXONS, MOST_BITS, row_bits

STEPS = 2
"""Steps from the spikes of the chain to the outputs."""

PEAK = 0.97
"""Quantile of a unit's activity, where it is active, at which its levels end.

From 0.9 to 0.99 three and four levels classify digits of the training data equally well
(within 0.6 %); 0.999 is worse."""

MOST_BIAS = 30.0
"""Largest bias over the largest weight. Registers of the chip hold 32."""

FULL_WEIGHTS = 400
"""Largest weights that an output takes before it would spike."""

NEIGHBOURS = 5
"""Cores of the chain that a core of it may send to."""


class LevelLayer(nengo.Network):
    """A trained layer and its outputs, in comparators.

    Parameters
    ----------
    chain : Chain
        The memory, in the same `ChipNetwork`.
    weights, bias : (n_units, order) and (n_units,) array
        From the state in Legendre coordinates.
    readout, readout_bias : (n_outputs, n_units) and (n_outputs,) array
    states : (n_points, order) array
        Expected states, which the levels are made for.
    n_levels : int, optional
        Comparators of a unit.
    every : int, optional
        1: the layer hears all neurons of a population; n: one of n of each sign.

    Attributes
    ----------
    comparators : list of nengo.Ensemble
        The comparators, one ensemble for each core. The last one always spikes; it has
        the bias of the outputs.
    outputs : nengo.Ensemble
        A neuron for each output, the input current of which is the output, in units
        that all of them share.
    """

    def __init__(
        self,
        chain,
        weights,
        bias,
        readout,
        readout_bias,
        states,
        *,
        n_levels=3,
        every=3,
    ):
        super().__init__(label="levels")
        n_levels = checks.integer(n_levels, attr="n_levels", obj=self)
        self.chain, self.neuron_type = chain, comparators(chain.design.dt)
        self.synapse = nengo.Lowpass(self.neuron_type.tau_rc)
        heard = [heard_of(p, every) for p in chain.loop.populations]
        n_heard = sum(len(neurons) for neurons, _ in heard)
        if n_heard > MOST_AXONS:
            allowed = f"enough for at most {MOST_AXONS} neurons that are heard"
            checks.fail("every", allowed, every, self)
        steps = np.array([np.max(np.abs(steps)) for _, steps in heard])
        encoders, offsets, points, activity = in_levels(
            weights @ chain.loop.realization.inverse,
            bias,
            states @ weights.T,
            steps,
            n_levels,
        )
        decoders = np.repeat(readout, n_levels, axis=1) * activity
        # The bias of the outputs is that of a neuron that hears nothing.
        encoders = np.vstack([encoders, np.zeros(encoders.shape[1])])
        offsets = np.append(offsets, 2.0)
        points = np.hstack([points, np.zeros((len(points), 1))])
        decoders = np.column_stack([decoders, readout_bias])
        size = largest_core(n_heard)
        parts = [slice(k, k + size) for k in range(0, len(offsets), size)]
        with self:
            self.comparators = [
                self._ensemble(offsets[part], points[:, part], "levels")
                for part in parts
            ]
            self.outputs = self._read(decoders, parts)
            for part, ensemble in zip(parts, self.comparators, strict=True):
                self._hear(heard, encoders[part], ensemble)

    def _ensemble(self, offsets, points, label):
        """Comparators of one current each, with thresholds at 1 - offset."""
        n = len(offsets)
        # Currents within the range, so that nengo can tell the rates.
        gain = 1.1 + np.abs(1 - offsets)
        return nengo.Ensemble(
            n,
            n,
            encoders=np.eye(n),
            gain=gain,
            bias=offsets,
            neuron_type=self.neuron_type,
            eval_points=points / gain,
            noise=None,
            label=label,
        )

    def _read(self, decoders, parts):
        """The outputs, and the connections from the comparators."""
        n = len(decoders)
        outputs = self._ensemble(np.zeros(n), np.zeros((1, n)), "outputs")
        decoders = decoders / (FULL_WEIGHTS * np.max(np.abs(decoders)))
        for part, ensemble in zip(parts, self.comparators, strict=True):
            self._connect(ensemble.neurons, outputs, decoders[:, part])
        return outputs

    def _hear(self, heard, encoders, ensemble):
        """Connect the heard neurons of each core to an ensemble."""
        for core, pre in self.chain:
            neurons, weights = [], []
            for population, part in self.chain.members(core):
                k = population.columns.start
                # Neurons of the population that are on this core begin at `first`.
                first = core.neurons.start + part.start - self.chain.starts[k]
                of, steps = heard[k]
                here = (of >= first) & (of < first + part.stop - part.start)
                neurons += (of[here] - first + part.start).tolist()
                weights.append(np.outer(encoders[:, k], steps[here]))
            if neurons:
                self._connect(pre.neurons[neurons], ensemble, np.hstack(weights))

    def _connect(self, pre, post, weights):
        # nengo multiplies weights onto neurons by their gain; its spikes are 1 / dt.
        weights = weights / post.gain[:, None] * self.chain.design.dt
        nengo.Connection(pre, post.neurons, transform=weights, synapse=self.synapse)


def heard_of(population, every):
    """Neurons of a population that a layer hears, and by how much each adds to x.

    Parameters
    ----------
    population : Population
        Of a chain.
    every : int
        1: all; n: one of n neurons of each sign, in the order of their thresholds.

    Returns
    -------
    neurons, steps : (n,) array of int, (n,) array
    """
    every = checks.integer(every, attr="every")
    tuning = population.tuning
    thresholds = (1 - tuning.bias) / tuning.gain
    neurons, steps = [], []
    for sign in (1, -1):
        of = np.flatnonzero(tuning.encoders[:, 0] == sign)[every // 2 :: every]
        ends = np.append(thresholds[of], 1.0)
        neurons.append(of)
        steps.append(sign * np.diff((ends[1:] + ends[:-1]) / 2, prepend=0.0))
    return np.concatenate(neurons), np.concatenate(steps)


def largest_core(n_axons):
    """Neurons of a core on which as many axons end, each at all of them."""
    n = 1
    while n_axons * row_bits(n + 1) <= MOST_BITS:
        n += 1
    return n


def most_neurons(n_comparators, n_heard):
    """Neurons that a core of the chain may have, for its axons to reach the layer.

    Parameters
    ----------
    n_comparators : int
        Of the layer, with that of the bias.
    n_heard : int
        Neurons of the chain that the layer hears.
    """
    cores = -(-n_comparators // largest_core(n_heard))
    return MOST_AXONS // (cores + NEIGHBOURS)


def in_levels(weights, bias, sums, steps, n_levels):
    """The comparators of rectified units.

    Weights of each unit are as large as those of the others, so that none of them loses
    bits, unless its bias would be too large beside them.

    Parameters
    ----------
    weights, bias : (n_units, order) and (n_units,) array
        From x.
    sums : (n_points, n_units) array
        Expected weighted sums, without the bias.
    steps : (order,) array
        The most that a spike adds to x.
    n_levels : int

    Returns
    -------
    encoders, offsets : (n, order) and (n,) array
        A comparator spikes where ``encoders @ x + offset`` is above 1.
    points : (n_points, n) array
        Expected values of ``encoders @ x``.
    activity : (n,) array
        What its spike adds to that of the unit.
    """
    peaks = peak_currents(sums + bias)
    largest = np.max(np.abs(weights) * steps, axis=1)
    scales = np.maximum(largest, (np.abs(bias) + peaks) / MOST_BIAS)
    thresholds = np.outer(peaks, (np.arange(n_levels) + 0.5) / n_levels)
    offsets = 1 + ((bias[:, None] - thresholds) / scales[:, None]).ravel()
    encoders, points, activity = (
        np.repeat(of, n_levels, axis=axis)
        for of, axis in (
            (weights / scales[:, None], 0),
            (sums / scales, 1),
            (peaks / n_levels, 0),
        )
    )
    return encoders, offsets, points, activity


def peak_currents(currents):
    """Where the levels of each unit end, from its currents (n_points, n_units)."""
    active = [of[of > 0] if np.any(of > 0) else np.abs(of) for of in currents.T]
    return np.array([np.quantile(of, PEAK) for of in active])
