"""The dense form of a memory on Loihi: its neurons, loops and rounded weights."""

from dataclasses import dataclass, field

import nengo
import numpy as np
from nengo.exceptions import ValidationError
from scipy.linalg import block_diag

from nengo_lmu import checks
from nengo_lmu.design.designer import Designer, share
from nengo_lmu.design.memory_design import Loop, MemoryDesign, Population
from nengo_lmu.design.recorded_spikes import behind_lowpass
from nengo_lmu.design.synapses import discrete_lowpass, lowpass_pole
from nengo_lmu.design.tuning import draw_intercepts, join
from nengo_lmu.loihi.arithmetic import (
    current_pole,
    friction,
    round_weights,
    scale_weight,
    two_steps,
    weight_unit,
)
from nengo_lmu.loihi.responses import ChipResponses, record
from nengo_lmu.loihi.spike_encoder import coded
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize

LONGEST = 0.1
"""Longest recurrent time constant, in seconds, unless one is chosen.

Longer ones leave less noise, but a current that decays slowly is truncated at each
step; measured at order 6 and theta = 1 s."""

INTERCEPTS = (-0.8, 0.8)
"""Range of evenly spaced intercepts.

The weights of a block share their scale. A neuron with a high intercept needs large
ones, which would leave few bits to the others."""

LARGEST_LOOP = 100
"""Neurons of a dimension in one loop, at most, unless loops are chosen.

Larger loops err less, as the square root of their size and a little more, and have as
many more synapses."""

N_LINES = 5
"""Lines that bring the input in spikes.

Measured in the delay network (hardware/results/effects-loihi.csv): with one the error
is a fifth larger, with ten as large."""


class OnChip:
    """What differs in the errors of a loop that is on a chip."""

    def arriving_error(self, before, u, design):
        """That of the input in spikes, see `Loop.arriving_error`."""
        peak = design.expected[self.channel].peak
        both = np.concatenate([before, u])
        return (coded(both, peak, N_LINES, design.dt) - both)[len(before) :]

    def probed_error(self, x_errors, decoded_errors, design):
        """That of the copy of the state on the host, see `Loop.probed_error`.

        The input arrives there as it is.
        """
        system = self.realization.system(*state_space(design.order, design.theta))
        carried = self.recurrent @ discretize(*system, design.dt)[0]
        pushed = np.matmul(carried, decoded_errors).reshape(len(x_errors), -1)
        pole = lowpass_pole(design.mapped_synapse, design.dt)
        return behind_lowpass(pushed, pole).reshape(x_errors.shape)


@dataclass(frozen=True, eq=False)
class ChipLoop(OnChip, Loop):
    """Neurons that are connected all to all, by weights that the chip can hold.

    Parameters
    ----------
    weights : (n, n) array
        From neuron (row) to neuron, in units of current a spike.
    line_weights : (N_LINES + 1, n) array
        From the lines of the input. The last line never spikes, its weights set the
        scale of the block.
    """

    weights: np.ndarray = field(repr=False)
    line_weights: np.ndarray = field(repr=False)

    def respond(self, x, design):
        """What is decoded of x at each step, see `Loop.respond`."""
        pole = lowpass_pole(design.mapped_synapse, design.dt)
        largest = np.max(np.abs(self.tuning.bias))
        lost = friction(largest, pole, design.neuron_type, design.dt)
        decoded = np.empty_like(x)
        for population in self.populations:
            given = population.tuning, x[:, population.columns], pole, design.dt
            filtered = record(*given, lost, every=1) @ population.decoders
            before = np.vstack([0 * filtered[:1], filtered[:-1]])
            decoded[:, population.columns] = (filtered - pole * before) / (1 - pole)
        return decoded


@dataclass(frozen=True, eq=False, repr=False)
class ChipDesign(MemoryDesign):
    """A memory on Loihi: as `MemoryDesign`, in loops of `ChipLoop`.

    Neurons of a loop are connected all to all, with those of other loops not at all;
    the state of a channel is the mean of its loops.
    """

    form = "dense"
    solved_for = "recorded spikes"

    @classmethod
    def classes(cls):
        return *super().classes(), ChipLoop

    @property
    def mapped_synapse(self):
        return discrete_lowpass(current_pole(self.synapse.tau, self.dt))


