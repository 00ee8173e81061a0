r"""The error of a loop, from what its neurons decode while the loop is open.

Neurons are given the ideal state x, and decode x + e. In the closed loop they are given
x plus an error :math:`\epsilon`, which obeys the linear equation of the loop with e as
its input. What neurons that are given the error make of it, near the end of their range
or with spikes that keep time, is not linear. So they are given it late: the stretch of
input is cut into blocks, and in each of them neurons are given the errors of the block
before with the ideal state. From the third on, errors are as those of a closed loop, or
grow from block to block.
"""

from dataclasses import dataclass, field

import numpy as np

from nengo_lmu.design.count_prediction import loop_gain
from nengo_lmu.design.interleaved import stay_in_turn
from nengo_lmu.evaluation.expected_input import expected_stretch
from nengo_lmu.evaluation.open_loop import (
    RunLoop,
    decoded_by_curves,
    gaussian_errors,
    is_described,
    is_integrator,
)
from nengo_lmu.theory.legendre import state_space

BLOCKS, SETTLED = 5, 2
"""Blocks of the stretch, and the first of those whose errors count."""

CLOSED_BLOCKS, CLOSED_SETTLED = 3, 1
"""The same for a loop that is closed."""

LEAST_WINDOWS, MOST_WINDOWS = 2, 10
"""Windows of a block, the more the less they cost."""

NEURON_WINDOWS, MOST_STEPS = 20_000, 20_000
"""Neurons times windows of a block, and its steps. A curve counts as 64 neurons, one of
a chip as 8."""

FEW = 0.2
"""Part of its typical power below which saturation hardly occurred in a stretch."""

_LEAST = np.finfo(float).tiny

PARTS = "total", "noise", "distortion", "saturation", "coding"


@dataclass(frozen=True, eq=False)
class LoopError:
    """Mean squares of the error of a window, relative to that of the window.

    Parameters
    ----------
    total, noise, distortion, saturation, coding : float
        The whole, and its parts: spikes that are random or whole ones, decoders inside
        of the range, values outside of it, and input in spikes.
    growth : float
        Of the total, from the first block that counts to the last.
    source : {"theory", "recorded", "simulated"}
        Whether neurons were run, and with the loop closed.
    in_turn : bool
        Whether neurons that are to fire in turn go on doing so.
    """

    total: float
    noise: float
    distortion: float
    saturation: float
    coding: float
    growth: float
    source: str
    in_turn: bool


@dataclass(frozen=True, eq=False)
class _Errors:
    """Errors of what is decoded in a block.

    Parameters
    ----------
    decoded : (n_steps, order, 4) array
        All, and those of distortion, saturation and of the coding of the input, which
        is no error of what is decoded.
    density : (n_steps, order) array or None
        Of noise that is not among them, in 1/Hz.
    noise : float
        Its power in the window.
    typical : (2, 2) array
        See `_Run._typical`.
    """

    decoded: np.ndarray
    density: np.ndarray | None = None
    noise: float = 0.0
    typical: np.ndarray = field(default_factory=lambda: np.ones((2, 2)))


def loop_error(design, loop):
    """Expected error of a loop of a design.

    Returns
    -------
    LoopError
    """
    return _Run(design, loop).error()


def _as_typical(powers, typical, seen):
    """Powers of distortion and saturation for errors of typical mean squares.

    Parameters
    ----------
    powers : (n_blocks, 2) array
    typical, seen : (2,) array
        Mean squares of the errors of what is decoded. Where hardly any large value was
        seen, saturation has the gain of the distortion.
    """
    found = powers * typical / np.maximum(seen, _LEAST)
    if seen[1] < FEW * typical[1]:
        found[:, 1] = found[:, 0] * typical[1] / max(typical[0], _LEAST)
    return found


