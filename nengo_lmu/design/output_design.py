"""A function of the window as numbers: what is linear, and neurons for the rest.

A function of the state m is split, f(m) = c + L m + g(m). Constant and linear part are
read from the state, without neurons: their noise and distortion scale with what they
decode, and of a maximum c + L m is 92 % of the RMS. The rest is decoded from neurons
that see the state that is expected a lag ahead; their spikes pass a filter that delays
by this lag.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from nengo import LinearFilter
from nengo.exceptions import ValidationError
from scipy.linalg import expm
from scipy.signal import bessel, cont2discrete, lfilter

from nengo_lmu.design.memory_design import Population
from nengo_lmu.design.output_encoders import Fit, principal
from nengo_lmu.design.phases import in_phase
from nengo_lmu.design.synapses import effective_tau
from nengo_lmu.design.window_statistics import expected_noise_of

N_GRADIENTS = 500
"""States at which slopes are taken, at orders to 24; less at higher ones."""

N_PATH = 1000
"""Steps of a fifth of a lag for the lag's error."""

STEP = 0.2
"""Step of finite differences, in standard deviations: as long as a memory's error."""

LINEAR = 3e-3
"""A function whose nonlinear part is below this fraction of its RMS has none."""

FIRST_LAG = 0.04
"""Lag, in windows, for which neurons are chosen before the best one is known."""

N_LAGS = 8
"""Lags that are tried, from a 200th to a quarter of the window."""

STRETCH, EVERY = 1.4, 5
"""One state in five is as much larger: decoders must hold at rare events, too. Without,
one event at four standard deviations was 92 % of a product's error. Another one in five
is smaller, by any factor to 0: signals pause. Without, the RMS of an empty window was
0.159 where the memory's noise has 0.042; with it, 0.058."""

BESSEL_ORDER = 3
"""Order of the Bessel filter: its delay is flat, its noise about that of a lowpass."""


@dataclass(frozen=True)
class OutputError:
    """Expected errors of an output, each as a fraction of the function's RMS.

    Parameters
    ----------
    distortion : float
        On states that the decoders were not solved for.
    noise : float
        Of the spikes behind the filter.
    lag : float
        What the filter, and the prediction of the state, leave.
    memory : float
        Of the memory's state, were the function computed exactly.
    """

    distortion: float = 0.0
    noise: float = 0.0
    lag: float = 0.0
    memory: float = 0.0

    @property
    def total(self):
        """Root of the sum of the squares."""
        parts = self.distortion, self.noise, self.lag, self.memory
        return float(np.sqrt(np.sum(np.square(parts))))


@dataclass(frozen=True, eq=False)
class OutputDesign:
    """The numbers of an output.

    Parameters
    ----------
    constant : (targets,) array
    linear : (targets, size) array
        Constant and linear part of the function, read from the state.
    synapse : nengo.LinearFilter or None
        Filter of what is decoded; of a linear function, unless one is given, None.
    filtered : bool
        Whether the linear part passes the synapse as well, as one that is given.
    lag : float
        By how much the state is predicted, in seconds.
    decoders : (n, targets) array or None
        Of the population, or of the neurons of the memory. None without neurons.
    encode : (dimensions, size) array or None
        What the population sees of the state. None if it is the memory's own.
    population : Population or None
    sensitivity : (size, size) array
        Mean product of the slopes, as a fraction of the function's power.
    error : OutputError or None
        None for neurons whose error cannot be predicted, as they adapt.
    """

    constant: np.ndarray = field(repr=False)
    linear: np.ndarray = field(repr=False)
    synapse: LinearFilter | None
    filtered: bool
    lag: float
    decoders: np.ndarray | None = field(repr=False)
    encode: np.ndarray | None = field(repr=False)
    population: Population | None = field(repr=False)
    sensitivity: np.ndarray = field(repr=False)
    error: OutputError | None

    def expected_error(self, memory_design):
        """The expected error with another memory's state, as that of a chip's layout.

        Parameters
        ----------
        memory_design : MemoryDesign

        Returns
        -------
        OutputError or None
        """
        noise = expected_noise_of(memory_design)
        if noise is None or self.error is None:
            return None
        return replace(self.error, memory=_through(self.sensitivity, noise))


