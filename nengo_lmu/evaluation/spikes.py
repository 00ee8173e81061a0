"""Count of spikes without a record of each neuron."""

import nengo
import numpy as np


def spike_counter(populations, dt):
    """Add a node that outputs the number of spikes since the start of the run.

    A record of every neuron would need more memory than the network itself.

    Parameters
    ----------
    populations : iterable of nengo.ensemble.Neurons or SpikingMemory
        Spiking neurons with spikes of height 1 / dt, or memories.
    dt : float
        Time step in seconds.
    """
    count = nengo.Node(size_in=1, label="spikes so far")
    nengo.Connection(count, count, synapse=0)
    for neurons in populations:
        if hasattr(neurons, "add_spike_count"):
            nengo.Connection(neurons.add_spike_count(), count, synapse=None)
            continue
        each = np.full((1, neurons.size_out), dt)
        nengo.Connection(neurons, count, transform=each, synapse=None)
    return count
