"""
Permuted digits, trained and then in spikes
===========================================

A small version of permuted sequential MNIST, with digits that come with scikit-learn.

The pixels of a digit are shown one by one, in a random order that is the same for all
digits. After the last pixel the network has to name the digit. The memory is designed,
not trained; a hidden layer that reads its last state is trained. This example needs
scikit-learn and the extra ``jax``.
"""

import nengo
import numpy as np
from matplotlib import pyplot as plt
from scipy.special import softmax
from sklearn.datasets import load_digits

import nengo_lmu
from nengo_lmu import plots
from nengo_lmu.networks import FEED_FORWARD, GivenState, Stack, to_spiking
from nengo_lmu.theory.states import last_state
from nengo_lmu.training import train

# %%
# 1,797 digits of 64 pixels. The last 397 are not used before the end.

digits = load_digits()
rng = np.random.RandomState(0)
pixels = digits.data[:, rng.permutation(64)] / 16 - 0.3
labels, n_train = digits.target, 1400

# %%
# A pixel lasts 10 ms, and the window is as long as a digit. A memory without feedback
# does not depend on what is trained, so its states are computed at once.

order, pixel, dt = 48, 0.01, 0.001
theta = 64 * pixel
states = last_state(pixels, order, theta, pixel)
scale = states[:n_train].std()

# %%
# The hidden layer has 200 rectified units. It is trained with noise on the state, as it
# will hear it from spiking neurons.

layer = {"n_hidden": 200, "order": order, "theta": theta, "bias": True}
options = {"hidden_type": nengo.RectifiedLinear(), "input_to_hidden": False}
options |= {"memory": GivenState, **FEED_FORWARD}
network = Stack(1, [layer], 10, seed=0, **options)
trained, history = train(
    network,
    {network.layers[0].memory.state: states[:n_train]},
    labels[:n_train],
    loss="crossentropy",
    epochs=60,
    noise=np.diag((0.2 * states[:n_train].std(axis=0)) ** 2),
    learning_rate=3e-3,
    progress=False,
)

# %%
# The same layer in spikes, behind a memory in spikes. The digits follow one another
# without a pause. A node holds the state at the end of each digit while the memory sees
# the next one.

n_shown = 100
shown = n_train + rng.permutation(397)[:n_shown]
stream = pixels[shown].ravel()
sample = np.repeat(pixels[:40].ravel(), round(pixel / dt))


class Hold:
    """The state at the end of the last digit."""

    def __init__(self):
        self.held = np.zeros(order)

    def __call__(self, t, state):
        if round(t / dt) % round(theta / dt) == 0:
            self.held = state.copy()
        return self.held


with nengo.Network(seed=0) as model:
    stimulus = nengo.Node(nengo.processes.PresentInput(stream[:, None], pixel))
    memory = nengo_lmu.SpikingMemory(
        40 * order,
        order,
        theta,
        neuron_type=nengo.SpikingRectifiedLinear(),
        sample=sample,
    )
    nengo.Connection(stimulus, memory.input, synapse=None)
    hold = nengo.Node(Hold(), size_in=order, size_out=order)
    nengo.Connection(memory.state, hold, synapse=None)
    reader = to_spiking(Stack(1, [layer], 10, seed=0, **options), trained, synapse=0.1)
    nengo.Connection(hold, reader.layers[0].memory.state, synapse=None)
    probes = [nengo.Probe(node) for node in (stimulus, memory.state, reader.output)]

n_each = round(theta / dt)
with nengo_lmu.Simulator(model) as simulator:
    simulator.run_steps((n_shown + 1) * n_each)
signal, state, output = (simulator.data[probe] for probe in probes)

# %%
# A digit is named at the end of the next one, when the hidden layer has seen its state
# for as long as a digit lasts. The trained network without spikes names the same digits
# from exact states.

named = output[2 * n_each - 1 :: n_each].argmax(axis=1)
print(f"in spikes: {100 * np.mean(named == labels[shown]):.0f} % are right")

with network:
    given = nengo.Node(nengo.processes.PresentInput(states[shown], dt))
    nengo.Connection(given, network.layers[0].memory.state, synapse=None)
    exact = nengo.Probe(network.output)
with nengo.Simulator(network) as simulator:
    simulator.run_steps(n_shown)
named = simulator.data[exact].argmax(axis=1)
print(f"without spikes: {100 * np.mean(named == labels[shown]):.0f} % are right")

# %%
# Six digits. At the top are the digits, and their pixels as the network receives them;
# in the middle the state of the memory; below the probabilities of the ten classes. The
# answer to each digit appears one digit later, and the rings mark where it should be.

first, n = 10, 6
part = slice(first * n_each, (first + n) * n_each)
end = n * theta
with plots.style():
    figure, (top, middle, bottom) = plt.subplots(
        3,
        1,
        figsize=(9, 7),
        sharex=True,
        height_ratios=(1.4, 1, 1),
        layout="constrained",
    )
    times = dt * np.arange(n * n_each)
    top.plot(times, signal[part], drawstyle="steps-post", lw=0.8)
    top.set(ylabel="pixel", ylim=(-0.4, 2.6), yticks=[0], xlim=(0, end))
    for k in range(n):
        picture = top.inset_axes(
            [(k + 0.15) * theta, 0.9, 0.7 * theta, 1.6], transform=top.transData
        )
        picture.imshow(digits.images[shown[first + k]], cmap="Greys")
        picture.set_axis_off()
    extent = (0, end, order - 0.5, -0.5)
    colors = {"aspect": "auto", "interpolation": "nearest"}
    middle.imshow(
        (state[part] / scale).T, extent=extent, cmap="RdBu_r", vmin=-3, vmax=3, **colors
    )
    middle.set(ylabel="dimension")
    bottom.imshow(
        softmax(output[part], axis=1).T,
        extent=(0, end, 9.5, -0.5),
        cmap="Blues",
        **colors,
    )
    ends = theta * np.arange(1, n + 1) - theta / 20
    right = labels[shown[first - 1 : first + n - 1]]
    bottom.plot(ends, right, "o", mfc="none", mec=plots.COLORS[1], ms=12, mew=1.8)
    bottom.set(xlabel="time (s)", ylabel="digit", yticks=range(10))
    for ax in (top, middle, bottom):
        ax.grid(visible=False)
plt.show()
