"""What the trained network takes of a Loihi chip, without simulation."""

import nengo
import numpy as np

from nengo_lmu.experiments.memory_run import play
from nengo_lmu.experiments.reader_run import RATE
from nengo_lmu.experiments.spoken_digits import network as net
from nengo_lmu.networks.to_spiking import to_spiking


def occupied(trained, sample):
    """Cores and chips of the network with its memories laid out for words.

    Parameters
    ----------
    trained : Trained
    sample : list of (n_frames, n_bands) array

    Returns
    -------
    dict
        ``cores`` and ``chips``.

    Raises
    ------
    ValidationError
        If it does not fit one chip.
    """
    from nengo_lmu.loihi.partition import partition

    parameters = trained.parameters
    with nengo.Network(seed=0) as model:
        network = net.build(parameters, **net.in_spikes(parameters, sample, chip=True))
        to_spiking(network, trained, rate=RATE[True], synapse=net.SYNAPSE)
        play(np.zeros((1, parameters["n_bands"])), network.input, net.DT)
        nengo.Probe(network.output)
    found = partition(model)
    found.check()
    return {name: found.totals[name] for name in ("cores", "chips")}
