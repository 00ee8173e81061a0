"""The connections of a memory on the chip."""

import nengo
import numpy as np
from scipy.linalg import block_diag

from nengo_lmu.loihi.rounding import (
    round_weights,
    scale_weight,
    two_steps,
    weight_unit,
)
from nengo_lmu.loihi.spike_encoder import SpikeInput

N_LINES = 5
"""Lines that bring the input in spikes. Measured: with one the error is a tenth larger,
with more than five no smaller."""


def spike_lines(memory, channel):
    """A node that says a channel's input in spikes, and one line that never spikes."""
    lines = nengo.Node(
        SpikeInput(memory.expected.peak),
        size_in=1,
        size_out=N_LINES + 1,
        label="spike input",
    )
    nengo.Connection(memory.input[channel], lines, synapse=None)
    return lines


def close_loop(memory, loop, recurrent, drive, lines, responses):
    """Connect a loop's neurons with each other and with the input.

    By full weights from neuron to neuron, with no node between them, that are rounded
    here (`round_weights`). A compartment has one synaptic filter, that of the recurrent
    connections; so the input comes without one.

    nengo multiplies weights onto neurons by their gain; its spikes are 1 / dt high.

    Parameters
    ----------
    memory : SpikingMemory
    loop : Loop
        Its populations share an ensemble.
    recurrent, drive : (order, order) and (order, 1) array
        What the loop is to do with what is decoded and with the input.
    lines : nengo.Node
        See `spike_lines`.
    responses : (n, n_neurons) array
        Of the loop's neurons to what they are expected to hold, in Hz.
    """
    tuning, neurons = loop.tuning, loop.populations[0].ensemble.neurons
    gain = tuning.gain[:, None]
    encode = gain * tuning.encoders
    height = memory.neuron_type.amplitude / memory.dt
    step = drive * memory.expected.peak / N_LINES
    weights = np.vstack(
        [
            height * loop.decoders @ (encode @ recurrent).T,
            np.tile((encode @ step).T, (N_LINES, 1)),
        ]
    )
    unit = weight_unit(
        np.max(np.abs(weights)),
        np.max(np.abs(tuning.bias)),
        memory.mapped_synapse.pole,
        memory.neuron_type,
        memory.dt,
    )
    spikes = memory.dt * responses
    # All lines say the same, but for their phases.
    of_lines = np.full((N_LINES, N_LINES), 1 / 16)
    gram = block_diag(spikes.T @ spikes / len(spikes), of_lines)
    rounded = round_weights(weights, gram, unit)
    nengo.Connection(
        neurons,
        neurons,
        transform=two_steps(rounded[:-N_LINES], unit).T / gain / height,
        synapse=memory.synapse,
    )
    # The last line sets the scale, in each part that the block is cut into.
    silent = np.full((1, len(gain)), scale_weight(unit))
    nengo.Connection(
        lines,
        neurons,
        transform=np.vstack([rounded[-N_LINES:], silent]).T / gain,
        synapse=None,
    )
