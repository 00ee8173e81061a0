"""The compiled inner loop of the emulator, in exact integers.

One step delivers spikes to the synapse accumulators, q (:func:`deliver`), and turns q
into current, voltage and spikes (:func:`update`). The arithmetic is that of the chip as
nengo-loihi emulates it, so each line has to wrap where an ``int32`` array of NumPy
would wrap.

The chip is one row of the table that `nengo_lmu.simulator` executes (`chip_step`), so
that it runs for many steps in one call, with a host or without one.
"""

from typing import NamedTuple

import numpy as np

from nengo_lmu.loihi import learning_kernels as learning
from nengo_lmu.loihi.fields import (
    bools_at,
    chip_at,
    floats_at,
    int16s_at,
    int32s_at,
    int64s_at,
)
from nengo_lmu.simulator.compiled import device, kernel

Q_BITS = 21  #: bits of a synapse accumulator, without the sign
U_BITS = 23  #: bits of a current, without the sign
DECAY_BITS = 12  #: fractional bits of a decay constant

#: Registers that can overflow, in the order a step reaches them.
REGISTERS = ("q0", "current", "u2")

#: The quantities that can be recorded, and sent to the host, by number.
QUANTITIES = ("current", "voltage", "spiked")


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


@device
def deliver_source(source, f, table, q):
    """Add the weights of one spike of ``source`` to ``q``."""
    for run in range(table.first_run[source], table.first_run[source + 1]):
        weights = table.weights[table.run_weight[run] : table.run_weight[run + 1]]
        target = table.run_target[run]
        accumulators = q[target : target + weights.size]
        for i in range(weights.size):
            accumulators[i] += weights[i]
    if f.n_plastic > 0:
        learning.deliver_plastic(source, f, q)


@device
def deliver(f, weights, spiked, q):
    """Set ``q`` to the sum of the weights of all spikes that arrive."""
    table = Table(
        int64s_at(f.first_run, f.n_sources + 1),
        int64s_at(f.run_target, f.n_runs),
        int64s_at(f.run_weight, f.n_runs + 1),
        weights,
    )
    q[:] = 0
    begin = int64s_at(f.input_begin, f.row + 2)
    sources = int64s_at(f.input_sources, begin[f.row + 1])
    for k in range(begin[f.row], begin[f.row + 1]):
        deliver_source(sources[k], f, table, q)
    waiting = int64s_at(f.waiting, f.n_waiting)
    for k in range(f.n_waiting):
        deliver_source(waiting[k], f, table, q)
    f.n_waiting = 0
    for source in range(spiked.size):
        if spiked[source]:
            deliver_source(source, f, table, q)


@device
def wrap(x, bits):
    """Two's complement of ``bits`` bits and a sign."""
    sign = np.int32(1) << np.int32(bits)
    return np.int32((x & (sign - 1)) - (x & sign))


@device
def overflows(x, bits):
    """Whether ``x`` needs more than ``bits`` bits and a sign."""
    limit = 1 << bits
    return x < -limit or x >= limit


@device
def decayed(x, decay):
    """``sign(x) * (|x| * (4096 - decay) >> 12)``."""
    magnitude = np.int32(-x if x < 0 else x)
    kept = np.int32((np.int64(magnitude) * (4096 - np.int64(decay))) >> DECAY_BITS)
    return np.int32(-kept if x < 0 else kept)


@device
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


@device
def compartments_at(f):
    n = f.n
    return Compartments(
        int32s_at(f.q, n),
        int32s_at(f.current, n),
        int32s_at(f.voltage, n),
        bools_at(f.spiked, n),
        int32s_at(f.spike_count, n),
        int32s_at(f.ref_count, n),
        int32s_at(f.decay_u, n),
        int32s_at(f.decay_v, n),
        int32s_at(f.vth, n),
        int32s_at(f.vmin, n),
        int32s_at(f.vmax, n),
        int32s_at(f.bias, n),
        int32s_at(f.ref, n),
        bools_at(f.noise_at_membrane, n),
    )


@device
def keep(values, columns, row):
    """Copy the wanted values; they are often neighbours."""
    n = columns.size
    if n > 0 and columns[n - 1] - columns[0] == n - 1:
        first = columns[0]
        for i in range(n):
            row[i] = values[first + i]
    else:
        for i in range(n):
            row[i] = values[columns[i]]


@device
def remember(f, c):
    """Copy what is recorded into the row of this step."""
    k, n = f.row, f.n_current
    rows = int32s_at(f.current_rows + 4 * k * n, n)
    keep(c.current, int64s_at(f.current_columns, n), rows)
    n = f.n_voltage
    rows = int32s_at(f.voltage_rows + 4 * k * n, n)
    keep(c.voltage, int64s_at(f.voltage_columns, n), rows)
    n = f.n_spiked
    flags = bools_at(f.spiked_rows + k * n, n)
    keep(c.spiked, int64s_at(f.spiked_columns, n), flags)


@device
def output(f, c, k):
    """An element of what the chip tells the host: a sum over compartments."""
    begin = int64s_at(f.output_begin, f.n_outputs + 1)
    compartment = int64s_at(f.output_compartment, f.n_output_terms)
    weight = floats_at(f.output_weight, f.n_output_terms)
    kind = int64s_at(f.output_kind, f.n_outputs)[k]
    total = 0.0
    for i in range(begin[k], begin[k + 1]):
        j = compartment[i]
        if kind == 2:
            if c.spiked[j]:
                total += weight[i]
        elif kind == 1:
            total += c.voltage[j] * weight[i]
        else:
            total += c.current[j] * weight[i]
    return total


@device
def hear_errors(f, m, places):
    """Set the errors of synapses that learn to those of the host."""
    learning.clear_errors(f)
    begin = int64s_at(f.error_begin, f.n_errors + 1)
    synapse = int64s_at(f.error_synapse, f.n_errors)
    element = int64s_at(f.error_element, f.n_errors)
    for k in range(f.n_errors):
        error = 0.0
        for i in range(begin[k], begin[k + 1]):
            error += m[places[i]]
        learning.set_error(f, synapse[k], element[k], error)


@kernel
def chip_step(m, a):
    """One step of the chip.

    Row: the address of the chip's record, whether there is a host, the places of the
    lines that it sends spikes on, of the errors and of what it hears.
    """
    f = chip_at(a[0])
    f.step += 1
    places = int64s_at(a[2], f.n_lines + f.n_error_terms + f.n_outputs)
    if a[1]:
        hear_errors(f, m, places[f.n_lines :])
    c = compartments_at(f)
    if f.wide:
        deliver(f, int32s_at(f.weights, f.n_weights), c.spiked, c.q)
    else:
        deliver(f, int16s_at(f.weights, f.n_weights), c.spiked, c.q)
    if f.n_plastic > 0:
        learning.learn(f)
    noise = int32s_at(f.noise, f.n if f.has_noise else 0)
    if f.draws:
        learning.draw_noise(f, noise)
    update(f.row, noise, c, int64s_at(f.overflow, 3))
    remember(f, c)
    if a[1]:
        waiting = int64s_at(f.waiting, f.n_lines)
        lines = int64s_at(f.line_sources, f.n_lines)
        for k in range(f.n_lines):
            if m[places[k]] != 0:
                waiting[f.n_waiting] = lines[k]
                f.n_waiting += 1
        heard = places[f.n_lines + f.n_error_terms :]
        for k in range(f.n_outputs):
            m[heard[k]] = output(f, c, k)
    f.row += 1
