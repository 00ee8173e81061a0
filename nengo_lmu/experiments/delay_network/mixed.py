"""A memory of the delay network made of choices of either recipe."""

import re
from dataclasses import replace

import nengo
import numpy as np
from nengo.dists import Uniform
from nengo.solvers import LstsqL2
from scipy.linalg import block_diag

from nengo_lmu.design import recorded_spikes
from nengo_lmu.design.decoders import N_EVAL_POINTS, REGULARITY, NoiseAware
from nengo_lmu.design.designer import design_memory
from nengo_lmu.design.synapses import correct_lead, discrete_lowpass, map_to_synapse
from nengo_lmu.experiments.delay_network import data as task
from nengo_lmu.experiments.delay_network.network import (
    TaskMemory,
    published_realization,
)
from nengo_lmu.loihi import responses
from nengo_lmu.loihi.arithmetic import (
    LARGEST,
    current_pole,
    round_weights,
    scale_weight,
    weight_unit,
)
from nengo_lmu.loihi.dense import N_LINES
from nengo_lmu.loihi.spike_encoder import SigmaDeltaEncoder
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize, simulate

ON_CHIP = {
    "rates": ["100-120 Hz", "250-350 Hz"],
    "intercepts": ["-1 to 0.5, random", "-0.8 to 0.8, even"],
    "coordinates": ["balanced", "least noise"],
    "synapse": ["10 ms", "67 ms"],
    "input": [
        "one pair, filtered twice",
        "one pair",
        "one line",
        "ten lines",
        "five lines",
    ],
    "mapping": ["continuous", "discrete", "discrete, the chip's pole"],
    "decoders": ["regularization 0.1", "regularization 0.01", "recorded spikes"],
    "weights": ["rounded", "not rounded", "rounded together"],
}
"""Choices on the chip: the first is the published one, the last is ours."""

LINES = {"one line": 1, "five lines": N_LINES, "ten lines": 10}
"""Lines of signed spikes that carry their remainder, of those inputs that have them."""

IN_NENGO = {
    "rates": ["200-400 Hz", "250-350 Hz"],
    "intercepts": ["-1 to 0.9, random", "as the value, even"],
    "coordinates": ["balanced", "least noise"],
    "synapse": ["10 ms", "67 ms"],
    "mapping": ["continuous", "discrete"],
    "decoders": ["regularization 0.1", "regularization 0.01", "recorded spikes"],
    "phases": ["random voltages", "even"],
}
"""The same in nengo, whose own defaults are the published recipe."""


