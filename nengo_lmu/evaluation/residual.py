r"""The error of a loop, from what its neurons decode while the loop is open.

Neurons are given the ideal state x, and decode x + e. In the closed loop they are given
x plus an error :math:`\epsilon`, which obeys the linear equation of the loop with e as
its input. What neurons that are given the error make of it, near the end of their range
or with spikes that keep time, is not linear. So they are given it late: the stretch of
input is cut into blocks, and in each of them neurons are given the errors of the block
before with the ideal state. From the third on, errors are as those of a closed loop, or
grow from block to block.
"""

from dataclasses import dataclass

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

LEAST_WINDOWS, MOST_WINDOWS, MOST_STEPS = 2, 50, 20_000
"""Windows of a block, windows of a stretch, and steps of a block."""

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
    """

    decoded: np.ndarray
    density: np.ndarray | None = None
    noise: float = 0.0


def loop_error(design, loop):
    """Expected error of a loop of a design.

    Returns
    -------
    LoopError
    """
    closed = loop.run is not None or not (
        loop.respond is not None
        or is_described(design.neuron_type)
        or is_integrator(design.neuron_type)
    )
    return (_ClosedLoop if closed else _OpenLoop)(design, loop).error()


def _in_parts(total, static, x, factors=None):
    """Errors as in `_Errors.decoded`, of tuning curves in and out of their range.

    ``factors``, of `_Run._factors`, make those of the curves as they are in the long
    run.
    """
    parts = _split(static, x)
    if factors is not None:
        inside, beyond = parts
        missing = factors[2] * np.roll(inside, len(x) // 2, axis=0)
        parts = [factors[0] * inside, factors[1] * beyond + missing]
        total = total - static + parts[0] + parts[1]
    return np.stack([total, *parts, 0 * total], axis=2)


def _split(static, x):
    """Errors of values in the range, and out of it."""
    outside = np.abs(x) > 1
    return [np.where(outside, 0.0, static), np.where(outside, static, 0.0)]


class _Run:
    """What is common to a loop that is open and one that is closed.

    Attributes
    ----------
    blocks, settled : int
        Blocks of the stretch, and the first of those whose errors count.
    neuron_windows : int
        Neurons times windows of a block.
    """

    def __init__(self, design, loop):
        self.design, self.loop = design, loop
        self.described = loop.respond is None and is_described(design.neuron_type)
        self.gain = loop_gain(design, loop)
        A, self.B = loop.realization.system(*state_space(design.order, design.theta))
        self.forward = np.eye(design.order) + loop.leads * A
        window = round(design.theta / design.dt)
        most = min(MOST_WINDOWS // self.blocks, MOST_STEPS // window)
        most = min(most, self.neuron_windows // self._size())
        self.length = max(LEAST_WINDOWS, most) * window

    def _size(self):
        """Neurons that a block costs as much as."""
        return len(self.loop.decoders)

    def error(self):
        """Expected error of the loop."""
        n_steps, skipped = self.blocks * self.length, self.settled * self.length
        stretch = expected_stretch(self.design, self.loop, n_steps, skipped)
        ideal = stretch.states @ self.loop.realization.transform.T
        coded = self.loop.arriving_error(stretch.before, stretch.u, self.design)
        arriving = (coded[:, None] @ self.loop.drive.T)[:, :, None]
        return self._powers(stretch, *self.errors(stretch, ideal, coded, arriving))

    def _powers(self, stretch, errors, noise):
        """Of errors (n_steps, order, 4) of the state, and of noise in each block."""
        window = np.matmul(self.gain.to_window, errors)
        rest = window[:, :, 0] - np.sum(window[:, :, 1:], axis=2)
        window = np.insert(window, 1, rest, axis=2)
        powers = np.sum(window**2, axis=1).reshape(self.blocks, -1, len(PARTS))
        powers = powers.mean(axis=1)
        powers[:, :2] += np.reshape(noise, (-1, 1))
        growth = powers[-1, 0] / max(powers[self.settled, 0], _LEAST)
        mean = np.mean(powers[self.settled :], axis=0) / stretch.power
        in_turn = self._stays_in_turn()
        return LoopError(*mean.tolist(), float(growth), self.source, in_turn)

    def _stays_in_turn(self):
        first = self.loop.populations[0]
        alike = self.loop.counted and len(set(first.groups)) < first.n_neurons
        return not alike or stay_in_turn(self.design.neuron_type, self.gain)

    def _factors(self, ideal, given):
        """Factors (3, order) of the errors of curves that make them typical, or None.

        A stretch has a few large values, or none, that make most of these errors. For
        errors in the range, for those out of it, and for those that are missing out of
        it where hardly any value was: these are taken to last as long as those in it.

        Parameters
        ----------
        ideal : (n_steps, order) array
            Ideal x of the stretch.
        given : array
            Errors of x; repeated, if these are of a block.
        """
        expected = self.design.expected[self.loop.channel]
        populations = self.loop.populations
        single = len(populations) < self.design.order
        if expected.states is not None or single or self.loop.respond is not None:
            return None
        x = ideal + np.resize(given, ideal.shape)
        static = decoded_by_curves(self.loop, x)[0] - x
        seen = np.mean(np.square(_split(static, x)), axis=1)
        seen = np.maximum(seen, _LEAST)
        variances = np.diag(self.loop.realization.covariance(expected.covariance))
        deviations = np.sqrt(variances + np.mean(given**2, axis=0))
        each = zip(populations, deviations, strict=True)
        typical = np.array([gaussian_errors(*of) for of in each]).T
        found = np.zeros((3, self.design.order))
        found[:2] = np.sqrt(typical / seen)
        hardly = seen[1] < FEW * typical[1]
        found[1, hardly] = 0
        found[2, hardly] = np.sqrt(typical[1] / seen[0])[hardly]
        return found


class _OpenLoop(_Run):
    """Neurons are given the ideal x, and the error of the block before."""

    blocks, settled, neuron_windows = 5, 2, 20_000

    def __init__(self, design, loop):
        super().__init__(design, loop)
        self.source = "theory" if self.described else "recorded"
        self.neurons = None
        if loop.respond is None and not self.described:
            self.neurons = RunLoop(design, loop)
        self.rng, self.noise_state = np.random.RandomState(0), None

    def _size(self):
        if self.described:
            return 64 * self.design.order  # of curves
        return super()._size() * (1 if self.loop.respond is None else 8)

    def errors(self, stretch, ideal, coded, arriving):
        """Errors of the probed x, see `_Errors.decoded`, and noise of each block."""
        given, state = np.zeros((self.length, self.design.order)), None
        of_x, of_decoded, found = [], [], []
        for first in range(0, len(ideal), self.length):
            block = slice(first, first + self.length)
            factors = self._factors(ideal[self.settled * self.length :], given)
            errors = self._errors(ideal[block], stretch.u[block], given, factors)
            x, state = self.gain.follow(
                errors.decoded, arriving[block] * [1, 0, 0, 1], state
            )
            of_x.append(x)
            of_decoded.append(errors.decoded + np.matmul(self.forward, x))
            found.append(errors.noise)
            given = x[:, :, 0] + self._noise(errors.density)
        of_x, of_decoded = np.concatenate(of_x), np.concatenate(of_decoded)
        return self.loop.probed_error(of_x, of_decoded, self.design), found

    def _noise(self, density):
        """What noise of these densities makes of x over a block."""
        if density is None:
            return 0.0
        noise = self.rng.normal(size=density.shape) * np.sqrt(density / self.design.dt)
        found, self.noise_state = self.gain.follow(
            noise[:, :, None], None, self.noise_state
        )
        return found[:, :, 0]

    def _errors(self, x, u, given, factors):
        """Errors of what is decoded in a block.

        Parameters
        ----------
        x, u : array
            Ideal x of the block, and its input.
        given : (n_steps, order) array
            Errors that x has.
        factors : array or None
            See `_factors`.

        Returns
        -------
        _Errors
        """
        loop = self.loop
        ideal = x @ self.forward.T + loop.leads[:, 0] * (u[:, None] @ self.B.T)
        x, ideal = x + given, ideal + given @ self.forward.T
        of_noise = {}
        curve, density, covariance = decoded_by_curves(loop, x)
        total = static = curve - x
        if self.neurons is not None:
            total = self.neurons.run(x) - ideal
        elif loop.respond is not None:
            total = loop.respond(x, self.design) - ideal
        elif self.design.neuron_type.spiking:
            of_noise["density"] = density
            of_noise["noise"] = np.sum(self.gain.noise * covariance)
        return _Errors(_in_parts(total, static, x, factors), **of_noise)


class _ClosedLoop(_Run):
    """Neurons are given the input; the loop is that of the memory."""

    blocks, settled, neuron_windows = 3, 1, 60_000
    source = "simulated"

    def errors(self, stretch, ideal, coded, arriving):
        """Errors of the probed x, see `_Errors.decoded`, and noise of each block."""
        u, past = np.concatenate([stretch.before, stretch.u]), len(stretch.before)
        if self.loop.run is None:
            x = RunLoop(self.design, self.loop, True).run(u[:, None])[past:]
            return self._of_x(x, ideal), 0.0
        u[past:] += coded
        arriving = arriving * [0, 0, 0, 1]
        of_x, _ = self.gain.follow(np.zeros_like(arriving), arriving)
        of_decoded = np.matmul(self.forward, of_x)
        decoded = self.loop.run(u, self.design)[past:]
        of_decoded[:, :, 0] = decoded - ideal @ self.forward.T
        return self.loop.probed_error(of_x, of_decoded, self.design), 0.0

    def _of_x(self, x, ideal):
        """Errors of x, and what those of curves make of it."""
        static = decoded_by_curves(self.loop, x)[0] - x
        settled = slice(self.settled * self.length, None)
        factors = self._factors(ideal[settled], (x - ideal)[settled])
        # The first column: what the long run has more of them than the stretch.
        parts = _in_parts(0 * x, static, x, factors)
        of_x, _ = self.gain.follow(parts)
        of_x[:, :, 0] += x - ideal
        return of_x
