"""Coordinates and recurrent connections for neurons that err in their counts."""

from dataclasses import dataclass, replace

import nengo
import numpy as np

from nengo_lmu.design.loop_gain import LoopGain, Path
from nengo_lmu.design.parallel import parallel_lowpasses
from nengo_lmu.design.synapses import lowpass_pole, map_to_synapse
from nengo_lmu.design.tuning import moves_matter
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize, simulate
from nengo_lmu.theory.realizations import Realization

FAST = (0.3, 0.6, 1.2)
"""Time constants of faster lowpasses that are tried, as parts of theta / order², the
time in which the memory itself can change. Slower ones would leave less noise, but with
some dimensions out of range the loop would grow, and never come back from a burst."""

LAST = 2.4
"""The same for LIF neurons where FAST are shorter than a time step: without any lowpass
they lose the window at once, with this one after a burst only."""

N_FAST = 2
"""How many of them a loop may have."""

SLOWER = 1.1
"""Factor by which faster lowpasses may raise what becomes of slow errors."""

WINDOWS = 20
"""Windows of the expected input that slow errors are looked at in."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Coordinates and connections of a loop, before it has neurons.

    Parameters
    ----------
    realization : Realization
    paths : tuple of (synapse, recurrent, drive)
        The first connection, and faster ones if there are any, with transforms of x.
    gain : LoopGain
    slow : float
        Gain for errors that are a smooth function of x.
    """

    realization: Realization
    paths: tuple
    gain: LoopGain
    slow: float


_KNOWN = {}
"""Layouts for noise: memories of one window and band differ in their neurons only."""


def lay_out(designer, expected):
    """The layout for an expected state.

    Parameters
    ----------
    designer : Designer
    expected : ExpectedState

    Returns
    -------
    Layout
    """
    choices = designer.choices
    freq, rms, sample = designer.input_of(designer.expected.index(expected))
    plain = choices.realization == "min_noise" and np.all(choices.radii == 1)
    if sample is not None or not plain or choices.synapse is not None:
        return _lay_out(designer, expected, freq, rms, sample)
    moving = moves_matter(designer.neuron_type)
    key = designer.order, designer.theta, designer.dt, freq, rms, designer.tau, moving
    if key not in _KNOWN:
        while len(_KNOWN) >= 32:
            del _KNOWN[next(iter(_KNOWN))]
        _KNOWN[key] = _lay_out(designer, expected, freq, rms, sample)
    return _KNOWN[key]


def _lay_out(designer, expected, freq, rms, sample):
    """Coordinates for counts, then the faster lowpasses that leave least of them."""
    theta, dt, synapse = designer.theta, designer.dt, designer.synapse
    system = state_space(designer.order, theta)
    recurrent, _ = map_to_synapse(*system, synapse, dt)
    eye = np.eye(designer.order)
    counts = LoopGain(eye, [Path(synapse, recurrent, recurrent)], theta, dt).counts
    realization = designer.realization(expected, gain=(counts + counts.T) / 2)
    A, B = realization.system(*system)
    x, step = _expected_path(designer.order, theta, dt, freq, rms, sample)
    x = x @ realization.transform.T

    def closed(paths):
        inner = [Path(synapse, R, R) for synapse, R, _ in paths]
        gain = LoopGain(realization.inverse, inner, theta, dt)
        return Layout(realization, tuple(paths), gain, None)

    best = closed([(synapse, *map_to_synapse(A, B, synapse, dt))])
    best = replace(best, slow=best.gain.slow(x, step))
    if designer.choices.synapse is not None:
        return best
    slowest = SLOWER * best.slow
    system = discretize(A, B, dt)
    scale = theta / designer.order**2
    rhythmic = moves_matter(designer.neuron_type) and FAST[-1] * scale < dt
    tried = [nengo.Lowpass(part * scale) for part in ((LAST,) if rhythmic else FAST)]
    tried = [fast for fast in tried if dt / 2 <= fast.tau < synapse.tau / 2]
    for _ in range(N_FAST):
        found = []
        used = [path[0] for path in best.paths]
        for fast in tried:
            if all(fast.tau != other.tau for other in used):
                synapses = [*used, fast]
                poles = [lowpass_pole(each, dt) for each in synapses]
                pairs = zip(synapses, parallel_lowpasses(*system, poles), strict=True)
                found.append(closed([(each, *pair) for each, pair in pairs]))
        better = [each for each in found if each.gain.white < best.gain.white]
        for other in sorted(better, key=lambda each: each.gain.white):
            slow = other.gain.slow(x, step)
            if slow < slowest:
                best = replace(other, slow=slow)
                break
        else:
            break
    return best


def _expected_path(order, theta, dt, freq, rms, sample):
    """States over an expected input, in Legendre coordinates, and their time step.

    The steps of noise are as long as its band allows.
    """
    if sample is not None:
        sample, step = sample[: round(WINDOWS * theta / dt)], dt
    else:
        step = max(dt, min(theta / (20 * order), 1 / (20 * freq)))
        freq = max(freq, 2 / (WINDOWS * theta))  # two periods of it, at least
        sample = white_noise(WINDOWS * theta, freq, rms, dt=step, seed=99)
    states = simulate(*discretize(*state_space(order, theta), step), sample)
    first = round(theta / step)
    return states[first:] if len(states) > 2 * first else states, step
