"""A memory in the arithmetic of Xylo: 8-bit weights, 16-bit states, decays by shifts.

SynSense's Xylo has up to 1,000 integrate-and-fire neurons. At each step the weights of
the spikes that arrive are added to the current of a neuron. The current then decays by
itself shifted right, at least by one, and is added to the voltage, which decays in the
same way; at the threshold a neuron emits a spike and loses the threshold. Input comes
in spikes, at most 15 a step, on up to 16 lines. (XyloSim by SynSense, version 0.1.3,
computes so; its wheel does not run here.)

Neurons are those of an interleaved memory. Alike neurons see the same integer currents,
so they stay in turn; a line with graded weights sets their phases at the start.
Weights are rounded so that those of a group of alike sources are right in sum. The
biases come from a line that spikes at each step: currents are then positive, where the
shift drops as much from each.
"""

from dataclasses import dataclass

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.design.designer import design_memory
from nengo_lmu.design.interleaved import Interleaved
from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.experiments.comparison import publish
from nengo_lmu.files import output_directory
from nengo_lmu.signals import white_noise

TITLE = "NRMSE of a memory of order 6 in the arithmetic of Xylo: 1 s, noise to 1 Hz"

ORDER, THETA, FREQ, RMS, SECONDS = 6, 1.0, 1.0, 0.5, 14.0
SEEDS = 201, 202, 203
"""Not those on which anything was chosen."""

SIZES = 180, 240, 480, 960

DT = 0.002
SHIFT, SHIFT_MEMBRANE = 6, 15
"""Decays: a time constant of 64 steps for currents, none but of one for voltages."""

KEPT = 1 - 2.0**-SHIFT

THRESHOLD = 24_000
LARGEST_WEIGHT, LARGEST_STATE, MOST_EVENTS = 127, 2**15 - 1, 15

QUANTUM = 0.5
"""Input that one event stands for."""

FINE = 16
"""Events for which a line of fine weights has one, with what rounding left over."""

STARTS = 3
"""Events of the line that sets the phases, all in the first step."""

SETTLED = 6 * 2**SHIFT
"""Steps in which the biases arrive, before the input."""


