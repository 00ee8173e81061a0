"""An LSTM of Keras for comparison."""

from time import perf_counter

import numpy as np

from nengo_lmu import checks
from nengo_lmu.training.compatibility import load

load()
import tensorflow as tf  # noqa: E402  (nengo-dl sets up its Keras)


def train_lstm(
    inputs,
    targets,
    validation,
    *,
    units,
    epochs=100,
    batch=64,
    learning_rate=1e-2,
    seed=0,
):
    """Train one LSTM layer and a linear read-out with Adam and the mean square error.

    The learning rate decays to zero along a cosine; gradients are clipped to norm 1.
    The weights with the least validation loss are kept.

    Parameters
    ----------
    inputs, targets : (n, n_steps, size) array
        Sequences; the initial state of each is zero.
    validation : pair of array
        Inputs and targets.
    units : int
    epochs, batch : int, optional
    learning_rate : float, optional
        Initial learning rate.
    seed : int, optional
        Seed of the weights and of the order of the samples.

    Returns
    -------
    predict : callable
        Function from inputs with any number of steps to outputs.
    n_weights : int
        Number of trained weights.
    seconds : float
        Duration of the training.
    """
    units = checks.integer(units, attr="units")
    tf.keras.utils.set_random_seed(seed)
    size_in, size_out = np.shape(inputs)[-1], np.shape(targets)[-1]
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Input((None, size_in)),
            tf.keras.layers.LSTM(units, return_sequences=True),
            tf.keras.layers.Dense(size_out),
        ]
    )
    n_updates = epochs * -(-len(inputs) // batch)
    rate = tf.keras.optimizers.schedules.CosineDecay(learning_rate, n_updates)
    model.compile(
        tf.keras.optimizers.Adam(rate, global_clipnorm=1.0, jit_compile=False), "mse"
    )
    best = _Best()
    begin = perf_counter()
    model.fit(
        inputs,
        targets,
        batch_size=batch,
        epochs=epochs,
        validation_data=validation,
        validation_freq=max(1, epochs // 20),
        validation_batch_size=1024,
        verbose=0,
        callbacks=[best],
    )
    seconds = perf_counter() - begin
    model.set_weights(best.weights)

    def predict(inputs):
        return model.predict(inputs, batch_size=64, verbose=0)

    return predict, model.count_params(), seconds


class _Best(tf.keras.callbacks.Callback):
    """Keep the weights with the least validation loss."""

    loss = np.inf

    def on_epoch_end(self, epoch, logs=None):
        if logs.get("val_loss", np.inf) < self.loss:
            self.loss, self.weights = logs["val_loss"], self.model.get_weights()
