"""The weights of a chain on its cores, in steps that the chip holds."""

from dataclasses import dataclass, field

import numpy as np

from nengo_lmu.loihi.arithmetic import (
    BIAS_MAX,
    LARGEST,
    register_integral,
    scale_weight,
    weight_unit,
)
from nengo_lmu.loihi.dense import N_LINES

GAINS = 2.0, 12.0
"""Least and largest current at the end of the range, the threshold being 1.

Registers hold currents up to 16, biases from -1 to 1: these limit the scale of a core
more than thresholds do. So a neuron of a low threshold has a large gain, which makes
the steps of its weights fine beside the value, and that of the highest threshold has
2."""

MOST_BITS, MOST_NEURONS, MOST_AXONS = 2**20, 1024, 4096
"""What a core holds: bits of synapses, neurons, axons from other cores and its own."""


@dataclass(frozen=True, eq=False)
class ChainCore:
    """Neurons of a chain on one core, and the weights onto them.

    Parameters
    ----------
    neurons : slice
        Which neurons of the loop they are.
    sources : slice
        Neurons of the loop from the first to the last that are connected to them.
    unit : float
        Step of the weights, in units of current a spike.
    steps : (n_sources, n) array of int
        Weights from the sources, in units.
    line_weights : (N_LINES + 1, n) array
        From the lines of the input, in units of current a spike. The last line never
        spikes; its weights set the scale of the core.
    """

    neurons: slice
    sources: slice
    unit: float
    steps: np.ndarray = field(repr=False)
    line_weights: np.ndarray = field(repr=False)


def counted(values, weights, unit):
    """Weights of one population's neurons, so that the sums of them are right.

    Neurons spike in the order of their thresholds: a target sees the sum of the first k
    weights. Each of these sums is rounded, not each weight.

    Parameters
    ----------
    values : (n,) array
        What k + 1 spikes stand for.
    weights : (n_targets,) array
        For a value of 1.
    unit : float

    Returns
    -------
    (n, n_targets) array of int
        In units, `LARGEST` at most.
    """
    sums = np.round(np.outer(values, weights) / unit)
    steps = np.diff(sums, axis=0, prepend=0.0)
    if np.max(np.abs(steps), initial=0) > LARGEST:
        raise ValueError(f"a weight of more than {LARGEST} units of {unit:g}")
    return steps.astype(np.int16)


def gains(levels, recurrent, drive):
    """Gains of the neurons of each population, see `GAINS`.

    Parameters
    ----------
    levels : list of pairs of Levels
        Of each population, both signs.
    recurrent : (order, order) array
        From the decoded x to the register, for one step.
    drive : (order,) array
        From the largest input.
    """
    of_populations = []
    for of, largest in zip(levels, _largest(levels, recurrent, drive), strict=True):
        thresholds = np.concatenate([sign.thresholds for sign in of])
        # Weights are to fit steps as fine as this lets them be.
        most = np.clip((LARGEST - 1) * 64.1 / BIAS_MAX / largest, *GAINS)
        of_populations.append(np.minimum(most, GAINS[0] / thresholds))
    return of_populations


def _largest(levels, recurrent, drive):
    """Largest weight onto each population, for a gain of 1, as x changes by a spike."""
    steps = [max(np.max(np.diff(s.values, prepend=0)) for s in of) for of in levels]
    return np.maximum(np.max(np.abs(recurrent) * steps, axis=1), abs(drive) / N_LINES)


