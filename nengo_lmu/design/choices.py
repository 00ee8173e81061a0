"""What a user chooses of a spiking memory, checked."""

from dataclasses import dataclass, field, fields
from typing import Any

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.design.strategies import checked, warn
from nengo_lmu.design.synapses import map_to_synapse
from nengo_lmu.design.tuning import moves_matter
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.realizations import NAMES, Realization

RMS = 0.5
"""Expected root mean square of the input, unless one is given."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Choices:
    """The arguments of `nengo_lmu.design_memory`, checked and with defaults.

    None stands for a choice that is left to the design; what it then is depends on
    where the memory runs.

    Raises
    ------
    ValidationError
        If an argument is out of its range, or two of them contradict each other.
    """

    n_neurons: int
    order: int
    theta: float
    n_channels: int = 1
    neuron_type: Any = None
    freq: Any = None
    rms: Any = None
    sample: Any = field(default=None, repr=False)
    dt: float = 0.001
    layout: str = "array"
    realization: Any = "min_noise"
    radii: Any = 1.0
    synapse: Any = None
    max_rates: Any = None
    intercepts: Any = None
    solver: Any = None
    recorded: bool = False
    tuning: Any = None
    seed: int | None = None

    def __post_init__(self):
        where = type(self)
        for f in fields(self):  # arrays are kept, and the user's may change
            if isinstance(getattr(self, f.name), np.ndarray):
                self._set(**{f.name: getattr(self, f.name).copy()})
        order = checks.order(self.order, obj=where)
        dt = checks.dt(self.dt, obj=where)
        theta = checks.theta(self.theta, dt=dt, obj=where)
        n_channels = checks.integer(self.n_channels, attr="n_channels", obj=where)
        n_neurons = checks.n_neurons(self.n_neurons, order, obj=where)
        if self.seed is not None:
            checks.integer(self.seed, 0, 2**32 - 1, "seed", where)
        checks.one_of(self.layout, ("array", "single"), "layout", where)
        self._set(order=order, dt=dt, theta=theta, n_channels=n_channels)
        self._set(n_neurons=n_neurons, neuron_type=_neuron_type(self.neuron_type))
        self._set(realization=_realization(self.realization))
        self._set(radii=_radii(self.radii, order), solver=_solver(self.solver))
        self._set(synapse=_synapse(self.synapse), recorded=bool(self.recorded))
        self._set(given_band=self.freq is not None)
        self._set(tuning=checked(self.tuning, self))
        self._set_expected_input()
        if self.recorded and not moves_matter(self.neuron_type):
            checks.fail(
                "neuron_type", "nengo.LIF to be recorded", self.neuron_type, where
            )
        if self.synapse is not None:
            if self.recorded and not isinstance(self.synapse, nengo.Lowpass):
                checks.fail("synapse", "a lowpass to be recorded", self.synapse, where)
            # Whether it can be mapped is known only then: before neurons are drawn.
            map_to_synapse(*state_space(order, theta), self.synapse, dt)
        self._warn_of_unlikely_windows()

    def _warn_of_unlikely_windows(self):
        """Warn of arguments that are allowed, and rarely what was meant."""
        if self.sample is not None:
            changing = self.sample - self.sample.mean(axis=0)
            size = np.sqrt(np.mean(changing**2, axis=0))
            if np.any(size < 0.01 * np.abs(self.sample.mean(axis=0))):
                warn(
                    "sample hardly changes: its mean is more than 100 times the size "
                    "of its changes; subtract the mean"
                )
            # Half of the power is below this frequency.
            power = np.abs(np.fft.rfft(changing, axis=0)) ** 2
            share = np.cumsum(power, axis=0) / np.sum(power, axis=0)
            half = np.max(np.argmax(share >= 0.5, axis=0))
            freq, most = half / (len(changing) * self.dt), self.order
        elif self.given_band:
            freq, most = np.max(self.freq), self.order / 2
        elif self.theta >= 100:
            warn(f"theta = {self.theta:g} s is a long window: theta is in seconds")
            return
        else:
            return
        periods = freq * self.theta
        if periods > most:
            warn(
                f"a window of theta = {self.theta:g} s has {periods:.3g} periods of "
                f"{freq:.3g} Hz, and order = {self.order} cannot hold more than "
                f"{self.order / 2:g}: theta is in seconds, order comes first"
            )
        elif self.sample is None and periods < 0.05:
            warn(
                f"a window of theta = {self.theta:g} s has {periods:.2g} periods of "
                f"{freq:.3g} Hz: theta is in seconds, freq in Hz"
            )

    def but_for(self, **others):
        """These choices as arguments, with others in place of some of them."""
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("freq", "rms"):
            if given[name] is not None and np.ptp(given[name]) == 0:
                given[name] = float(given[name][0])
        if not self.given_band:
            given["freq"] = None  # follows order and theta
        if given["sample"] is not None or others.get("sample") is not None:
            given |= {"freq": None, "rms": None}
        if others.get("freq") is not None or others.get("rms") is not None:
            given["sample"] = None
        return given | others

    def _set(self, **values):
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _set_expected_input(self):
        """Band and loudness, or a sample, of each channel: (n_channels, ...) arrays."""
        where = type(self)
        if self.sample is None:
            freq = self.order / (6 * self.theta) if self.freq is None else self.freq
            rms = RMS if self.rms is None else self.rms
            freq = _each(freq, self.n_channels, "freq", "Hz")
            self._set(freq=freq, rms=_each(rms, self.n_channels, "rms"))
            return
        for name in ("freq", "rms"):
            if getattr(self, name) is not None:
                checks.fail(
                    name, "left out where there is a sample", getattr(self, name), where
                )
        sample = checks.array(self.sample, "sample", where)
        if sample.ndim == 1:
            sample = np.tile(sample[:, None], self.n_channels)
        long_enough = len(sample) * self.dt >= 2 * self.theta
        if sample.shape[1:] != (self.n_channels,) or not long_enough:
            checks.fail(
                "sample",
                f"a signal (n_steps,) or (n_steps, {self.n_channels}) of two windows "
                f"({2 * self.theta:g} s)",
                sample,
                where,
            )
        if np.any(np.ptp(sample, axis=0) == 0):
            checks.fail(
                "sample", "a signal that changes in each channel", sample, where
            )
        self._set(sample=sample)


def _each(value, n_channels, attr, unit=""):
    """One number above 0 a channel, from one or as many."""
    values = [checks.positive(v, attr, unit, Choices) for v in np.ravel(value).tolist()]
    if np.ndim(value) > 1 or len(values) not in (1, n_channels):
        allowed = f"one number, or one for each of {n_channels} channels"
        checks.fail(attr, allowed, value, Choices)
    return np.broadcast_to(values, n_channels)


def _neuron_type(given):
    if given is None:
        return nengo.PoissonSpiking(nengo.LIFRate())
    if not isinstance(given, nengo.neurons.NeuronType) or isinstance(
        given, nengo.Direct
    ):
        allowed = "a nengo neuron type (not Direct; without neurons: IdealMemory)"
        checks.fail("neuron_type", allowed, given, Choices)
    return given


def _realization(given):
    if not isinstance(given, Realization) and not callable(given):
        checks.one_of(given, NAMES, "realization", Choices)
    return given


def _radii(given, order):
    radii = checks.array(given, "radii", Choices)
    if radii.ndim > 1 or radii.size not in (1, order) or np.any(radii <= 0):
        allowed = f"one number above 0 or {order} of them"
        checks.fail("radii", allowed, radii, Choices)
    return radii


def _synapse(given):
    if given is None:
        return None
    if checks.is_number(given):
        return nengo.Lowpass(checks.positive(given, "synapse", "s", Choices))
    if not isinstance(given, nengo.LinearFilter):
        allowed = "a time constant above 0 s or a nengo LinearFilter"
        checks.fail("synapse", allowed, given, Choices)
    return given


def _solver(given):
    if given is None:
        return None
    if not isinstance(given, nengo.solvers.Solver) or given.weights:
        checks.fail("solver", "a nengo solver with weights=False", given, Choices)
    return given
