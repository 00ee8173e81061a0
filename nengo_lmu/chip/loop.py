"""The connections of a memory on the chip."""

import nengo
import numpy as np
from scipy.linalg import block_diag

from nengo_lmu.chip.rounding import (
    round_weights,
    scale_weight,
    two_steps,
    weight_unit,
)
from nengo_lmu.chip.spike_input import SpikeInput
from nengo_lmu.responses import record

N_LINES = 5
"""Lines that bring the input in spikes. Measured: with one the error is a tenth larger,
with more than five no smaller."""


def close_loop(memory, trajectory):
    """Connect populations and input of a memory, within its context.

    By full weights from neuron to neuron, with no node between them, that are rounded
    here (`round_weights`). A compartment has one synaptic filter, that of the recurrent
    connections; so the input comes without one.

    Parameters
    ----------
    memory : SpikingMemory
    trajectory : (n_steps, order) array
        What the neurons of a channel are expected to hold.
    """
    recurrent, drive = memory.transforms()
    peak = memory.expected.peak
    silent = nengo.Node(0.0, label="silent")
    for channel in range(memory.n_channels):
        first = channel * memory.order
        columns = slice(first, first + memory.order)
        own = [p for p in memory.populations if first <= p.columns.start < columns.stop]
        lines = nengo.Node(
            SpikeInput(peak), size_in=1, size_out=N_LINES, label="spike input"
        )
        nengo.Connection(memory.input[channel], lines, synapse=None)
        held = np.zeros((len(trajectory), memory.state.size_out))
        held[:, columns] = trajectory
        pole = memory.mapped_synapse.pole
        spikes = memory.dt * np.hstack(
            [record(p.tuning, held[:, p.columns], pole, memory.dt, True) for p in own]
        )
        # All lines say the same, but for their phases.
        of_lines = np.full((N_LINES, N_LINES), 1 / 16)
        gram = block_diag(spikes.T @ spikes / len(spikes), of_lines)
        for post in own:
            transforms = [recurrent[post.columns, pre.columns] for pre in own]
            step = drive[post.columns, channel] * peak / N_LINES
            _connect(memory, own, transforms, lines, step, silent, post, gram)


def _connect(memory, sources, transforms, lines, step, silent, post, gram):
    """All weights into one population, in units of current a spike.

    nengo multiplies weights onto neurons by their gain; its spikes are 1 / dt high.
    """
    encoders, gain = post.tuning.encoders, post.tuning.gain
    height = memory.neuron_type.amplitude / memory.dt
    weights = [
        height * pre.decoders @ (gain[:, None] * encoders @ transform).T
        for pre, transform in zip(sources, transforms, strict=True)
    ]
    weights.append(np.tile(gain * (encoders @ step), (N_LINES, 1)))
    unit = weight_unit(
        max(np.max(np.abs(of_one)) for of_one in weights),
        np.max(np.abs(post.tuning.bias)),
        memory.mapped_synapse.pole,
        memory.neuron_type,
        memory.dt,
    )
    ends = np.cumsum([len(of_one) for of_one in weights])[:-1]
    rounded = np.split(round_weights(np.vstack(weights), gram, unit), ends)
    for pre, of_one in zip(sources, rounded[:-1], strict=True):
        if np.any(of_one):
            of_one = two_steps(of_one, unit)
            nengo.Connection(
                pre.ensemble.neurons,
                post.ensemble.neurons,
                transform=of_one.T / gain[:, None] / height,
                synapse=memory.synapse,
            )
    neurons = post.ensemble.neurons
    of_lines = rounded[-1].T / gain[:, None]
    nengo.Connection(lines, neurons, transform=of_lines, synapse=None)
    # It never spikes: its weight sets the scale, in each part that the block is cut to.
    of_silent = scale_weight(unit) / gain[:, None]
    nengo.Connection(silent, neurons, transform=of_silent, synapse=None)
