"""From a trained network of rates to a network of spikes."""

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.networks.weights import layers, set_weights

QUIET = 0.05
"""Units less active than this part of the most active one of their layer are scaled as
if they were: the weights of a unit that is hardly ever active would become huge."""


def to_spiking(network, trained, *, rate=200.0, synapse=0.01, spikes="regular"):
    """Give a network the weights that were trained, and spikes in place of rates.

    The network may differ from the trained one in its memories: they can be ideal
    (exact, without neurons) or, with ``n_neurons``, spiking. It runs on any backend. On
    a chip the inputs of the hidden units are summed up on the host, with the weights as
    they were trained, and sent as spikes, a line for each unit.

    Parameters
    ----------
    network : LMU or Stack
        Changed in place. Its hidden units are of the type that was trained.
    trained : nengo_lmu.networks.trained_network.Trained
    rate : float, optional
        Rate in Hz that each hidden unit reaches at the activity it rarely exceeds.
        Gains go up by as much as the output goes down. A higher rate means less noise
        and more spikes; a neuron cannot spike more often than once a step on a chip.
        Units with rates of their own (LIFRate) keep them.
    synapse : float, optional
        Time constant of a lowpass for the spikes of the hidden units, in seconds.
        Longer ones leave less of their noise and a longer lag.
    spikes : {"regular", "poisson"}, optional
        "regular" are LIF neurons for LIFRate, SpikingRectifiedLinear for
        RectifiedLinear, and evenly spaced spikes of the same rate for other types;
        "poisson" random ones of the same rate for each, which no chip has.

    Returns
    -------
    nengo.Network
        The same network.

    Raises
    ------
    ValidationError
        If the weights are those of another network, or the hidden units have no type
        of spikes that is asked for.
    """
    rate = checks.positive(rate, "rate", "Hz")
    synapse = nengo.Lowpass(checks.positive(synapse, "synapse", "s"))
    checks.one_of(spikes, ("regular", "poisson"), "spikes")
    set_weights(network, trained.weights)
    for name, layer in layers(network).items():
        units = layer.ensemble
        peaks = trained.activity.get(name)
        kind, gain, output = _spiking(units.neuron_type, peaks, rate, spikes)
        units.neuron_type = kind
        units.gain, units.bias = gain * units.gain, gain * units.bias
        layer.from_units.transform = output * np.ones(units.n_neurons)
        layer.from_units.synapse = synapse
        if spikes == "regular" and peaks is not None:
            layer.peak_currents = _peak_currents(units, gain, peaks)
    return network


def _peak_currents(units, gain, peaks):
    """Largest currents of units, without their biases and before their gains."""
    kind = units.neuron_type
    peaks = np.maximum(peaks, QUIET * np.max(peaks)) / kind.amplitude
    return np.sum(kind.gain_bias(peaks, 0.0), axis=0) + np.abs(units.bias) / gain


def _spiking(kind, peaks, rate, spikes):
    """The spiking type, what the gains and what the output is multiplied with."""
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
        # Their highest rate is 1 / tau_ref.
        return wrapper(type(kind)(tau_ref=1 / rate)), 1.0, 1 / (rate * kind.tau_ref)
    checks.fail("neuron_type", allowed, kind)