def _in_parts(total, static, x):
    """Errors as in `_Errors.decoded`, of tuning curves in and out of their range."""
    outside = np.abs(x) > 1
    inside, beyond = np.where(outside, 0.0, static), np.where(outside, static, 0.0)
    return np.stack([total, inside, beyond, 0 * total], axis=2)


class _Run:
    def __init__(self, design, loop):
        self.design, self.loop = design, loop
        self.described = loop.respond is None and is_described(design.neuron_type)
        self.neurons, self.closed = None, loop.run is not None
        if loop.respond is None and not self.described:
            self.closed = not is_integrator(design.neuron_type)
            self.neurons = RunLoop(design, loop, self.closed)
        self.blocks = CLOSED_BLOCKS if self.closed else BLOCKS
        self.settled = CLOSED_SETTLED if self.closed else SETTLED
        self.gain = loop_gain(design, loop)
        A, self.B = loop.realization.system(*state_space(design.order, design.theta))
        self.forward = np.eye(design.order) + loop.leads * A
        self.rng, self.noise_state = np.random.RandomState(0), None

    def _length(self):
        """Steps of a block."""
        window = round(self.design.theta / self.design.dt)
        most = MOST_WINDOWS * BLOCKS // self.blocks  # as long a stretch
        most = min(most, MOST_STEPS // window)
        size = 64 * self.design.order if self.described else len(self.loop.decoders)
        if self.loop.respond is not None:
            size *= 8
        most = min(most, NEURON_WINDOWS // size)
        return max(LEAST_WINDOWS, most) * window

    def error(self):
        """Powers of the error, block by block."""
        design, loop, length = self.design, self.loop, self._length()
        n_steps, skipped = self.blocks * length, self.settled * length
        stretch = expected_stretch(design, loop, n_steps, skipped)
        coded = loop.arriving_error(stretch.before, stretch.u, design)
        arriving = (coded[:, None] @ loop.drive.T)[:, :, None]
        if self.closed:
            return self._powers(stretch, *self._of_closed(stretch, coded, arriving))
        given, state = np.zeros((length, design.order)), None
        of_x, of_decoded, found = [], [], []
        for first in range(0, len(stretch.u), length):
            block = slice(first, first + length)
            errors = self._errors(stretch.states[block], stretch.u[block], given)
            x, state = self.gain.follow(
                errors.decoded, arriving[block] * [1, 0, 0, 1], state
            )
            of_x.append(x)
            of_decoded.append(errors.decoded + np.matmul(self.forward, x))
            found.append(errors)
            given = x[:, :, 0] + self._noise(errors.density)
        of_x, of_decoded = np.concatenate(of_x), np.concatenate(of_decoded)
        of_x = loop.probed_error(of_x, of_decoded, design)
        typical = sum(errors.typical for errors in found[self.settled :])
        return self._powers(stretch, of_x, typical, [e.noise for e in found])

    def _of_closed(self, stretch, coded, arriving):
        """Errors of the probed x, with the loop closed; see `_Errors.decoded`."""
        loop, past = self.loop, len(stretch.before)
        u = np.concatenate([stretch.before, stretch.u])
        ideal = stretch.states @ loop.realization.transform.T
        if self.neurons is not None:
            x = self.neurons.run(u[:, None])[past:]
            static = decoded_by_curves(loop, x)[0] - x
            of_x, _ = self.gain.follow(_in_parts(np.zeros_like(x), static, x))
            of_x[:, :, 0] = x - ideal
            n_settled = self.settled * self._length()
            x, static, off = x[n_settled:], static[n_settled:], of_x[n_settled:, :, 0]
            return of_x, self._typical(x, static, off)
        u[past:] += coded
        x, decoded = (values[past:] for values in loop.run(u, self.design))
        rest = _in_parts(loop.respond(x, self.design) - decoded, 0 * x, x)
        of_x, _ = self.gain.follow(rest, arriving * [0, 0, 0, 1])
        of_decoded = rest + np.matmul(self.forward, of_x)
        of_x[:, :, 0] += x - ideal
        of_decoded[:, :, 0] += decoded - ideal @ self.forward.T
        return loop.probed_error(of_x, of_decoded, self.design), np.ones((2, 2))

    def _noise(self, density):
        """What noise of these densities makes of x over a block."""
        if density is None:
            return 0.0
        noise = self.rng.normal(size=density.shape) * np.sqrt(density / self.design.dt)
        found, self.noise_state = self.gain.follow(
            noise[:, :, None], None, self.noise_state
        )
        return found[:, :, 0]

    def _powers(self, stretch, errors, typical, noise=0.0):
        """Of errors (n_steps, order, 4) of the state, and of noise in each block.

        ``typical`` is as of `_typical`.
        """
        window = np.matmul(self.gain.to_window, errors)
        rest = window[:, :, 0] - np.sum(window[:, :, 1:], axis=2)
        window = np.insert(window, 1, rest, axis=2)
        powers = np.sum(window**2, axis=1).reshape(self.blocks, -1, len(PARTS))
        powers = powers.mean(axis=1)
        bent = _as_typical(powers[:, 2:4], *typical)
        powers[:, 0] += np.sum(bent - powers[:, 2:4], axis=1)
        powers[:, 1] += noise
        powers[:, 2:4] = bent
        if self.described:
            powers[:, 0] = np.sum(powers[:, 1:], axis=1)
        growth = powers[-1, 0] / max(powers[self.settled, 0], _LEAST)
        mean = np.mean(powers[self.settled :], axis=0) / stretch.power
        source = "theory" if self.described else "recorded"
        source = "simulated" if self.closed else source
        in_turn = self._stays_in_turn()
        return LoopError(*mean.tolist(), float(growth), source, in_turn)

    def _stays_in_turn(self):
        first = self.loop.populations[0]
        alike = self.loop.counted and len(set(first.groups)) < first.n_neurons
        return not alike or stay_in_turn(self.design.neuron_type, self.gain)

    def _errors(self, states, u, given):
        """Errors of what is decoded in a block.

        Parameters
        ----------
        states, u : array
            Of the block.
        given : (n_steps, order) array
            Errors that x has.

        Returns
        -------
        _Errors
        """
        loop = self.loop
        x = states @ loop.realization.transform.T
        ideal = x @ self.forward.T + loop.leads[:, 0] * (u[:, None] @ self.B.T)
        x, ideal = x + given, ideal + given @ self.forward.T
        of_noise = {}
        if loop.has_spectrum:
            total = static = loop.respond(x, self.design) - ideal
        else:
            curve, density, covariance = decoded_by_curves(loop, x)
            total = static = curve - x
            if self.neurons is not None:
                total = self.neurons.run(x) - ideal
            elif loop.respond is not None:
                total = loop.respond(x, self.design) - ideal
            else:
                of_noise["typical"] = self._typical(x, static, given)
                if self.design.neuron_type.spiking:
                    of_noise["density"] = density
                    of_noise["noise"] = np.sum(self.gain.noise * covariance)
        decoded = _in_parts(total, static, x)
        if loop.has_spectrum:
            decoded[:, :, 1] = 0
        return _Errors(decoded, **of_noise)

    def _typical(self, x, static, given):
        """Mean squares of Gaussian values' errors, expected and found, in two parts.

        A stretch has a few large values, or none, that make most of the distortion.
        """
        expected = self.design.expected[self.loop.channel]
        single = len(self.loop.populations) < self.design.order
        if expected.states is not None or single:
            return np.ones((2, 2))
        variances = np.diag(self.loop.realization.covariance(expected.covariance))
        deviations = np.sqrt(variances + np.mean(given**2, axis=0))
        outside = np.abs(x) > 1
        found = [np.sum(static[some] ** 2) / len(x) for some in (~outside, outside)]
        each = zip(self.loop.populations, deviations, strict=True)
        return np.array([np.sum([gaussian_errors(*of) for of in each], axis=0), found])
