"""What a memory's closed loop makes of errors in what its neurons decode.

A neuron's count of spikes is off by a part of one, q, from its integrated rate; what
it decodes errs by d (q[t] - q[t - 1]) / dt. A count that is drawn anew at each step
makes a fast error, which the loop averages; one that stays, as that of a neuron that
falls silent, makes a slow one, in the band where the loop's gain is largest.
"""

from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np
from scipy.fft import rfft

from nengo_lmu.design.synapses import synapse_system
from nengo_lmu.theory.legendre import delay_readout

N_DELAYS = 50
"""Delays at which the window is looked at, both ends among them: as in the measured
error. The ends are where fast errors lie."""


@dataclass(frozen=True, eq=False)
class Path:
    """A recurrent connection: its synapse, and transforms of x and of an error of it.

    Parameters
    ----------
    synapse : nengo.synapses.LinearFilter
    recurrent : (order, order) array
        Transform of x.
    entry : (order, order) array
        Transform of the decoded value, which may lead x.
    """

    synapse: object
    recurrent: np.ndarray
    entry: np.ndarray


class LoopGain:
    """Gains from errors of the decoded x to the power of the window.

    Parameters
    ----------
    inverse : (order, order) array
        From x to Legendre coordinates.
    paths : list of Path
    theta, dt : float
        In seconds.
    """

    def __init__(self, inverse, paths, theta, dt):
        self.inverse, self.paths, self.theta, self.dt = inverse, paths, theta, dt
        self.order = len(inverse)
        self.to_window = window_root(self.order) @ inverse
        self._systems = [synapse_system(path.synapse, dt) for path in paths]

    @cached_property
    def _closed(self):
        """The loop as one discrete system: transition, entry, and what it puts out."""
        eye = np.eye(self.order)
        systems = list(zip(self.paths, self._systems, strict=True))
        out = np.hstack([np.kron(eye, c) for _, (_, _, c) in systems])
        sizes = [len(F) * self.order for _, (F, _, _) in systems]
        ends = np.cumsum(sizes)
        loop = np.zeros((ends[-1], ends[-1]))
        for (_, (F, _, _)), end, size in zip(systems, ends, sizes, strict=True):
            loop[end - size : end, end - size : end] = np.kron(eye, F)
        loop += np.vstack([np.kron(p.recurrent, g) for p, (_, g, _) in systems]) @ out
        entry = np.vstack([np.kron(p.entry, g) for p, (_, g, _) in systems])
        return loop, entry, out

    @cached_property
    def counts(self):
        """Gain for count errors that are drawn anew at each step, (order, order).

        The sum of its product with their covariance is the power of the window; not
        finite where the loop grows.
        """
        loop, entry, out = self._closed
        seen = self.to_window @ out
        later = (loop - np.eye(len(loop))) @ entry
        first, energy = seen @ entry, summed(loop.T, seen.T @ seen)
        if energy is None:
            return np.full((self.order, self.order), np.inf)
        return (first.T @ first + later.T @ energy @ later) / self.dt**2

    @cached_property
    def noise(self):
        """Gain for white noise of a spectral density of 1 /Hz, (order, order).

        Not finite where the loop grows.
        """
        loop, entry, out = self._closed
        seen = self.to_window @ out
        energy = summed(loop.T, seen.T @ seen)
        if energy is None:
            return np.full((self.order, self.order), np.inf)
        return entry.T @ energy @ entry / self.dt

    def follow(self, errors, arriving=None, state=None):
        """Errors of x over time, for errors of what is decoded.

        Parameters
        ----------
        errors : (n_steps, order, k) array
            Of the decoded value at each step, in k cases.
        arriving : (n_steps, order, k) array, optional
            Of what else arrives at the first synapse.
        state : array, optional
            In which the loop begins, as it is returned; zero by default. It is changed
            in place.

        Returns
        -------
        found : (n_steps, order, k) array
            Before each step.
        state : array
        """
        loop, entry, out = self._closed
        _, g, _ = self._systems[0]
        push = np.matmul(entry, errors)
        if arriving is not None:
            first = np.kron(np.eye(self.order), g)
            push[:, : len(first)] += np.matmul(first, arriving)
        state = np.zeros(push.shape[1:]) if state is None else state
        return np.matmul(out, states_before(loop, push, state)), state

    @cached_property
    def white(self):
        """Mean over the dimensions of the gain `counts`."""
        return np.mean(np.diag(self.counts))

    def counts_covariance(self, variances):
        """Covariance of x for count errors of these variances, (order, order)."""
        loop, entry, out = self._closed
        first, later = out @ entry, (loop - np.eye(len(loop))) @ entry
        total = out @ summed(loop, (later * variances) @ later.T) @ out.T
        return ((first * variances) @ first.T + total) / self.dt**2

    def state_gain(self, freq):
        """Gain from decoded errors to x at a frequency in Hz, (order, order)."""
        around, entry = self._through(freq)
        return np.linalg.solve(np.eye(self.order) - around, entry)

    def rhythm(self, rate):
        """How much of a rhythm in the decoded value comes back in step with it.

        The largest real part of ``v* h v`` over unit vectors v, with the path h around
        the loop at this frequency in Hz, for currents that are held over a time step
        and spikes that are counted in one. A neuron of a rising phase response, such as
        LIF, is drawn into step by what comes back in step.
        """
        _, entry = self._through(rate)
        largest = np.linalg.eigvalsh(entry + entry.conj().T)[-1] / 2
        return largest * np.sinc(rate * self.dt) ** 2

    def _through(self, freq):
        """All paths at a frequency in Hz: of x, and of an error of what is decoded."""
        z = np.exp(2j * np.pi * freq * self.dt)
        filters = [
            (c @ np.linalg.solve(z * np.eye(len(F)) - F, g)).item()
            for F, g, c in self._systems
        ]
        pairs = list(zip(filters, self.paths, strict=True))
        around = sum(h * path.recurrent for h, path in pairs)
        return around, sum(h * path.entry for h, path in pairs)

    def at(self, freq):
        """Gain from decoded errors to the window at a frequency in Hz, complex."""
        return self.to_window @ self.state_gain(freq)

    @cached_property
    def _spectrum(self):
        """Frequencies, their widths, and the mean gain of power of the dimensions."""
        step = 0.5 / self.theta
        nyquist = 0.5 / self.dt
        low = np.arange(0.5, 121)[: max(2, int(nyquist / step))] * step
        high = np.geomspace(low[-1] + step, nyquist, 41)[1:]
        freqs = np.concatenate([low, high]) if nyquist > low[-1] + step else low
        gains = [np.sum(np.abs(self.at(f)) ** 2) / self.order for f in freqs]
        return freqs, np.gradient(freqs), np.array(gains)

    def frozen(self, beta):
        """Gain for a count whose error stays for 1 / beta seconds on average."""
        freqs, widths, gains = self._spectrum
        difference = (2 * np.sin(np.pi * freqs * self.dt) / self.dt) ** 2
        density = 4 * beta / (beta**2 + difference)
        return np.sum(density * difference * gains * widths)

    def slow(self, x, step):
        """Gain for errors that are a smooth function of x.

        It is measured with a cubic error, uncorrelated with x itself.

        Parameters
        ----------
        x : (n_steps, order) array
            Expected values of x over time.
        step : float
            Time step of x, in seconds.
        """
        x = np.ascontiguousarray(x.T)
        square = x * x
        means = np.mean(square * square, axis=1) / np.mean(square, axis=1)
        error = x * (square - means[:, None])
        length = min(error.shape[1], round(2 * self.theta / step))
        taper = np.hanning(length + 1)[:-1]
        firsts = range(0, error.shape[1] - length + 1, max(1, length // 2))
        parts = [rfft(taper * error[:, k : k + length]) for k in firsts]
        parts = np.ascontiguousarray(np.stack(parts).transpose(2, 1, 0))
        power = np.sum(parts.real**2 + parts.imag**2, axis=(1, 2))
        power[1:] *= 2
        total = np.sum(power)
        last = np.searchsorted(np.cumsum(power), 0.999 * total) + 1
        freqs = np.fft.rfftfreq(length, step)
        window = 0.0
        for first, end in _groups(last):
            gain = self.at(np.mean(freqs[first:end]))
            there = np.sum(np.abs(gain @ parts[first:end]) ** 2)
            window += there * (2 if first else 1)
        return window / total


@numba.njit(cache=True)
def states_before(loop, push, state):
    """States of a system before each step; ``state`` becomes the one after the last."""
    found = np.empty_like(push)
    for step in range(len(push)):
        found[step] = state
        state[:] = loop @ state + push[step]
    return found


def _groups(n, singles=64, growth=0.1):
    """Ranges of n neighbors: single ones first, then a tenth of what is before."""
    first = 0
    while first < n:
        end = first + 1 if first < singles else int(first * (1 + growth))
        yield first, min(end, n)
        first = end


def window_root(order):
    """Root R of the metric of the window: the power of a window m is ``|R m|²``."""
    readout = delay_readout(order, np.linspace(0, 1, N_DELAYS)) / np.sqrt(N_DELAYS)
    return np.linalg.qr(readout, mode="r")


def summed(loop, first):
    """Sum of ``loop^k first loop^k.T`` over all k from 0: of a loop that decays.

    By doubling; None where the loop grows.
    """
    total, power = first, loop
    for _ in range(60):
        total = total + power @ total @ power.T
        power = power @ power
        size = np.max(np.abs(power))
        if not size < 1e12:
            return None
        if size < 1e-12:
            break
    return total
