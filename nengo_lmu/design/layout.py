"""Coordinates and recurrent connections for neurons that err in their counts."""

from dataclasses import dataclass

import nengo
import numpy as np

from nengo_lmu.design.loop_gain import LoopGain, Path
from nengo_lmu.design.parallel import two_lowpasses
from nengo_lmu.design.synapses import lowpass_pole, map_to_synapse
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize, simulate
from nengo_lmu.theory.realizations import Realization

SECOND = (0.001, 0.002, 0.004, 0.008, 0.016)
"""Time constants of the second lowpass that are tried, as parts of theta."""

HIGHEST = 64
"""Highest order at which a second lowpass is tried. At 48 it leaves a sixth of the
noise of counts, at 96 none gains anything."""

SLOWER = 1.1
"""Factor by which a second lowpass may raise what becomes of slow errors."""

WINDOWS = 20
"""Windows of the expected input that slow errors are looked at in."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Coordinates and connections of a loop, before it has neurons.

    Parameters
    ----------
    realization : Realization
    paths : tuple of (synapse, recurrent, drive)
        The first connection, and a second one if there is any, with transforms of x.
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
    key = designer.order, designer.theta, designer.dt, freq, rms, designer.tau
    if key not in _KNOWN:
        while len(_KNOWN) >= 32:
            del _KNOWN[next(iter(_KNOWN))]
        _KNOWN[key] = _lay_out(designer, expected, freq, rms, sample)
    return _KNOWN[key]


def _lay_out(designer, expected, freq, rms, sample):
    """Coordinates for counts, then the second lowpass that leaves least of them."""
    theta, dt, synapse = designer.theta, designer.dt, designer.synapse
    system = state_space(designer.order, theta)
    recurrent, _ = map_to_synapse(*system, synapse, dt)
    eye = np.eye(designer.order)
    counts = LoopGain(eye, [Path(synapse, recurrent, recurrent)], theta, dt).counts
    realization = designer.realization(expected, gain=(counts + counts.T) / 2)
    A, B = realization.system(*system)
    x, step = _expected_path(designer.order, theta, dt, freq, rms, sample)
    x = x @ realization.transform.T

    def with_paths(paths):
        inner = [Path(synapse, R, R) for synapse, R, _ in paths]
        return paths, LoopGain(realization.inverse, inner, theta, dt)

    paths, gain = with_paths([(synapse, *map_to_synapse(A, B, synapse, dt))])
    slow = gain.slow(x, step)
    others = []
    if designer.choices.synapse is None and designer.order <= HIGHEST:
        pole, system = lowpass_pole(synapse, dt), discretize(A, B, dt)
        for tau in (theta * part for part in SECOND):
            if dt <= tau < synapse.tau / 2:
                both = two_lowpasses(*system, (pole, np.exp(-dt / tau)))
                synapses = synapse, nengo.Lowpass(tau)
                others.append(
                    with_paths(
                        [(s, *pair) for s, pair in zip(synapses, both, strict=True)]
                    )
                )
    better = [(p, g) for p, g in others if g.white < gain.white]
    for other_paths, other in sorted(better, key=lambda pair: pair[1].white):
        of_slow = other.slow(x, step)
        if of_slow < SLOWER * slow:
            paths, gain, slow = other_paths, other, of_slow
            break
    return Layout(realization, tuple(paths), gain, slow)


def _expected_path(order, theta, dt, freq, rms, sample):
    """States over an expected input, in Legendre coordinates, and their time step.

    The steps of noise are as long as its band allows.
    """
    if sample is not None:
        sample, step = sample[: round(WINDOWS * theta / dt)], dt
    else:
        step = max(dt, min(theta / (20 * order), 1 / (20 * freq)))
        sample = white_noise(WINDOWS * theta, freq, rms, dt=step, seed=99)
    states = simulate(*discretize(*state_space(order, theta), step), sample)
    first = round(theta / step)
    return states[first:] if len(states) > 2 * first else states, step