class Weights:
    """Places the populations of a chain on cores and rounds their weights.

    Parameters
    ----------
    levels : list of pairs of Levels
    tunings : list of Tuning
    recurrent, drive : (order, order) and (order,) array
        As of `gains`.
    pole : float
        Of the synapse.
    dt : float
        Time step in seconds.
    most_neurons : int, optional
        Of a core.
    """

    def __init__(
        self, levels, tunings, recurrent, drive, pole, dt, most_neurons=MOST_NEURONS
    ):
        self.levels, self.tunings = levels, tunings
        self.most_neurons = most_neurons
        self.recurrent, self.drive = recurrent, drive
        self.integral = register_integral(pole)
        self.pole, self.dt = pole, dt
        self.sizes = [len(tuning.gain) for tuning in tunings]
        self.starts = np.append(0, np.cumsum(self.sizes))
        self.linked = recurrent != 0
        largest = self.integral * _largest(levels, recurrent, drive)
        # A rounded step may be one unit larger than the weight.
        largest *= LARGEST / (LARGEST - 1)
        self.units = [
            weight_unit(
                of * np.max(tuning.gain),
                np.max(np.abs(tuning.bias)),
                pole,
                tuning.neuron_type,
                dt,
            )
            for of, tuning in zip(largest, tunings, strict=True)
        ]

    def cores(self):
        """The cores, in the order of the neurons."""
        parts = list(self._parts())
        slices = [part for _, part in parts]
        return [self._core(members, part, slices) for members, part in parts]

    def _parts(self):
        """Populations (a range) and neurons (a slice of the loop's) of each core."""
        first, order = 0, len(self.sizes)
        while first < order:
            stop = first + 1
            while stop < order and self._share(first, stop + 1):
                stop += 1
            n_parts = 1
            while not self._fits(first, stop, n_parts):
                n_parts += 1
            begin, n = self.starts[first], self.starts[stop] - self.starts[first]
            cuts = begin + np.arange(n_parts + 1) * n // n_parts
            for low, high in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
                yield range(first, stop), slice(low, high)
            first = stop

    def _share(self, first, stop):
        """Whether these populations are to share a core, and the scale of its weights.

        The first one, whose weights from the input are large, has a coarse scale.
        """
        units = self.units[first:stop]
        return max(units) < 1.1 * min(units) and self._fits(first, stop)

    def _fits(self, first, stop, n_parts=1):
        """Whether these populations, or each part of them, fit a core."""
        n = -(-sum(self.sizes[first:stop]) // n_parts)
        sources = np.flatnonzero(np.any(self.linked[first:stop], axis=0))
        axons = 2 * N_LINES + 2 + sum(self.sizes[j] for j in sources)
        bits = (2 * N_LINES + 2) * row_bits(n)
        for j in sources:
            targets = np.flatnonzero(self.linked[first:stop, j]) + first
            reached = -(-sum(self.sizes[k] for k in targets) // n_parts)
            bits += self.sizes[j] * row_bits(reached)
        return bits <= MOST_BITS and n <= self.most_neurons and axons <= MOST_AXONS

    def _core(self, members, neurons, parts):
        members = np.array(members)
        sources = np.flatnonzero(np.any(self.linked[members], axis=0))
        begin, end = self.starts[sources[0]], self.starts[sources[-1] + 1]
        unit = max(self.units[k] for k in members)
        base = self.starts[members[0]]
        n_targets = self.starts[members[-1] + 1] - base
        steps = np.zeros((end - begin, n_targets), np.int16)
        for k in members:
            to = slice(self.starts[k] - base, self.starts[k + 1] - base)
            for j in np.flatnonzero(self.linked[k]):
                of = slice(self.starts[j] - begin, self.starts[j + 1] - begin)
                steps[of, to] = self._steps(j, k, unit)
        own = slice(neurons.start - base, neurons.stop - base)
        steps = steps[:, own].copy()
        for part in parts:
            low, high = max(part.start, begin) - begin, min(part.stop, end) - begin
            if low < high:
                _two_steps(steps[low:high])
        return ChainCore(
            neurons,
            slice(int(begin), int(end)),
            float(unit),
            steps,
            self._lines(members, unit)[:, own].copy(),
        )

    def _steps(self, j, k, unit):
        """From population j to population k."""
        tuning = self.tunings[k]
        weights = self.integral * self.recurrent[k, j] * self._encode(tuning)
        positive, negative = self.levels[j]
        return np.vstack(
            [
                counted(positive.values, weights, unit),
                -counted(negative.values, weights, unit),
            ]
        )

    def _lines(self, members, unit):
        largest_input = np.concatenate(
            [
                self.integral * self.drive[k] * self._encode(self.tunings[k])
                for k in members
            ]
        )
        # All lines carry the same value: their sum is to be right.
        lines = unit * counted(np.arange(1, N_LINES + 1) / N_LINES, largest_input, unit)
        return np.vstack([lines, np.full(lines.shape[1], scale_weight(unit))])

    @staticmethod
    def _encode(tuning):
        return tuning.gain * tuning.encoders[:, 0]


def _two_steps(steps):
    """Let one weight have two steps, where none has, in place.

    nengo-loihi would double a synapse of single steps: its exponents end at -6.
    """
    if np.max(np.abs(steps), initial=0) == 1:
        steps[np.unravel_index(np.argmax(np.abs(steps)), steps.shape)] *= 2


def row_bits(n):
    """Bits of the n weights of an axon, as nengo-loihi counts them.

    64 weights have 8 bits each and share a header of 10, in words of 64 bits.
    """
    whole, rest = divmod(int(n), 64)
    return whole * 576 + (-(-(8 * rest + 10) // 64) * 64 if rest else 0)
