"""Writes the files of keras-lmu that the tests read: ``python make_files.py``.

It needs keras-lmu, which the tests do not: run it with keras-lmu 0.9.0, Keras 3.15.1
and TensorFlow 2.21.0 for the files ``keras3-*``, and with keras-lmu 0.7.0, Keras 2.15.0
and TensorFlow 2.15.1 for ``keras2-*``. Every layer is drawn at random, and is stored
with a random input and the output that keras-lmu computes for it.
"""

from pathlib import Path

import keras
import keras_lmu
import numpy as np

FILES = Path(__file__).parent / "files"
N_STEPS, SEED = 40, 7


def hidden_cell(rng, n_hidden):
    activation = str(rng.choice(["tanh", "relu", "sigmoid"]))
    bias = bool(rng.rand() < 0.7)
    kind = keras.layers.SimpleRNNCell if rng.rand() < 0.5 else keras.layers.Dense
    return kind(n_hidden, activation=activation, use_bias=bias)


def random_layer(rng, k):
    """One of the layers, and the size of its input."""
    size_in, memory_d, order, theta, n_hidden = (
        int(rng.randint(low, high))
        for low, high in ((1, 4), (1, 4), (1, 9), (4, 60), (2, 9))
    )
    arguments = {
        "memory_d": memory_d,
        "order": order,
        "theta": theta,
        "hidden_cell": hidden_cell(rng, n_hidden),
        "input_to_hidden": bool(rng.rand() < 0.5),
    }
    if k % 5 == 3:
        arguments |= {"kernel_initializer": None}
        size_in = memory_d
    if k % 5 in (1, 3):
        return keras_lmu.LMUFeedforward(**arguments, return_sequences=True), size_in
    arguments |= {
        "trainable_theta": bool(rng.rand() < 0.3),
        "hidden_to_memory": bool(rng.rand() < 0.5),
        "memory_to_memory": bool(rng.rand() < 0.5),
    }
    if k % 5 == 4:
        cell = keras_lmu.LMUCell(**arguments)
        return keras.layers.RNN(cell, return_sequences=True), size_in
    return keras_lmu.LMU(**arguments, return_sequences=True), size_in


def main():
    version = keras.__version__[0]
    rng = np.random.RandomState(SEED + int(version))
    stored = {}
    for k in range(10):
        layer, size_in = random_layer(rng, k)
        model = keras.Sequential([keras.layers.Input((N_STEPS, size_in)), layer])
        weights = model.get_weights()
        model.set_weights(
            [w if w.ndim == 0 else w + 0.1 * rng.randn(*w.shape) for w in weights]
        )
        name = f"keras{version}-{k}"
        endings = {"2": [".h5", ".h5", ".keras"], "3": [".keras", ".keras", ".h5"]}[
            version
        ]
        path = FILES / f"{name}{endings[k % len(endings)]}"
        model.save(path)
        x = rng.randn(1, N_STEPS, size_in).astype(np.float32)
        x[:, 0] = 0  # as a network begins
        stored[f"{path.name} x"] = x[0]
        stored[f"{path.name} y"] = model.predict(x, verbose=0)[0]
    np.savez_compressed(FILES / f"keras{version}.npz", **stored)


if __name__ == "__main__":
    main()
