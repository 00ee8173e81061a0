"""From a trained network of rates to a network of spikes."""

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.loihi.spike_encoder import SpikeInput
from nengo_lmu.networks.weights import layers, set_weights

QUIET = 0.05
"""Units less active than this part of the most active one of their layer are scaled as
if they were: the weights of a unit that is hardly ever active would become huge."""


def freeze(
    network, trained, *, rate=200.0, synapse=0.01, spikes="regular", on_chip=False
):
    """Give a network the weights that were trained, and spikes in place of rates.

    The network may differ from the trained one in its memories: they can be ideal
    (exact, without neurons) or, with ``n_neurons``, spiking. It runs on any backend.

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
        "poisson" random ones of the same rate for each.
    on_chip : bool, optional
        Whether the hidden units are on Loihi. Their inputs are summed up on the host,
        with the weights as they were trained, and sent as spikes: a line for each unit.
        Build spiking memories with ``on_chip=True`` too.

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
    if on_chip and spikes == "poisson":
        checks.fail("spikes", "'regular' on the chip", spikes)
    set_weights(network, trained.weights)
    for name, layer in layers(network).items():
        units = layer.ensemble
        peaks = trained.activity.get(name)
        kind, gain, output = _spiking(units.neuron_type, peaks, rate, spikes)
        units.neuron_type = kind
        units.gain, units.bias = gain * units.gain, gain * units.bias
        output = output * np.ones(units.n_neurons)
        # What nengo-loihi brings back from the chip it multiplies with a matrix only.
        layer.from_units.transform = np.diag(output) if on_chip else output
        layer.from_units.synapse = synapse
        if on_chip:
            _send_spikes(layer, gain, peaks)
    return network


def _send_spikes(layer, gain, peaks):
    """Bring the currents of the units to the chip as spikes, a line for each."""
    units = layer.ensemble
    kind = units.neuron_type
    peaks = np.maximum(peaks, QUIET * np.max(peaks)) / kind.amplitude
    # The current of a rate; what comes in is without the bias, before the gain.
    peaks = np.sum(kind.gain_bias(peaks, 0.0), axis=0) + np.abs(units.bias) / gain
    layer.connections.remove(layer.to_units)
    with layer:
        n = units.n_neurons
        lines = nengo.Node(SpikeInput(peaks), size_in=n, size_out=n + 1, label="spikes")
        nengo.Connection(layer.to_units.pre, lines, synapse=None)
        layer.to_units = nengo.Connection(
            lines[:n], units.neurons, transform=np.diag(peaks), synapse=None
        )


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
