"""Work and energy of a memory: spikes, neuron updates, synaptic operations, joules.

Two kinds of device count differently. One that is driven by events pays for a synapse
when a spike crosses it; a clocked one multiplies every weight at every step, spike or
no spike. And a recurrent connection may be held in two forms: *factored*, decoders and
encoders apart (``O(m d)`` weights, what nengo simulates), or *dense*, multiplied out
(``O(m**2)`` weights, what keeps a memory stable on Loihi).
"""

from dataclasses import dataclass

from nengo.exceptions import ValidationError

from nengo_lmu.names import lookup


@dataclass(frozen=True)
class Device:
    """Energy of the elementary operations of a device, in joules.

    Attributes
    ----------
    synop : float
        One synaptic operation: a weight read, multiplied and accumulated.
    update : float
        One neuron, one time step, with input or activity.
    idle : float
        One neuron, one time step, without.
    hop : float
        One spike carried to one other core.
    event_driven : bool
        Whether synapses cost energy only when a spike crosses them.
    source : str
        Where the figures come from.
    """

    synop: float
    update: float
    idle: float
    hop: float
    event_driven: bool
    source: str


_KERAS_SPIKING = "keras-spiking's energy model: one figure for every operation"
DEVICES = {
    "loihi": Device(
        synop=23.6e-12,
        update=81e-12,
        idle=52e-12,
        # Published as 1.7 pJ within a tile to about 3.5 pJ between tiles.
        hop=3.5e-12,
        event_driven=True,
        source="Davies et al., Loihi, IEEE Micro 38(1), 2018",
    ),
    "gpu": Device(0.3e-9, 0.3e-9, 0.3e-9, 0.0, False, _KERAS_SPIKING),
    "cpu": Device(8.6e-9, 8.6e-9, 8.6e-9, 0.0, False, _KERAS_SPIKING),
}


@dataclass(frozen=True)
class Work:
    """What a memory did: counts over the whole run.

    Attributes
    ----------
    spikes : float
        Spikes of all neurons.
    updates : float
        Neuron updates: neurons times steps.
    synops_event : float
        Synaptic operations where only spikes cost: spikes times the weights that a
        spike crosses.
    synops_clocked : float
        Multiply-adds where every weight is used at every step.
    """

    spikes: float
    updates: float
    synops_event: float
    synops_clocked: float


def work(n_neurons, order, n_spikes, n_steps, *, layout="array", dense=False):
    """Count the work of the recurrent loop of a memory.

    Parameters
    ----------
    n_neurons : int
        Neurons in all, m.
    order : int
        Represented dimensions, d.
    n_spikes : float
        Spikes of the whole run.
    n_steps : int
        Time steps of the run.
    layout : "array" or "single", optional
        ``order`` populations of one dimension each, or one population of ``order``
        dimensions. A neuron has 1 decoder and 1 encoder in an array and ``order`` of
        each in a single population.
    dense : bool, optional
        Whether decoders and encoders are multiplied out. A spike then crosses
        ``n_neurons`` weights (the recurrent matrix of the memory is dense). Otherwise
        it crosses its own decoders; the encoding of the decoded values, the same
        whether anything spiked or not, costs ``n_neurons`` times the encoders of a
        neuron at every step on either kind of device, as does the product with the
        recurrent matrix (``order ** 2``).

    Returns
    -------
    Work
    """
    per_neuron = {"array": 1, "single": order}.get(layout)
    if per_neuron is None:
        raise ValidationError(f"{layout!r} is not 'array' or 'single'", attr="layout")
    if dense:
        event = n_spikes * n_neurons
        clocked = n_steps * n_neurons**2
    else:
        encode = n_steps * (n_neurons * per_neuron + order**2)
        event = n_spikes * per_neuron + encode
        clocked = n_steps * n_neurons * per_neuron + encode
    return Work(
        spikes=float(n_spikes),
        updates=float(n_neurons) * n_steps,
        synops_event=float(event),
        synops_clocked=float(clocked),
    )


def joules(work, device, active=1.0):
    """Energy of some work on a device.

    Parameters
    ----------
    work : Work
        What was done, see `work`.
    device : str or Device
        "loihi", "gpu", "cpu", or figures of one's own.
    active : float, optional
        Share of neuron updates with input or activity; the others cost the device's
        idle figure. With the default, 1, the energy is an upper estimate: in a
        recurrent memory nearly every neuron receives something at every step.

    Returns
    -------
    float
        Joules of the whole run. The energy of the host, of input and output and of
        static leakage is not in it.
    """
    if not 0 <= active <= 1:
        raise ValidationError(f"{active!r} is not between 0 and 1", attr="active")
    if not isinstance(device, Device):
        device = lookup("device", device, DEVICES)
    synops = work.synops_event if device.event_driven else work.synops_clocked
    return (
        synops * device.synop
        + work.updates * (active * device.update + (1 - active) * device.idle)
        + work.spikes * device.hop
    )