def design_output(function, windows, neurons, rng, synapse=None):
    """Split a function, choose neurons for its nonlinear part, and the lag.

    Parameters
    ----------
    function : callable
        From states (n, size) to values (n, targets), with a ValidationError where it
        has none.
    windows : WindowStatistics
    neurons : Sought or (Tuning, (dimensions, size) array)
        Neurons to be drawn; or those that there are, and what they see of the state.
    rng : RandomState
    synapse : nengo.LinearFilter, optional
        Filter of the output. The state is then not predicted: the output is that of
        the synapse. By default a Bessel filter with the lag of least expected error.

    Returns
    -------
    OutputDesign

    Raises
    ------
    ValidationError
        If the function has no finite value for an expected window.
    """
    parts = _Parts(function, windows, rng)
    known = windows.noise is not None
    memory = _through(parts.sensitivity, windows.noise) if known else 0.0
    given = synapse is not None
    numbers = dict(
        constant=parts.constant,
        linear=parts.linear,
        synapse=synapse,
        filtered=given,
        lag=0.0,
        decoders=None,
        encode=None,
        population=None,
        sensitivity=parts.sensitivity,
    )
    errors = [0.0, 0.0, lag_error(parts.whole, windows, synapse) if given else 0.0]
    if not parts.is_linear:
        choice = _Choice(parts, windows, neurons, synapse)
        numbers |= choice.numbers(rng)
        errors = [*choice.errors, choice.missed]
    error = OutputError(*map(float, errors), memory) if known else None
    for value in numbers.values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return OutputDesign(**numbers, error=error)


