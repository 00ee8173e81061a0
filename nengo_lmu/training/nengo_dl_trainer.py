"""Training in a `nengo_dl.Simulator`: any network, with all its loops."""

import numpy as np

from nengo_lmu.training.compatibility import load
from nengo_lmu.training.dropout import dropout
from nengo_lmu.training.harness import Harness
from nengo_lmu.training.variables import Variables

load()
import tensorflow as tf  # noqa: E402  (nengo-dl sets up its Keras)


class NengoDLTrainer:
    """The weights of a network and Adam, in a `nengo_dl.Simulator`.

    Parameters
    ----------
    network : nengo.Network
    nodes : list of nengo.Node
        Nodes that receive the inputs of the data.
    data : Data
        Data of the same numbers of steps as all others.
    options : nengo_lmu.training.trainers.Options
    """

    packages = "nengo_dl", "tensorflow"

    def __init__(self, network, nodes, data, options):
        self.batch, self.rates = options.batch, options.rates
        only_last = data.targets.shape[1] == 1 < data.n_steps
        with dropout(network, options.dropout, options.seed) as drops:
            self.harness = Harness(
                network, nodes, options.noisy, only_last, data.n_steps == 1
            )
            self.simulator = self.harness.simulator(options.batch, options.seed)
        self._loss = {
            "mse": tf.keras.losses.MeanSquaredError(),
            "crossentropy": tf.keras.losses.SparseCategoricalCrossentropy(
                from_logits=True
            ),
        }[options.loss]
        in_training = _smoothed(options.smoothing) if options.smoothing else self._loss
        losses = {self.harness.output: in_training}
        if self.rates is not None:
            losses |= dict.fromkeys(self.harness.units.values(), _penalty(*self.rates))
        self.optimizer = tf.keras.optimizers.Adam(jit_compile=False)
        self.simulator.compile(optimizer=self.optimizer, loss=losses)
        self.variables = Variables(self.simulator, network.weights)
        self.optimizer.build(self.variables.of_model)
        for drop in drops:
            drop.step = self.optimizer.iterations

    def close(self):
        """Close the simulator."""
        self.simulator.close()

    def fit(self, data, noise, rate, end_batch):
        """Train on all batches in order, and return the mean loss.

        Parameters
        ----------
        data : Data
            A multiple of the batch.
        noise : dict of {str: (n, n_steps, size) array}
            Noise of the states, by layer.
        rate : float
            Learning rate.
        end_batch : callable
            Called after each batch with its index and the mean loss until then.
        """
        targets = {self.harness.output: data.targets}
        if self.rates is not None:
            for probe in self.harness.units.values():
                shape = len(data), 1, probe.size_in
                targets[probe] = np.zeros(shape, np.float32)
        self.optimizer.learning_rate.assign(rate)
        ends = tf.keras.callbacks.LambdaCallback(
            on_batch_end=lambda batch, logs: end_batch(batch, logs["loss"])
        )
        fitted = self.simulator.fit(
            self._inputs(data, noise),
            targets,
            shuffle=False,
            verbose=0,
            callbacks=[ends],
        )
        return float(fitted.history["loss"][0])

    def predict(self, data, noise):
        """Outputs (n, n_steps, size), and activities of the units by layer."""
        # The simulator takes whole batches: copies of the last sample complete it.
        rows = np.arange(-(-len(data) // self.batch) * self.batch)
        rows = np.minimum(rows, len(data) - 1)
        noise = {name: errors[rows] for name, errors in noise.items()}
        found = self.simulator.predict(self._inputs(data.take(rows), noise), verbose=0)
        activities = {
            name: found[probe][: len(data)]
            for name, probe in self.harness.units.items()
        }
        return found[self.harness.output][: len(data)], activities

    def _inputs(self, data, noise):
        inputs = dict(zip(self.harness.sources, data.inputs, strict=True))
        return inputs | {self.harness.noise[name]: noise[name] for name in noise}

    def loss(self, targets, outputs):
        """Loss of outputs, without the penalty of the rates."""
        return float(self._loss(targets, outputs))

    def weights(self):
        """Current weights, by name."""
        return self.variables.split(self.variables.of_model)

    def set_weights(self, weights):
        """Set all weights."""
        self.variables.assign(self.variables.of_model, weights)

    def optimizer_state(self):
        """Both moments of the weights, by name, and the number of steps."""
        moments = [self.variables.split(some) for some in self._moments()]
        return moments, int(self.optimizer.iterations)

    def set_optimizer_state(self, moments, iterations):
        """Set what `optimizer_state` returns."""
        for variables, values in zip(self._moments(), moments, strict=True):
            self.variables.assign(variables, values)
        self.optimizer.iterations.assign(iterations)

    def _moments(self):
        return self.optimizer._momentums, self.optimizer._velocities


def _smoothed(smoothing):
    """Cross-entropy that spreads evenly over all classes with this probability."""

    def loss(targets, outputs):
        wanted = tf.one_hot(tf.cast(targets[..., 0], tf.int32), outputs.shape[-1])
        return tf.keras.losses.categorical_crossentropy(
            wanted, outputs, from_logits=True, label_smoothing=smoothing
        )

    return loss


def _penalty(limit, weight):
    """Loss of activities above a limit, see ``rates`` of `train`."""

    def penalty(_, activity):
        excess = tf.nn.relu(tf.abs(activity) / limit - 1)
        return weight * tf.reduce_mean(tf.square(excess))

    return penalty
