"""The arithmetic of Loihi: decays, register losses, and rounded weights.

As nengo-loihi 1.1.0 computes it (``builder/discretize.py``); nengo-loihi itself is not
needed here.
"""

import nengo
import numpy as np

from nengo_lmu import checks

VTH_MAX = (2**17 - 1) * 2**6
BIAS_MAX = (2**12 - 1) * 2**7
LARGEST = 127
"""Largest weight, in steps."""

LOSS = 0.494
"""What a register loses in a step, in its own units: it is rounded towards zero. That
is what nengo-loihi 1.1.0 reckons with."""

RIDGE = 1e-3
"""Part of the mean power of a response that is added to each one's own."""


def current_pole(tau, dt):
    """Fraction of a synaptic current that is kept at each step.

    The decay has 12 bits: ``decay_u = round(4095 (1 - exp(-dt / tau)) - 1)``, and the
    chip keeps (4095 - decay_u) / 4096. Time constants above about 4096 steps cannot be
    represented.

    Parameters
    ----------
    tau : float
        Time constant in seconds.
    dt : float
        Time step in seconds.
    """
    tau, dt = checks.positive(tau, "tau", "s"), checks.dt(dt)
    decay_u = np.round(-np.expm1(-dt / tau) * 4095 - 1)
    return float((4095 - np.clip(decay_u, 0, 4095)) / 4096)


def membrane_decay(tau_rc, dt):
    """Fraction of a LIF neuron's voltage that is lost at each step; 12 bits too."""
    return np.round(-np.expm1(-dt / tau_rc) * 4095) / 4096


def round_weights(weights, gram, unit):
    """Round each weight to a multiple of a unit, `LARGEST` of them at most.

    Minimizes, for each target by itself, the mean square of what rounding changes in
    its input: a neuron does not see single weights, it sees their sum over all
    responses. Weights are rounded one by one, and each error is compensated by the
    weights not yet rounded, as far as the correlation of the responses allows: the
    rounding in least squares known from vector quantization and the compression of
    networks (Hassibi & Stork, "Second order derivatives for network pruning: optimal
    brain surgeon", NIPS 1992).

    Parameters
    ----------
    weights : (n_sources, n_targets) array
    gram : (n_sources, n_sources) array
        Mean products of the sources' responses.
    unit : float

    Returns
    -------
    (n_sources, n_targets) array
    """
    n = len(weights)
    gram = gram + RIDGE * np.trace(gram) / n * np.eye(n)
    # The loud ones first: the others can make up for them.
    order = np.argsort(-np.diag(gram))
    carry = np.linalg.cholesky(np.linalg.inv(gram[np.ix_(order, order)])).T
    wanted, rounded = weights[order] / unit, np.empty(weights.shape)
    for k, source in enumerate(order):
        steps = np.clip(np.round(wanted[k]), -LARGEST, LARGEST)
        error = (wanted[k] - steps) / carry[k, k]
        wanted[k + 1 :] -= np.outer(carry[k, k + 1 :], error)
        rounded[source] = steps * unit
    return rounded


def two_steps(weights, unit, every=16):
    """Let a weight of two steps be among any 16 neighbouring targets that have some.

    nengo-loihi would double a synapse of single steps: its exponents end at -6.
    """
    weights = weights.copy()
    for first in range(0, weights.shape[1], every):
        part = weights[:, first : first + every]
        where = np.unravel_index(np.argmax(np.abs(part)), part.shape)
        if 0 < np.abs(part[where]) < 1.5 * unit:
            part[where] *= 2
    return weights


def weight_unit(largest, bias, pole, neuron_type, dt):
    """The finest step of the weights of a block, whose scale they share.

    The weights are held in 64ths of the current's register, which are as small as
    thresholds and biases allow, that are to fit their own registers in the same scale.

    Parameters
    ----------
    largest : float
        Largest weight, in units of current a spike, before the filter of the synapse.
    bias : float
        Largest bias, in units of current.
    pole : float
        Of the synapse.
    neuron_type : nengo.LIF or nengo.SpikingRectifiedLinear
    dt : float
        Time step in seconds.

    Returns
    -------
    float
        In units of current a spike.
    """
    if isinstance(neuron_type, nengo.LIF):
        threshold = register_integral(1 - membrane_decay(neuron_type.tau_rc, dt))
    else:
        threshold = 1 / dt
    # A little less than the registers hold, so that no rounding passes them.
    finest = 64.1 * register_integral(pole) * max(threshold / VTH_MAX, bias / BIAS_MAX)
    return max(finest, largest / LARGEST)


def friction(bias, pole, neuron_type, dt):
    """By how much a neuron's current falls short of what spikes bring, either way.

    The loss of its register a step, added up over the synapse. As all neurons have it
    for as long as the sign of their input lasts, it would not average out: decoders are
    to know of it.

    Parameters
    ----------
    bias, pole, neuron_type, dt
        As of `weight_unit`, whose step this takes for that of the block; where weights
        are so large that they set it, it is more.

    Returns
    -------
    float
        In units of current.
    """
    return LOSS / 64 * weight_unit(0.0, bias, pole, neuron_type, dt)


def scale_weight(unit):
    """The weight for which nengo-loihi gives a block this unit.

    nengo-loihi 1.1.0 (``builder/discretize.py``) takes the scale of a block from its
    largest weight, which it makes 255 halves; those of other synapses may be finer.
    """
    return 127.5 * unit


def register_integral(keeps):
    """Sum over time of a register of 2**21 that keeps this part of itself a step.

    Each step loses `LOSS` besides.
    """
    start = 2**21
    steps = 1 - np.log1p(start * (1 - keeps) / LOSS) / np.log(keeps)
    whole = (1 - keeps**steps) / (1 - keeps)
    return whole - LOSS / ((1 - keeps) * start) * (steps - whole)