class _Parts:
    """A function split into constant, linear part and rest, at expected states."""

    def __init__(self, function, windows, rng):
        self.function = function
        expected = windows.states[rng.permutation(len(windows.states))]
        self.states = expected.copy()
        self.states[::EVERY] *= STRETCH
        smaller = self.states[1::EVERY]
        smaller *= np.linspace(0, 1, len(smaller))[:, None]
        self.usual = np.arange(len(expected)) % EVERY > 1
        values = function(self.states)
        self.scale = np.sqrt(np.mean(values[self.usual] ** 2, axis=0))
        self.scale[self.scale == 0] = 1.0
        covariance = expected.T @ expected / len(expected)
        if self._is_exactly_linear(values, np.sqrt(np.diag(covariance))):
            return
        deviations, vectors = np.linalg.eigh(covariance)
        deviations = np.sqrt(deviations)
        into, root = (vectors / deviations).T, vectors * deviations
        size = len(root)
        n = min(N_GRADIENTS, max(12_000 // size, 2 * size))
        slopes = gradients(function, expected[:n], root) / self.scale
        moments = np.einsum("nit,njt->ij", slopes, slopes, optimize=True)
        self.sensitivity = into.T @ moments @ into / slopes[:, 0].size
        basis, _ = principal(slopes)
        self.projection = basis.T @ into
        self.z = self.states @ self.projection.T
        design = np.c_[np.ones(len(self.z)), self.z]
        fit = np.linalg.lstsq(design, values / self.scale, rcond=None)[0]
        self.gradient = fit[1:]
        self.constant = fit[0] * self.scale
        self.linear = (fit[1:] * self.scale).T @ self.projection
        self.targets = (values - self.constant - self.states @ self.linear.T) / (
            self.scale
        )
        self.slopes_at = expected[:n] @ self.projection.T
        self.slopes = np.einsum("ir,nit->nrt", basis, slopes) - fit[None, 1:]
        self.is_linear = bool(np.all(np.mean(self.targets**2, axis=0) <= LINEAR**2))

    def _is_exactly_linear(self, values, deviations):
        """Whether the function is linear to rounding; its matrix is then exact."""
        self.is_linear = False
        steps = np.diag(deviations)
        try:
            ahead, behind = self.function(steps), self.function(-steps)
            self.constant = self.function(np.zeros((1, len(steps))))[0]
        except ValidationError:  # of windows that are not expected
            return False
        self.linear = ((ahead - behind) / (2 * deviations[:, None])).T
        rest = values - self.constant - self.states @ self.linear.T
        self.is_linear = bool(np.all(np.abs(rest) <= 1e-9 * self.scale))
        scaled = self.linear / self.scale[:, None]
        self.sensitivity = scaled.T @ scaled / len(scaled)
        return self.is_linear

    def whole(self, states):
        """The function, as a fraction of its RMS."""
        return self.function(states) / self.scale

    def rest(self, states):
        """Its nonlinear part, as a fraction of the function's RMS."""
        values = self.function(states) - self.constant - states @ self.linear.T
        return values / self.scale


class _Choice:
    """Neurons, lag and decoders of the nonlinear part."""

    def __init__(self, parts, windows, neurons, synapse):
        self.parts, self.windows = parts, windows
        states, drift = parts.states, windows.drift
        first = max(5 * windows.dt, FIRST_LAG * windows.theta)
        tau = first if synapse is None else effective_tau(synapse, windows.dt)
        self.own = isinstance(neurons, tuple)
        if self.own:
            self.tuning, self.projection = neurons
        else:
            self.tuning, self.projection = neurons.best(parts, tau), parts.projection
        z = states @ self.projection.T
        velocity = states @ drift.T @ self.projection.T
        fit = Fit(self.tuning, z, velocity, parts.usual)
        if synapse is None:
            _, _, noise = fit.decode(parts.targets, tau)
            tau = self._best_lag(noise, tau)
            self.lag, self.synapse = tau, delay_filter(tau)
            self.ahead = expm(drift * (tau + windows.dt))
        else:
            self.lag, self.synapse, self.ahead = 0.0, synapse, np.eye(len(drift))
            self.missed = lag_error(parts.whole, windows, synapse)
        targets = parts.targets
        if self.own:  # they see the present state, and predict the function
            targets = parts.rest(states @ self.ahead.T)
        self.decoders, *self.errors = fit.decode(targets, tau)

    def _best_lag(self, noise, first):
        """The lag of least expected error; sets what is missed with it."""
        windows, rest = self.windows, self.parts.rest
        shortest = 5 * windows.step
        lags = np.geomspace(shortest, max(windows.theta / 4, shortest), N_LAGS)
        missed = [
            lag_error(rest, windows, delay_filter(lag), expm(windows.drift * lag))
            for lag in lags
        ]
        k = np.argmin(np.hypot(missed, noise * np.sqrt(first / lags)))
        self.missed = missed[k]
        return float(lags[k])

    def numbers(self, rng):
        """What of an `OutputDesign` is chosen here."""
        decoders = self.decoders * self.parts.scale
        found = {"synapse": self.synapse, "lag": self.lag, "decoders": decoders}
        if not self.own:
            columns = slice(0, len(self.projection))
            kind = in_phase(self.tuning, rng, self.windows.dt)
            found["encode"] = self.projection @ self.ahead
            found["population"] = Population(columns, self.tuning, decoders, 0.0, kind)
        return found


def gradients(function, states, root):
    """Slopes along each column of root, (n, columns, targets)."""
    steps = STEP * root.T
    ahead = [function(states + step) for step in steps]
    behind = [function(states - step) for step in steps]
    return (np.stack(ahead, 1) - np.stack(behind, 1)) / (2 * STEP)


def delay_filter(lag):
    """A Bessel filter with this delay, in seconds."""
    num, den = bessel(BESSEL_ORDER, 1 / lag, analog=True, norm="delay")
    return LinearFilter(num / den[-1], den / den[-1])


def lag_error(function, windows, synapse, ahead=None):
    """What a filter, and the prediction of the state, miss of a function on the path.

    Parameters
    ----------
    function : callable
        From states (n, size) to values (n, targets).
    windows : WindowStatistics
    synapse : nengo.LinearFilter
    ahead : (size, size) array, optional
        From a state to the one that is expected and seen in its place.

    Returns
    -------
    float
        RMS of the difference.
    """
    tau = effective_tau(synapse, windows.dt)
    stride = max(1, int(tau / windows.step / 5))
    path = windows.path[::stride][:N_PATH]
    values = function(path)
    given = values if ahead is None else function(path @ ahead.T)
    system = synapse.num, synapse.den
    if synapse.analog:
        step = stride * windows.step
        num, den, _ = cont2discrete(system, step, method="foh")
        missed = lfilter(np.ravel(num), den, given, axis=0) - values
    else:
        missed = synapse.filt(given, dt=windows.dt, y0=0) - values
    skipped = min(int(5 * tau / windows.step / stride) + 5, len(missed) // 2)
    return float(np.sqrt(np.mean(missed[skipped:] ** 2)))


def _through(sensitivity, noise):
    return float(np.sqrt(max(np.sum(sensitivity * noise), 0.0)))
