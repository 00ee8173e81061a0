"""The compiled inner loops of the emulator, in exact integers.

One step is :func:`deliver` (spikes onto the synapse accumulators, q) and
:func:`update` (q to current, voltage and spikes); :func:`run` does both for
many steps. The arithmetic is that of the chip as nengo-loihi emulates it, so
each line has to wrap where an ``int32`` array of NumPy would wrap.
"""

from typing import NamedTuple

import numba
import numpy as np

Q_BITS = 21  #: bits of a synapse accumulator, without the sign
U_BITS = 23  #: bits of a current, without the sign
DECAY_BITS = 12  #: fractional bits of a decay constant

#: Registers that can overflow, in the order a step reaches them.
REGISTERS = ("q0", "current", "u2")


class Table(NamedTuple):
    """The weights from every source, cut into runs of neighbouring targets.

    Sources are the compartments of the chip, then the neurons of each input.
    Source ``s`` has the runs ``first_run[s]`` to ``first_run[s + 1] - 1``; run
    ``r`` adds ``weights[run_weight[r]:run_weight[r + 1]]`` to the compartments
    that begin at ``run_target[r]``.
    """

    first_run: np.ndarray  #: (n_sources + 1,) int64
    run_target: np.ndarray  #: (n_runs,) int64
    run_weight: np.ndarray  #: (n_runs + 1,) int64
    weights: np.ndarray  #: (n_weights,) int16 or int32


class Compartments(NamedTuple):
    """State and parameters of the compartments, each (n_compartments,)."""

    q: np.ndarray  #: int32, input accumulated in this step
    current: np.ndarray  #: int32
    voltage: np.ndarray  #: int32
    spiked: np.ndarray  #: bool
    spike_count: np.ndarray  #: int32
    ref_count: np.ndarray  #: int32, steps that remain of the refractory period
    decay_u: np.ndarray  #: int32
    decay_v: np.ndarray  #: int32
    vth: np.ndarray  #: int32
    vmin: np.ndarray  #: int32
    vmax: np.ndarray  #: int32
    bias: np.ndarray  #: int32
    ref: np.ndarray  #: int32, refractory period in steps
    noise_at_membrane: np.ndarray  #: bool, noise joins the bias, not q


class History(NamedTuple):
    """What the steps of one call leave behind.

    An array with no rows is one that nobody asked for.
    """

    current: np.ndarray  #: (n_steps or 0, n_compartments) int32
    voltage: np.ndarray  #: (n_steps or 0, n_compartments) int32
    spiked: np.ndarray  #: (n_steps or 0, n_compartments) bool


def compiled(function):
    """Compile on the first call and keep the result for the next process.

    Where neither the package nor the user's cache directory can be written,
    Numba refuses to cache; then each process compiles for itself.
    """
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)


@compiled
def deliver_source(source, table, q):
    """Add the weights of one spike of ``source`` to ``q``."""
    for run in range(table.first_run[source], table.first_run[source + 1]):
        weights = table.weights[table.run_weight[run] : table.run_weight[run + 1]]
        target = table.run_target[run]
        accumulators = q[target : target + weights.size]
        for i in range(weights.size):
            accumulators[i] += weights[i]


@compiled
def deliver(input_sources, spiked, table, q):
    """Set ``q`` to the sum of the weights of all spikes that arrive.

    Parameters
    ----------
    input_sources : (n_input_spikes,) int64 ndarray
        The source of each input spike; one that is named twice counts twice.
    spiked : (n_compartments,) bool ndarray
        The compartments that spiked in the last step.
    table : Table
    q : (n_compartments,) int32 ndarray
    """
    q[:] = 0
    for source in input_sources:
        deliver_source(source, table, q)
    for source in range(spiked.size):
        if spiked[source]:
            deliver_source(source, table, q)


