"""The loop of a chain, neuron by neuron, in the arithmetic of the chip.

Weights onto a population are rounded for each of its neurons, so that each register
holds an x of its own. What rounding does goes around the loop, and is not found with
the loop open.
"""

import numba
import numpy as np

from nengo_lmu.design.synapses import lowpass_pole
from nengo_lmu.loihi.arithmetic import register_integral
from nengo_lmu.loihi.dense import N_LINES

FINE = 64
"""Units of a register in one of a weight."""


def run_chain(loop, u, design):
    """Run a chain.

    Parameters
    ----------
    loop : ChainLoop
    u : (n_steps,) array_like
        Input, as it arrives.
    design : ChainDesign

    Returns
    -------
    (n_steps, order) array
        What is decoded at each step, before the input of the step arrives.
    """
    tuning, pole = loop.tuning, lowpass_pole(design.mapped_synapse, design.dt)
    of = np.argmax(tuning.encoders != 0, axis=1)
    thresholds, drive = np.empty(len(of)), np.empty(len(of))
    spans, weights = [], []
    for core in loop.cores:
        own, unit = core.neurons, core.unit / FINE
        thresholds[own] = (1 - tuning.bias[own]) * register_integral(pole) / unit
        drive[own] = np.sum(core.line_weights[:N_LINES], axis=0) / unit
        spans.append([core.sources.start, core.sources.stop, own.start, own.stop])
        weights.append(core.steps.ravel())
    return _run(
        np.asarray(u, dtype=float) / design.expected[loop.channel].peak,
        pole,
        thresholds,
        drive,
        np.array(spans),
        np.concatenate(weights),
        of,
        loop.decoders[range(len(of)), of] / design.dt,
        design.order,
    )


@numba.njit(cache=True)
def _run(u, pole, thresholds, drive, spans, weights, of, decoders, order):
    """Registers that decay, rounded towards zero, and what arrives from sources.

    Sources spike for many steps, so what arrives is summed as they begin or cease to.
    ``spans`` has a row for each core: the first of its sources and the one after the
    last, and the same of its neurons; ``weights`` those of all cores.
    """
    n = len(thresholds)
    registers, spiking = np.zeros(n), np.zeros(n, np.bool_)
    arriving = np.zeros(n, np.int64)
    y, decoded = np.zeros(order), np.empty((len(u), order))
    for step in range(len(u)):
        for i in range(n):
            above = registers[i] > thresholds[i]
            if above == spiking[i]:
                continue
            spiking[i] = above
            change = 1 if above else -1
            y[of[i]] += change * decoders[i]
            begin = 0
            for first, stop, low, high in spans:
                if first <= i < stop:
                    row = begin + (i - first) * (high - low)
                    for j in range(high - low):
                        arriving[low + j] += change * weights[row + j]
                begin += (stop - first) * (high - low)
        decoded[step] = y
        for i in range(n):
            registers[i] = np.trunc(pole * registers[i]) + FINE * arriving[i]
            registers[i] += drive[i] * u[step]
    return decoded
