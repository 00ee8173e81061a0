"""
A delay that is learned while it runs
=====================================

Decoders of a population that reads the window are learned online, from an error.

No delay is computed here. A population sees four points of the window. The PES rule
changes its decoders, at each step, so that they decode a target: the input of 0.35
seconds ago.
"""

import nengo
import numpy as np
from matplotlib import pyplot as plt

import nengo_lmu
from nengo_lmu import plots

theta, delay, learned_until = 1.0, 0.35, 40.0

with nengo.Network(seed=0) as model:
    noise = nengo.processes.WhiteSignal(60, high=1, rms=0.5, seed=0)
    stimulus = nengo.Node(noise)
    memory = nengo_lmu.SpikingMemory(900, 6, theta, freq=1.0, seed=0)
    teacher = nengo_lmu.IdealMemory(12, theta)
    for each in memory, teacher:
        nengo.Connection(stimulus, each.input, synapse=None)
    target = teacher.add_delay(delay)

# %%
# The readers represent the window at four points. Most of them are silent at any time:
# otherwise the rule could follow the target with the mean of all rates, and learn
# nothing that lasts.

with model:
    readers = nengo.Ensemble(
        900, 4, radius=1.2, intercepts=nengo.dists.Uniform(-0.1, 0.9), seed=1
    )
    nengo.Connection(memory.add_window(4), readers, synapse=None)
    learned = nengo.Node(size_in=1)
    connection = nengo.Connection(
        readers,
        learned,
        function=lambda x: 0,
        synapse=0.05,
        learning_rule_type=nengo.PES(1e-3),
    )

# %%
# The error is what is learned minus the target. After 40 seconds the lesson is over: no
# error is given any more, and the decoders stay as they are.

with model:
    lesson = nengo.Node(lambda t, error: error * (t < learned_until), size_in=1)
    nengo.Connection(learned, lesson, synapse=None)
    nengo.Connection(target, lesson, transform=-1, synapse=None)
    nengo.Connection(lesson, connection.learning_rule, synapse=None)
    probes = [nengo.Probe(node) for node in (stimulus, target, learned)]

with nengo_lmu.Simulator(model) as simulator:
    simulator.run(50.0)
u, wanted, found = (simulator.data[probe][:, 0] for probe in probes)
times = simulator.trange()

# %%
# The error of each second, relative to the size of the target.

rms = np.sqrt(np.mean(wanted**2))
errors = np.sqrt(np.mean((found - wanted).reshape(50, -1) ** 2, axis=1)) / rms
print(f"in the first five seconds: {np.mean(errors[:5]):.2f}")
print(f"after the lesson: {np.mean(errors[40:]):.2f}")

# %%
# On the left is the error, second by second; the shaded part is the lesson. On the
# right are the input (grey), the target (dashed) and what was learned (red), without a
# teacher.

with plots.style():
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.5, 3.6), width_ratios=(1, 1.6), layout="constrained"
    )
    left.axvspan(0, learned_until, color=plots.COLORS[3], alpha=0.12, lw=0)
    left.plot(np.arange(50) + 0.5, errors, "o-", ms=4)
    left.set(xlabel="time (s)", ylabel="error / target", ylim=(0, None))
    late = times > 44
    right.plot(times[late], u[late], color="0.75", lw=2, label="input")
    right.plot(times[late], wanted[late], "--", color="0.15", label="0.35 s ago")
    right.plot(times[late], found[late], color=plots.COLORS[1], label="learned")
    right.set(xlabel="time (s)", ylabel="signal")
    right.legend(ncols=3, loc="upper left")
    right.set_ylim(top=1.3 * right.get_ylim()[1])
plt.show()
