"""Dropout of hidden units in training, reproducible when a training is resumed."""

from contextlib import contextmanager

import nengo

from nengo_lmu.networks.weights import layers
from nengo_lmu.training.compatibility import load

nengo_dl = load()
import tensorflow as tf  # noqa: E402  (nengo-dl sets up its Keras)


class Dropout(tf.keras.layers.Layer):
    """Set random inputs to zero in training, and scale up the others.

    The random numbers are a function of a seed and of ``step``, the variable that
    counts the steps of the optimizer, so a checkpoint needs no further state.
    """

    def __init__(self, rate, seed):
        super().__init__()
        self.rate, self.seed, self.step = rate, seed, None

    def call(self, x, training=None):
        """Return ``x``, in training with dropout."""

        def dropped():
            step = 0 if self.step is None else tf.cast(self.step, tf.int32)
            kept = tf.random.stateless_uniform(x.shape, [self.seed, step]) >= self.rate
            return tf.where(kept, x / (1 - self.rate), 0.0)

        return tf.keras.backend.in_train_phase(dropped, x, training)


@contextmanager
def dropout(network, rate, seed):
    """Drop out hidden units of all layers for the duration of a ``with`` block.

    Yields
    ------
    list of Dropout
        Empty if the rate is 0.
    """
    added = []
    of_network = layers(network).values() if rate else []
    for k, layer in enumerate(of_network):
        layer.connections.remove(layer.from_units)
        before = len(layer.nodes), len(layer.connections)
        drop = Dropout(rate, seed + k)
        with layer:
            node = nengo_dl.TensorNode(
                drop,
                shape_in=(layer.hidden.size_in,),
                shape_out=(layer.hidden.size_in,),
                pass_time=False,
            )
            nengo.Connection(layer.ensemble.neurons, node, synapse=None)
            nengo.Connection(node, layer.hidden, synapse=None)
        added.append((layer, before, drop))
    try:
        yield [drop for _, _, drop in added]
    finally:
        for layer, (n_nodes, n_connections), _ in added:
            del layer.nodes[n_nodes:], layer.connections[n_connections:]
            layer.connections.append(layer.from_units)