@compiled
def wrap(x, bits):
    """Two's complement of ``bits`` bits and a sign."""
    sign = np.int32(1) << np.int32(bits)
    return np.int32((x & (sign - 1)) - (x & sign))


@compiled
def overflows(x, bits):
    """Whether ``x`` needs more than ``bits`` bits and a sign."""
    limit = 1 << bits
    return x < -limit or x >= limit


@compiled
def decayed(x, decay):
    """``sign(x) * (|x| * (4096 - decay) >> 12)``."""
    magnitude = np.int32(-x if x < 0 else x)
    kept = np.int32((np.int64(magnitude) * (4096 - np.int64(decay))) >> DECAY_BITS)
    return np.int32(-kept if x < 0 else kept)


@compiled
def update(step, noise, compartments, overflow):
    """Turn the delivered input into currents, voltages and spikes.

    Parameters
    ----------
    step : int
        Number of this step, for ``overflow``.
    noise : (n_compartments,) or (0,) int32 ndarray
        Noise of this step; (0,) where no compartment has any.
    compartments : Compartments
    overflow : (3,) int64 ndarray
        For each of `REGISTERS` the first step that overflowed, or -1.
    """
    c = compartments
    over_q = False
    over_current = False
    over_u2 = False

    for i in range(c.q.size):
        at_membrane = np.int32(0)
        q = c.q[i]
        if noise.size > 0:
            if c.noise_at_membrane[i]:
                at_membrane = noise[i]
            else:
                q = np.int32(q + noise[i])
        over_q |= overflows(q, Q_BITS)
        q = wrap(q, Q_BITS)
        c.q[i] = q

        # the chip decays the current by one unit more than it was told
        u = np.int32(decayed(c.current[i], c.decay_u[i] + 1) + q)
        over_current |= overflows(u, U_BITS)
        u = wrap(u, U_BITS)
        c.current[i] = u

        u2 = np.int32(u + c.bias[i] + at_membrane)
        over_u2 |= overflows(u2, U_BITS)
        u2 = wrap(u2, U_BITS)

        v = np.int32(decayed(c.voltage[i], c.decay_v[i]) + u2)
        v = min(max(v, c.vmin[i]), c.vmax[i])
        refractory = c.ref_count[i]
        if refractory > 0:
            v = np.int32(0)

        spiked = v > c.vth[i]
        if spiked:
            v = np.int32(0)
            refractory = c.ref[i]
            c.spike_count[i] += 1
        c.voltage[i] = v
        c.spiked[i] = spiked
        c.ref_count[i] = max(np.int32(refractory - 1), np.int32(0))

    for register, over in enumerate((over_q, over_current, over_u2)):
        if over and overflow[register] < 0:
            overflow[register] = step


@compiled
def remember(step, compartments, history):
    """Copy what is asked for into row ``step`` of ``history``."""
    if history.current.shape[0] > 0:
        history.current[step] = compartments.current
    if history.voltage.shape[0] > 0:
        history.voltage[step] = compartments.voltage
    if history.spiked.shape[0] > 0:
        history.spiked[step] = compartments.spiked


@compiled
def run(input_begin, input_sources, noise, table, compartments, history, overflow):
    """Run ``input_begin.size - 1`` steps.

    Parameters
    ----------
    input_begin : (n_steps + 1,) int64 ndarray
        The input spikes of step ``k`` are ``input_begin[k]`` to
        ``input_begin[k + 1] - 1``.
    input_sources : (n_input_spikes,) int64 ndarray
    noise : (n_steps, n_compartments) or (n_steps, 0) int32 ndarray
    table : Table
    compartments : Compartments
    history : History
    overflow : (3,) int64 ndarray
        See :func:`update`.
    """
    for step in range(input_begin.size - 1):
        inputs = input_sources[input_begin[step] : input_begin[step + 1]]
        deliver(inputs, compartments.spiked, table, compartments.q)
        update(step, noise[step], compartments, overflow)
        remember(step, compartments, history)