class ChipDesigner(Designer):
    """The steps that differ on the chip.

    Parameters
    ----------
    choices : Choices
    n_loops : int, optional
        As of `nengo_lmu.loihi.chip_design`.
    """

    # Near the end of their range neurons have two or three rates: intervals are whole
    # steps. Values out there cost more than the noise of a larger range; measured from
    # 1 to 1.8.
    room = 1.25

    kind = ChipDesign

    # From 100 to 350 Hz the noise of regular spikes falls with the rate.
    rates = nengo.dists.Uniform(250, 350)

    def __init__(self, choices, n_loops=None):
        super().__init__(choices)
        most = max(1, choices.n_neurons // self.order)
        if n_loops is None:
            self.n_loops = -(-choices.n_neurons // (LARGEST_LOOP * self.order))
        else:
            self.n_loops = checks.integer(n_loops, 1, most, "n_loops", ChipDesign)

    def target_neurons(self, neuron_type):
        return regular_twin(neuron_type)

    def target_synapse(self, synapse):
        if synapse is None:
            return nengo.Lowpass(min(super().target_synapse(None).tau, LONGEST))
        if not isinstance(synapse, nengo.Lowpass):
            allowed = "a lowpass, the only filter of the chip"
            checks.fail("synapse", allowed, synapse, ChipDesign)
        return synapse

    def mapped(self, synapse):
        return discrete_lowpass(current_pole(synapse.tau, self.dt))

    def tuning(self, n, dimensions):
        intercepts = self.choices.intercepts
        if intercepts is None:
            draw_intercepts(n, self.rng)  # keeps the sequence of random numbers
            intercepts = np.linspace(*INTERCEPTS, n)[self.rng.permutation(n)]
        return self.draw(n, dimensions, intercepts, lost=self.dt / 2)

    def loops(self):
        count = 0
        for channel, expected in enumerate(self.expected):
            for n in share(self.choices.n_neurons, self.n_loops):
                # The first loop has the coordinates of the design, the others random
                # rotations and other noise: errors that the loops have in common would
                # not average out.
                rng = self.rng if count else None
                realization = self.realization(expected, rng)
                responses = self.recording(ChipResponses, channel, realization, count)
                yield self._loop(channel, n, realization, responses)
                count += 1

    def _loop(self, channel, n_neurons, realization, responses):
        drawn = [
            (columns, self.tuning(n, columns.stop - columns.start))
            for columns, n in self.shares(n_neurons)
        ]
        largest = np.max(np.abs(join([tuning for _, tuning in drawn]).bias))
        responses.friction = friction(largest, *self._registers())
        populations, recorded = [], []
        for columns, tuning in drawn:
            recorded.append(responses.record(tuning, columns))
            given = responses.given(recorded[-1], columns)
            decoders, lead = self.decode(tuning, *given)
            populations.append(
                Population(columns, tuning, decoders, lead, self.neuron_type)
            )
        loop = self.close(channel, realization, populations)
        return self._rounded(loop, np.hstack(recorded))

    def _registers(self):
        pole = lowpass_pole(self.mapped_synapse, self.dt)
        return pole, self.neuron_type, self.dt

    def _rounded(self, loop, responses):
        """The loop with weights from neuron to neuron, with no node between them.

        A compartment has one synaptic filter, that of the recurrent connections; so the
        input comes without one.
        """
        tuning = loop.tuning
        encode = tuning.gain[:, None] * tuning.encoders
        height = self.neuron_type.amplitude / self.dt
        step = loop.drive * self.expected[loop.channel].peak / N_LINES
        weights = np.vstack(
            [
                height * loop.decoders @ (encode @ loop.recurrent).T,
                np.tile((encode @ step).T, (N_LINES, 1)),
            ]
        )
        largest = np.max(np.abs(weights)), np.max(np.abs(tuning.bias))
        unit = weight_unit(*largest, *self._registers())
        spikes = self.dt * responses
        # All lines carry the same value, but for their phases.
        of_lines = np.full((N_LINES, N_LINES), 1 / 16)
        gram = block_diag(spikes.T @ spikes / len(spikes), of_lines)
        rounded = round_weights(weights, gram, unit)
        # The last line sets the scale, in each part that the block is split into.
        silent = np.full((1, len(tuning.gain)), scale_weight(unit))
        return ChipLoop(
            loop.channel,
            loop.realization,
            loop.populations,
            loop.recurrent,
            loop.drive,
            two_steps(rounded[:-N_LINES], unit),
            np.vstack([rounded[-N_LINES:], silent]),
        )


def regular_twin(neuron_type):
    """The neuron type of the chip that fires at the same rates as this one.

    Raises
    ------
    ValidationError
        If the chip has none.
    """
    kind = getattr(neuron_type, "base_type", neuron_type)
    if type(kind) in (nengo.LIFRate, nengo.LIF):
        return nengo.LIF(
            tau_rc=kind.tau_rc, tau_ref=kind.tau_ref, amplitude=kind.amplitude
        )
    if type(kind) in (nengo.RectifiedLinear, nengo.SpikingRectifiedLinear):
        return nengo.SpikingRectifiedLinear(amplitude=kind.amplitude)
    raise ValidationError(
        "must be LIF, SpikingRectifiedLinear or a type with the rates of one of them "
        f"for the chip, got {neuron_type}",
        "neuron_type",
    )