class MixedMemory(TaskMemory):
    """A memory of the delay network, of some choices of either recipe.

    Parameters
    ----------
    choices : dict
        One value for each key of `ON_CHIP` or `IN_NENGO`.
    on_chip : bool
    seed : int

    Attributes
    ----------
    input : nengo.Node
    realization : Realization
    leads : (order, 1) array
    probes : list of nengo.Probe
    """

    def __init__(self, choices, on_chip, seed):
        self.choices, self.on_chip = choices, on_chip
        rng = np.random.RandomState(seed)
        design = design_memory(
            task.N_NEURONS,
            task.ORDER,
            task.THETA,
            neuron_type=nengo.LIF(),
            freq=task.FREQ,
            rms=task.LOUDEST,
            max_rates=Uniform(*_numbers(choices["rates"])),
            intercepts=_intercepts(choices["intercepts"], rng),
            synapse=0.01 if choices["synapse"] == "10 ms" else None,
            seed=seed,
        )
        self.tau, self.peak = design.synapse.tau, design.expected[0].peak
        self.pole = np.exp(-task.DT / self.tau)
        if on_chip:
            self.pole = current_pole(self.tau, task.DT)
        self.realization = design.loops[0].realization
        if choices["coordinates"] == "balanced":
            self.realization = published_realization()
        self.system = self.realization.system(*state_space(task.ORDER, task.THETA))
        self.tunings = [
            replace(p.tuning, lost=task.DT / 2 if on_chip else 0.0)
            for p in design.populations
        ]
        self._decode(rng)
        self.input = nengo.Node(size_in=1)
        even = choices.get("phases") == "even"
        self.ensembles = [
            nengo.Ensemble(
                len(p.tuning.gain),
                1,
                neuron_type=p.neuron_type if even else nengo.LIF(),
                encoders=p.tuning.encoders,
                gain=p.tuning.gain,
                bias=p.tuning.bias,
            )
            for p in design.populations
        ]
        self.probes = [nengo.Probe(e.neurons, synapse=None) for e in self.ensembles]
        if on_chip:
            self._connect_on_chip(*self._transforms())
        else:
            self._connect(*self._transforms())

    def _decode(self, rng):
        """Decoders from recorded spikes, as ours are, or from rates, as nengo's."""
        A, B = self.system
        sample = white_noise(100 / task.FREQ, task.FREQ, task.LOUDEST, dt=task.DT)
        x = simulate(*discretize(A, B, task.DT), sample)
        x = np.vstack([np.zeros(task.ORDER), x[:-1]])
        velocity = x @ A.T + sample[:, None] @ B.T
        self.responses, self.decoders, leads = [], [], []
        for k, tuning in enumerate(self.tunings):
            one = slice(k, k + 1)
            record = responses.record if self.on_chip else recorded_spikes.record
            recorded = record(tuning, x[:, one], self.pole, task.DT)
            targets = np.hstack([x[:, one], velocity[:, one]])
            decoders, lead = decoders_and_lead(
                recorded,
                recorded_spikes.filtered(targets, self.pole),
                self.tau,
                rng,
            )
            if self.choices["decoders"] != "recorded spikes":
                points = np.linspace(-1, 1, N_EVAL_POINTS)[:, None]
                solver = LstsqL2(reg=_numbers(self.choices["decoders"])[0])
                decoders, lead = solver(tuning.rates(points), points, rng=rng)[0], 0.0
            self.responses.append(recorded)
            self.decoders.append(decoders)
            leads.append([lead])
        self.leads = np.array(leads)

    def _transforms(self):
        """Continuous Principle 3, or the discrete one with either pole."""
        synapse, dt = nengo.Lowpass(self.tau), task.DT
        if self.choices["mapping"] == "continuous":
            dt = None
        elif self.choices["mapping"].endswith("pole"):
            synapse = discrete_lowpass(self.pole)
        mapped = map_to_synapse(*self.system, synapse, dt)
        return correct_lead(*mapped, *self.system, self.leads)

    def _connect(self, recurrent, drive):
        for i, post in enumerate(self.ensembles):
            nengo.Connection(self.input, post, transform=drive[i], synapse=self.tau)
            for j, pre in enumerate(self.ensembles):
                nengo.Connection(
                    pre.neurons,
                    post,
                    transform=recurrent[i, j] * self.decoders[j].T,
                    synapse=self.tau,
                )

    def _connect_on_chip(self, recurrent, drive):
        n_lines = LINES.get(self.choices["input"], 0)
        if n_lines:
            # The last line of a node may be one that never spikes.
            lines = nengo.Node(
                SigmaDeltaEncoder(self.peak), size_in=1, size_out=n_lines + 1
            )
            nengo.Connection(self.input, lines, synapse=None)
        silent = nengo.Node(0.0)
        spikes = task.DT * np.hstack(self.responses)
        of_lines = np.full((n_lines, n_lines), 1 / 16)
        gram = block_diag(spikes.T @ spikes / len(spikes), of_lines)
        for i, post in enumerate(self.ensembles):
            tuning, neurons = self.tunings[i], post.neurons
            encode = (tuning.gain * tuning.encoders.T)[0]
            decoders = [r * d for r, d in zip(recurrent[i], self.decoders, strict=True)]
            weights = np.vstack(decoders) * encode / task.DT
            step = encode * drive[i] * self.peak / max(n_lines, 1)
            weights = np.vstack([weights, np.tile(step, (n_lines, 1))])
            unit = weight_unit(
                np.max(np.abs(weights)),
                np.max(np.abs(tuning.bias)),
                self.pole,
                nengo.LIF(),
                task.DT,
            )
            if self.choices["weights"] == "rounded":
                weights = np.clip(np.round(weights / unit), -LARGEST, LARGEST) * unit
            elif self.choices["weights"] == "rounded together":
                weights = round_weights(weights, gram, unit)
            # nengo multiplies weights onto neurons by their gain.
            weights = weights.T / tuning.gain[:, None]
            first = 0
            for pre in self.ensembles:
                nengo.Connection(
                    pre.neurons,
                    neurons,
                    transform=task.DT * weights[:, first : first + pre.n_neurons],
                    synapse=self.tau,
                )
                first += pre.n_neurons
            if n_lines:
                nengo.Connection(
                    lines[:n_lines], neurons, transform=weights[:, first:], synapse=None
                )
            else:
                twice = self.choices["input"].endswith("twice")
                synapse = self.tau if twice else None
                nengo.Connection(self.input, post, transform=drive[i], synapse=synapse)
            scale = scale_weight(unit) / tuning.gain[:, None]
            nengo.Connection(silent, neurons, transform=scale, synapse=None)


def decoders_and_lead(activities, targets, tau, rng):
    """Decoders of x and by how much what they decode leads, as a `SpikingMemory` has.

    Parameters
    ----------
    activities : (n, n_neurons) array
    targets : (n, 2) array
        x and its velocity.
    tau : float
        Time constant of the synapse, in seconds.
    rng : RandomState
    """
    of_both, _ = NoiseAware(tau, REGULARITY)(activities, targets, rng=rng)
    rest = targets - activities @ of_both
    lead = -(targets[:, 1] @ rest[:, 0]) / (targets[:, 1] @ rest[:, 1])
    return of_both[:, :1] + lead * of_both[:, 1:], lead


def _numbers(text):
    """The numbers in the name of a value: "100-120 Hz", "-1 to 0.5, random"."""
    return [float(n) for n in re.findall(r"(?<!\d)-?\d+\.?\d*", text)]


def _intercepts(value, rng):
    """As an argument of `SpikingMemory`."""
    if value == "as the value, even":
        return None
    low, high = _numbers(value)
    if value.endswith("random"):
        return Uniform(low, high)
    n_each = task.N_NEURONS // task.ORDER
    return np.linspace(low, high, n_each)[rng.permutation(n_each)]
