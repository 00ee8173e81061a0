"""Work and energy of a memory: spikes, neuron updates, synaptic operations, joules.

Devices differ in what they count. On an event-driven device a synapse costs energy
when a spike crosses it; a clocked device multiplies every weight at every step. A
recurrent connection has one of two forms: *factored* into decoders and encoders
(``O(m d)`` weights, as in nengo), or *dense*, their product (``O(m**2)`` weights, which
keep a memory stable on Loihi).
"""

from dataclasses import dataclass

from nengo.exceptions import ValidationError

from nengo_lmu.names import lookup


@dataclass(frozen=True)
class Device:
    """Energy of each elementary operation of a device, in joules.

    Attributes
    ----------
    synop : float
        One synaptic operation: a weight is read, multiplied and accumulated.
    update : float
        One time step of a neuron with input or activity.
    idle : float
        One time step of a neuron without input or activity.
    hop : float
        Transport of one spike to another core.
    event_driven : bool
        Whether synapses cost energy only when a spike crosses them.
    source : str
        Source of the figures.
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
    """Operations of a memory, counted over the whole run.

    Attributes
    ----------
    spikes : float
        Spikes of all neurons.
    updates : float
        Neuron updates: neurons times steps.
    synops_event : float
        Synaptic operations of an event-driven device: spikes times the weights that a
        spike crosses.
    synops_clocked : float
        Synaptic operations of a clocked device: every weight at every step.
    """

    spikes: float
    updates: float
    synops_event: float
    synops_clocked: float


def work(n_neurons, order, n_spikes, n_steps, *, layout="array", dense=False):
    """Count the operations of the recurrent loop of a memory.

    Parameters
    ----------
    n_neurons : int
        Total number of neurons, m.
    order : int
        Number of represented dimensions, d.
    n_spikes : float
        Number of spikes in the run.
    n_steps : int
        Number of time steps in the run.
    layout : "array" or "single", optional
        ``order`` populations of one dimension each, or one population of ``order``
        dimensions. A neuron has 1 decoder and 1 encoder in an array and ``order`` of
        each in a single population.
    dense : bool, optional
        Whether the connection is dense. A spike then crosses ``n_neurons`` weights.
        Otherwise it crosses the decoders of its neuron; the encoders of all neurons
        and the recurrent matrix (``order ** 2``) are then used at every step on both
        kinds of device.

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
    """Energy of counted operations on a device, in joules.

    Parameters
    ----------
    work : Work
        Counts of `work`.
    device : str or Device
        "loihi", "gpu", "cpu", or a custom device.
    active : float, optional
        Fraction of neuron updates with input or activity; the others cost the idle
        energy. The default, 1, gives an upper estimate: in a recurrent memory nearly
        every neuron has input at every step.

    Returns
    -------
    float
        Energy of the whole run, without the host, input and output, and leakage.
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
