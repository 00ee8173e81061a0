"""Conversion of a trained rate network into a spiking network."""

from typing import Literal

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.networks.trained_network import Trained
from nengo_lmu.networks.weights import layers, set_weights

QUIET = 0.05
"""Lowest activity for which a unit is scaled, as a fraction of the most active unit of
its layer. Without it, the weights of a unit that is hardly active would become huge."""


def to_spiking(
    network: nengo.Network,
    trained: Trained | None = None,
    *,
    rate: float = 200.0,
    synapse: float = 0.01,
    spikes: Literal["regular", "poisson"] = "regular",
) -> nengo.Network:
    """Set the trained weights of a network and exchange rate units for spiking ones.

    The memories of the network may differ from the trained ones: they are ideal, or
    spiking if ``n_neurons`` was given. The network runs on any backend. On a chip, the
    inputs of the hidden units are summed on the host with the trained weights, and sent
    as spikes, with one line per unit.

    Parameters
    ----------
    network : LMU or Stack
        Changed in place. Its hidden units must have the type that was trained.
    trained : nengo_lmu.networks.trained_network.Trained, optional
        By default the network keeps its weights, such as those that `from_keras_lmu`
        sets. RectifiedLinear units need the activity that is part of ``trained``.
    rate : float, optional
        Rate (Hz) of each hidden unit at the activity that it rarely exceeds. Gains and
        output weights are scaled to this rate. A higher rate has less noise and more
        spikes; on a chip a neuron spikes at most once per step. LIFRate units keep
        their own rates.
    synapse : float, optional
        Time constant of the lowpass of the hidden units' spikes, in seconds. A longer
        one reduces the noise and increases the lag.
    spikes : {"regular", "poisson"}, optional
        With "regular", LIFRate becomes LIF, RectifiedLinear becomes
        SpikingRectifiedLinear, and other types emit evenly spaced spikes. With
        "poisson", every type emits random spikes, which chips do not support.

    Returns
    -------
    nengo.Network
        The same network.

    Raises
    ------
    ValidationError
        If the weights belong to another network, or the type of the hidden units has no
        spiking form.

    Examples
    --------
    >>> layer = nengo_lmu.LMU(size_in=1, n_hidden=10, order=6, theta=0.5, seed=0)
    >>> nengo_lmu.networks.to_spiking(layer).ensemble.neuron_type.spiking
    True
    """
    rate = checks.positive(rate, "rate", "Hz")
    synapse = nengo.Lowpass(checks.positive(synapse, "synapse", "s"))
    checks.one_of(spikes, ("regular", "poisson"), "spikes")
    if trained is not None:
        set_weights(network, trained.weights)
    for name, layer in layers(network).items():
        units = layer.ensemble
        peaks = None if trained is None else trained.activity.get(name)
        kind, gain, output = _spiking(units.neuron_type, peaks, rate, spikes)
        units.neuron_type = kind
        units.gain, units.bias = gain * units.gain, gain * units.bias
        layer.from_units.transform = output * np.ones(units.n_neurons)
        layer.from_units.synapse = synapse
        if spikes == "regular" and peaks is not None:
            layer.peak_currents = _peak_currents(units, gain, peaks)
    return network


def _peak_currents(units, gain, peaks):
    """Largest currents of units, without biases and before gains."""
    kind = units.neuron_type
    peaks = np.maximum(peaks, QUIET * np.max(peaks)) / kind.amplitude
    return np.sum(kind.gain_bias(peaks, 0.0), axis=0) + np.abs(units.bias) / gain


def _spiking(kind, peaks, rate, spikes):
    """Spiking type, factor of the gains, factor of the output."""
    random = spikes == "poisson"
    allowed = "RectifiedLinear, LIFRate, Sigmoid or Tanh"
    if kind.spiking:
        checks.fail("neuron_type", f"{allowed}, as it was trained", kind)
    if type(kind) is nengo.RectifiedLinear:
        if peaks is None:
            checks.fail("trained", "a network with the activity of its units", peaks)
        gain = rate * kind.amplitude / np.maximum(peaks, QUIET * np.max(peaks))
        if random:
            base = nengo.RectifiedLinear()
            return nengo.PoissonSpiking(base, amplitude=kind.amplitude), gain, 1 / gain
        return nengo.SpikingRectifiedLinear(amplitude=kind.amplitude), gain, 1 / gain
    if isinstance(kind, nengo.LIFRate) and not hasattr(kind, "tau_n"):
        own = {"tau_rc": kind.tau_rc, "tau_ref": kind.tau_ref}
        amplitude = {"amplitude": kind.amplitude}
        if random:
            return nengo.PoissonSpiking(nengo.LIFRate(**own), **amplitude), 1.0, 1.0
        return nengo.LIF(**own, **amplitude), 1.0, 1.0
    if isinstance(kind, nengo.Sigmoid | nengo.Tanh):
        wrapper = nengo.PoissonSpiking if random else nengo.RegularSpiking
        # The maximum rate is 1 / tau_ref.
        return wrapper(type(kind)(tau_ref=1 / rate)), 1.0, 1 / (rate * kind.tau_ref)
    checks.fail("neuron_type", allowed, kind)