@dataclass(frozen=True, eq=False)
class Xylo:
    """Integers of a memory on the chip, and what reads it.

    Parameters
    ----------
    recurrent : (n, n) array
        Weights from neuron (column) to neuron.
    lines : (4, n) array
        Weights of an event of the input, of a fine event, of the start, and of the
        biases. Events of the input have a sign, and so two lines each.
    read : (order, n) array
        From spikes to the input of the synapse, in Legendre coordinates.
    drive : (order,) array
    """

    recurrent: np.ndarray
    lines: np.ndarray
    read: np.ndarray
    drive: np.ndarray

    def run(self, u):
        """State for an input (n_steps,), which it depends on up to the same step."""
        inputs = np.zeros((SETTLED + len(u), 4), dtype=int)
        inputs[SETTLED:, 0] = quantize(u / QUANTUM)
        inputs[SETTLED:, 1] = quantize(np.cumsum(inputs[SETTLED:, 0]) / FINE, True)
        inputs[0, 2], inputs[:, 3] = STARTS, 1
        if np.max(np.abs(inputs)) > MOST_EVENTS:
            checks.fail("u", f"at most {MOST_EVENTS * QUANTUM:g}", np.max(np.abs(u)))
        current = voltage = spikes = np.zeros(len(self.recurrent), dtype=int)
        state, states = np.zeros(len(self.read)), []
        for line in inputs:
            arriving = self.read @ spikes + QUANTUM * line[0] * self.drive
            state = KEPT * state + (1 - KEPT) * arriving
            states.append(state)
            current = saturated(current + line @ self.lines + self.recurrent @ spikes)
            current = current - decay(current, SHIFT)
            change = saturated(current - decay(voltage, SHIFT_MEMBRANE))
            voltage = saturated(voltage + change)
            spikes = np.maximum(voltage // THRESHOLD, 0)
            voltage = voltage - spikes * THRESHOLD
        return np.array(states[SETTLED:])


def decay(value, shift):
    """By how much integers decay in a step."""
    shifted = value >> shift
    return np.where(shifted == 0, np.sign(value), shifted)


def saturated(state):
    return np.clip(state, -LARGEST_STATE - 1, LARGEST_STATE)


def quantize(values, are_sums=False):
    """Whole numbers, one a step, whose sums follow those of the values."""
    sums = values if are_sums else np.cumsum(values)
    return np.diff(np.round(sums), prepend=0).astype(int)


def xylo_memory(n_neurons, seed):
    """The integers of a memory.

    Raises
    ------
    ValidationError
        If a weight has more than 8 bits.
    """
    design = design_memory(
        n_neurons,
        ORDER,
        THETA,
        neuron_type=nengo.SpikingRectifiedLinear(),
        freq=FREQ,
        rms=RMS,
        dt=DT,
        synapse=-DT / np.log(KEPT),
        tuning=Interleaved(max_rate=150.0, intercept=-2.2),
        seed=seed,
    )
    (loop,) = design.loops
    tuning, populations = loop.tuning, loop.populations
    phases = [p.neuron_type.initial_state["voltage"] for p in populations]
    phases = np.concatenate(phases)
    groups = [100 * k + p.groups for k, p in enumerate(populations)]
    # A weight decays once before it is added to the voltage.
    unit = DT * THRESHOLD * (1 - KEPT) / KEPT
    encode = unit * tuning.gain[:, None] * tuning.encoders
    decode = loop.decoders.T / DT
    drive = (encode @ loop.drive)[:, 0] * QUANTUM
    weights = encode @ loop.recurrent @ decode
    recurrent = round_in_groups(weights, np.concatenate(groups), phases)
    whole = np.round(drive)
    start = phases * THRESHOLD * (1 - KEPT) / KEPT / STARTS
    lines = np.round([whole, FINE * (drive - whole), start, unit * tuning.bias])
    largest = max(np.max(np.abs(recurrent)), np.max(np.abs(lines)))
    if largest > LARGEST_WEIGHT:
        checks.fail("weights", f"at most {LARGEST_WEIGHT}", largest)
    to_legendre = loop.realization.inverse
    return Xylo(
        recurrent,
        lines.astype(int),
        to_legendre @ loop.recurrent @ decode,
        (to_legendre @ loop.drive)[:, 0],
    )


def round_in_groups(weights, groups, phases):
    """Integers that are right in sum over the sources (columns) of each group."""
    rounded = np.empty(weights.shape, dtype=int)
    for group in np.unique(groups):
        own = np.flatnonzero(groups == group)
        own = own[np.argsort(phases[own])]
        sums = np.round(np.cumsum(weights[:, own], axis=1))
        rounded[:, own] = np.diff(sums, axis=1, prepend=0)
    return rounded


def run(out):
    """Measure and publish a row for each number of neurons."""
    out = output_directory(out)
    rows = []
    for n_neurons in SIZES:
        errors = []
        for seed in SEEDS:
            u = white_noise(SECONDS, FREQ, RMS, seed=seed, dt=DT)
            memory = xylo_memory(n_neurons, seed)
            errors.append(window_nrmse(memory.run(u), u, THETA, DT, lag=0))
        row = {"neurons": n_neurons, "weights": np.count_nonzero(memory.recurrent)}
        row |= {"NRMSE": float(np.mean(errors)), "largest": max(errors)}
        rows.append(row)
    note = (
        f"Mean and largest of {len(SEEDS)} seeds, {SECONDS:g} s each; steps of "
        f"{1000 * DT:g} ms, a time constant of {2**SHIFT} steps. Not on the chip."
    )
    return publish(out, "xylo", TITLE, rows, note)
