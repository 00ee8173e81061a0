"""A network prepared for NengoDL: with sources, probes and marked weights."""

import warnings

import nengo
import numpy as np

from nengo_lmu.networks.lmu import windows
from nengo_lmu.networks.weights import layers
from nengo_lmu.training.compatibility import load

nengo_dl = load()


class Harness(nengo.Network):
    """A network with sources of data and noise, and probes.

    Parameters
    ----------
    network : nengo.Network
        A network with ``output`` and ``weights``. It is not changed.
    nodes : list of nengo.Node
        Nodes that receive data.
    noisy : collection of str
        Layers with noise added to the state of the memory.
    only_last : bool
        Whether only the output of the last step is recorded.
    unrolled : bool
        Whether a sample has a single step, which needs no loop over steps.

    Attributes
    ----------
    sources : list of nengo.Node
        Source of each of ``nodes``.
    noise : dict of {str: nengo.Node}
        Source of the noise of each layer in ``noisy``.
    output : nengo.Probe
    units : dict of {str: nengo.Probe}
        Activities of the hidden units of each layer.
    """

    def __init__(self, network, nodes, noisy, only_last, unrolled):
        super().__init__(label="training", add_to_container=False)
        self.sources, self.noise, self.units = [], {}, {}
        self.layers = layers(network)
        with self:
            nengo_dl.configure_settings(
                trainable=False,
                stateful=False,
                use_loop=not unrolled,
                keep_history=not only_last,
            )
            self.add(network)
        for of in network.weights.values():
            if isinstance(of, nengo.Ensemble):
                self.config[of.neurons].trainable = True
            elif isinstance(of, nengo.Connection):
                self.config[of].trainable = True
        with self:
            for node in nodes:
                source = nengo.Node(np.zeros(node.size_in))
                nengo.Connection(source, node, synapse=None)
                self.sources.append(source)
            self.output = nengo.Probe(network.output)
            for name, layer in self.layers.items():
                if name in noisy:
                    self.noise[name] = _add_noise(layer.memory)
                self.units[name] = nengo.Probe(layer.ensemble.neurons)

    def simulator(self, batch, seed):
        """Make a `nengo_dl.Simulator` of this network."""
        dt = next(iter(self.layers.values())).memory.dt
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "No GPU support detected")
            return nengo_dl.Simulator(
                self, dt=dt, minibatch_size=batch, seed=seed, progress_bar=False
            )


def _add_noise(memory):
    """Add a source of noise for the state of a memory or a bank."""
    source = nengo.Node(np.zeros(memory.state.size_in))
    for k, own in enumerate(windows(memory).values()):
        size = own.state.size_in
        columns = slice(k * size, (k + 1) * size)
        nengo.Connection(source[columns], own.state, synapse=None)
    return source
