"""Words recognized while they are spoken, from the window of a filter bank.

The words are ten glides of two resonances, made here. Eight mel bands of the sound are
the inputs of a memory with one channel each, and a layer of random neurons reads its
state and names the word that has just ended. `nengo-lmu train spoken-digits` does this
with recordings of people.
"""

import nengo
import numpy as np

import nengo_lmu
from nengo_lmu.experiments.spoken_digits import features
from nengo_lmu.theory.states import states

dt, frame = 0.001, 0.01  # seconds
theta, order, n_bands, n_hidden = 0.6, 5, 8, 300
pause = 60  # frames
rng = np.random.RandomState(0)
bank = features.mel_bank(n_bands)

# First and last frequency of both resonances, in Hz.
glides = [
    [(300, 600), (2200, 900)], [(450, 700), (800, 1100)], [(300, 300), (1000, 700)],
    [(400, 300), (1500, 2600)], [(600, 450), (900, 900)], [(800, 350), (1200, 2300)],
    [(350, 350), (2000, 3200)], [(600, 500), (1900, 1500)], [(500, 300), (2500, 2500)],
    [(700, 300), (1300, 2800)],
]  # fmt: skip


def speak(word):
    """Make the bands (n_frames, n_bands) of a word, a little different each time."""
    n = rng.randint(2400, 4000)
    t = np.linspace(0, 1, n)
    voice = rng.uniform(0.93, 1.07)
    tones = [
        np.sin(2 * np.pi * np.cumsum(voice * (a + (b - a) * t)) / 8000)
        for a, b in glides[word]
    ]
    sound = rng.uniform(0.05, 0.3) * np.sum(tones, axis=0) * np.sin(np.pi * t) ** 0.3
    noise = 0.002 * rng.normal(size=n)
    return features.bands(features.power(np.float32(sound + noise)), bank)


def sequence(words):
    """Words with pauses between them, and the frame after each."""
    silence = np.zeros((pause, n_bands))
    parts = [part for word in words for part in (speak(word), silence)]
    lengths = np.array([len(part) for part in parts])
    return np.concatenate(parts), np.cumsum(lengths)[::2]


# A layer of random units, and output weights fitted by least squares: a word is named
# in the ten frames after it, and nothing before.
learned = rng.randint(0, 10, 600)
heard, ends = sequence(learned)
x = states(heard[None], order, theta, frame)[0]
scale = np.sqrt(np.mean(x**2, axis=0))
weights = rng.normal(0, 1 / np.sqrt(x.shape[1]), (n_hidden, x.shape[1])) / scale
bias = rng.uniform(-1, 1, n_hidden)
rows = np.concatenate([ends + k for k in range(10)])
noisy = x[rows] + rng.normal(0, 0.1, (len(rows), x.shape[1])) * scale
hidden = np.maximum(noisy @ weights.T + bias, 0)
targets = np.tile(np.eye(10)[learned], (10, 1))
outputs = np.linalg.solve(hidden.T @ hidden + np.eye(n_hidden), hidden.T @ targets).T

spoken = rng.permutation(np.tile(np.arange(10), 3))
played, ends = sequence(spoken)

with nengo.Network(label="spoken digits", seed=0) as model:
    sound = nengo.Node(nengo.processes.PresentInput(played, frame), label="mel bands")
    memory = nengo_lmu.SpikingMemory(
        30 * order,
        order,
        theta,
        n_channels=n_bands,
        neuron_type=nengo.SpikingRectifiedLinear(),
        sample=np.repeat(heard[:3000], round(frame / dt), axis=0),
        dt=dt,
    )
    nengo.Connection(sound, memory.input, synapse=None)
    layer = nengo.Ensemble(
        n_hidden,
        1,
        neuron_type=nengo.SpikingRectifiedLinear(),
        gain=np.full(n_hidden, 200.0),
        bias=200 * bias,
        label="hidden layer",
    )
    nengo.Connection(memory.state, layer.neurons, transform=weights, synapse=None)
    word = nengo.Node(size_in=10, label="which word")
    nengo.Connection(layer.neurons, word, transform=outputs / 200, synapse=0.02)

    nengo.Probe(sound, label="mel bands")
    nengo.Probe(word, label="which word")
