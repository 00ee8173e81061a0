"""Classification of digits whose pixels are shown one by one, in a random order.

The window of the memory is as long as a digit, and the digits follow each other without
a pause. After the last pixel of a digit, a node holds the state of the memory, and a
layer of random neurons classifies it. `nengo-lmu train psmnist` does this with MNIST.
"""

import nengo
import numpy as np

import nengo_lmu
from nengo_lmu.theory.states import last_state

dt, pixel = 0.001, 0.005  # seconds
order, n_hidden = 48, 600
rng = np.random.RandomState(0)

segments = ["abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc"]
segments += ["abcdefg", "abcfgd"]
strokes = {
    "a": np.s_[0, 0:5],
    "b": np.s_[0:5, 4],
    "c": np.s_[4:9, 4],
    "d": np.s_[8, 0:5],
    "e": np.s_[4:9, 0],
    "f": np.s_[0:5, 0],
    "g": np.s_[4, 0:5],
}
permutation = rng.permutation(11 * 11)


def draw(labels):
    """Draw digits at random places; returns sequences of pixels, (n, 121)."""
    images = np.full((len(labels), 11, 11), -0.2)
    for image, label in zip(images, labels, strict=True):
        row, column = rng.randint(0, 3), rng.randint(0, 7)
        for name in segments[label]:
            image[row : row + 9, column : column + 5][strokes[name]] = 0.8
    return images.reshape(len(labels), -1)[:, permutation]


labels = rng.randint(0, 10, 6000)
digits = draw(labels)
theta = digits.shape[1] * pixel

# A layer of random units, and output weights fitted by least squares.
states = last_state(digits, order, theta, pixel)
scale = np.std(states, axis=0)
weights = rng.normal(0, 1 / np.sqrt(order), (n_hidden, order)) / scale
bias = rng.uniform(-1, 1, n_hidden)
noisy = states + rng.normal(0, 0.3, states.shape) * scale
hidden = np.maximum(noisy @ weights.T + bias, 0)
gram = hidden.T @ hidden + np.eye(n_hidden)
outputs = np.linalg.solve(gram, hidden.T @ np.eye(10)[labels]).T

shown = rng.permutation(np.tile(np.arange(10), 10))
stream = np.repeat(draw(shown).ravel(), round(pixel / dt))
stream = np.append(0, stream[:-1])


class Keep:
    """Hold the state at the end of a digit until the end of the next one."""

    def __init__(self):
        self.kept = np.zeros(order)

    def __call__(self, t, state):
        if round(t / dt) % round(theta / dt) == 1 and t > theta:
            self.kept = state.copy()
        return self.kept


with nengo.Network(label="psMNIST", seed=0) as model:
    pixels = nengo.Node(nengo.processes.PresentInput(stream[:, None], dt))
    memory = nengo_lmu.SpikingMemory(
        40 * order,
        order,
        theta,
        neuron_type=nengo.SpikingRectifiedLinear(),
        sample=stream[: 20 * round(theta / dt)],
        max_rates=np.full(40, 200.0),
        intercepts=np.zeros(40),
        dt=dt,
    )
    nengo.Connection(pixels, memory.input, synapse=None)
    kept = nengo.Node(Keep(), size_in=order, size_out=order, label="last state")
    nengo.Connection(memory.state, kept, synapse=None)
    layer = nengo.Ensemble(
        n_hidden,
        1,
        neuron_type=nengo.SpikingRectifiedLinear(),
        gain=np.full(n_hidden, 100.0),
        bias=100 * bias,
        label="hidden layer",
    )
    nengo.Connection(kept, layer.neurons, transform=weights, synapse=None)
    digit = nengo.Node(size_in=10, label="which digit")
    nengo.Connection(layer.neurons, digit, transform=outputs / 100, synapse=0.05)

    nengo.Probe(pixels, label="pixels")
    nengo.Probe(digit, label="which digit")
