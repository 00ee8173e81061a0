"""Why independent regular neurons err more than their counts should: table, figure.

Order 24, 200 rectified neurons a dimension, noise to order / (3.3 s). Prints the table
of docs/regular-spikes.md and draws docs/images/regular-spikes.png.
"""

from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import nengo
import numpy as np
from scipy.signal import welch

from nengo_lmu.design.count_prediction import loop_gain
from nengo_lmu.design.loops import Population
from nengo_lmu.design.tuning import Tuning
from nengo_lmu.evaluation.error import ideal_state
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import white_noise
from nengo_lmu.theory.lti import simulate
from nengo_lmu.theory.realizations import window_metric

ORDER, N, DT, SECONDS, SEGMENT = 24, 200, 0.001, 20.0, 4000
FREQ = ORDER / 3.3
HARMONICS = 6
SLOW = 20.0
"""Frequency in Hz below which an error counts as slow."""

POPULATIONS = {
    "silent half of the time, random phases": (0.0, False),
    "silent half of the time, even phases": (0.0, True),
    "never silent, random phases": (-2.2, False),
    "never silent, even phases": (-2.2, True),
}


class Alike:
    """Neurons of one intercept and of 200 Hz, at random or at even phases."""

    def __init__(self, intercept, even):
        self.intercept, self.even = intercept, even

    def loops(self, designer):
        realization = designer.realization(designer.expected[0])
        responses = designer.responses(0, realization)
        populations = []
        for columns, n in designer.shares(designer.choices.n_neurons):
            encoders = np.where(np.arange(n) % 2, 1.0, -1.0)[:, None]
            kind = designer.neuron_type
            tuning = Tuning.draw(encoders, kind, 200.0, self.intercept, designer.rng)
            given = responses.of(tuning, columns)
            decoders, lead = designer.decode(tuning, *given)
            phases = designer.rng.rand(n)
            if self.even:
                phases = (np.arange(n) // 2 + 0.5) / (n / 2)
            kind = nengo.SpikingRectifiedLinear(initial_state={"voltage": phases})
            populations.append(Population(columns, tuning, decoders, lead, kind))
        yield designer.close(0, realization, populations)


def decoded(population, x):
    """What it decodes over time from whole spikes, and from its rates."""
    rates = population.tuning.rates(x[:, None])
    phase = np.cumsum(rates, axis=0) * DT
    phase += population.neuron_type.initial_state["voltage"]
    counts = np.diff(np.floor(phase), axis=0, prepend=0)
    return counts @ population.decoders[:, 0] / DT, rates @ population.decoders[:, 0]


def count_density(rate):
    """One-sided density of a neuron's count error, its phase being unknown.

    The error is the sawtooth sum of sin(2 pi k Phi) / (pi k), of the integrated rate.
    """
    phase, total = np.cumsum(rate) * DT, 0.0
    for k in range(1, HARMONICS + 1):
        wave = np.exp(2j * np.pi * k * phase)
        _, density = welch(
            wave, 1 / DT, nperseg=SEGMENT, return_onesided=False, detrend=False
        )
        total = total + density / (2 * (np.pi * k) ** 2)
    half = SEGMENT // 2
    return total[1:half] + total[:half:-1]


def measure(intercept, even, freqs):
    """Errors of one population: a row of the table, and spectra."""
    make = partial(
        SpikingMemory,
        N * ORDER,
        ORDER,
        1.0,
        neuron_type=nengo.SpikingRectifiedLinear(),
        freq=FREQ,
        tuning=Alike(intercept, even),
        seed=1,
    )
    u = white_noise(SECONDS, FREQ, 0.5, seed=3)
    run = run_memory(make, u, SECONDS, backend="nengo-lmu")
    design = run.memory.design
    loop = design.loops[0]
    gain = loop_gain(design, loop)
    x = ideal_state(u, ORDER, 1.0, DT) @ loop.realization.transform.T
    step = (2 * np.sin(np.pi * freqs * DT) / DT) ** 2
    gains = np.array([np.sum(np.abs(gain.at(f)) ** 2, axis=0) for f in freqs])
    rng, errors = np.random.RandomState(2), np.empty_like(x)
    formula, variance = np.zeros((len(freqs), ORDER)), np.zeros(ORDER)
    for k, population in enumerate(loop.populations):
        spikes, smooth = decoded(population, x[:, k])
        errors[:, k] = spikes - x[:, k]
        d = population.decoders[:, 0]
        rates = population.tuning.rates(x[:, k : k + 1])
        variance[k] = np.sum(d**2 * np.mean(rates > 0, axis=0)) / 12
        for i in rng.choice(N, 2, replace=False):  # they stand for all
            formula[:, k] += np.sum(d**2) / 2 * count_density(rates[1000:, i])
    pole = np.exp(-DT / design.synapse.tau)
    entry = (1 - pole) * loop.recurrent
    through = simulate(pole * np.eye(ORDER) + entry, entry, errors)
    rms = np.sqrt(np.mean(np.sum((x[1000:] @ gain.to_window.T) ** 2, axis=1)))
    opened = through[1000:] @ gain.to_window.T
    opened = np.sqrt(np.mean(np.sum(opened**2, axis=1)))
    power = np.sum(gains * formula * step[:, None], axis=1) * (freqs[1] - freqs[0])
    direct = gain.to_window @ entry / DT
    row = {
        "closed loop": run.nrmse,
        "open loop": opened / rms,
        "formula": np.sqrt(np.sum(power)) / rms,
        "formula, fast": np.sqrt(np.sum(power[freqs > SLOW])) / rms,
        "counts of 1/12": np.sqrt(np.sum(direct**2 * variance)) / rms,
        "even weights": _evenly_weighted(loop, entry / DT, variance, x[1000:]),
    }
    _, spectrum = welch(errors[1000:], 1 / DT, nperseg=SEGMENT, axis=0)
    spectrum = spectrum[1 : SEGMENT // 2]
    below = np.cumsum(np.sum(gains * spectrum, axis=1)) * (freqs[1] - freqs[0])
    expected = np.mean(formula * step[:, None], axis=1)
    return row, gains.mean(axis=1), spectrum.mean(axis=1), expected, below / rms**2


def _evenly_weighted(loop, entry, variance, x):
    """The error from counts of 1/12 if all delays had the same weight."""
    root = np.sqrt(window_metric(ORDER))[:, None] * loop.realization.inverse
    power = np.sum((root @ entry) ** 2 * variance)
    return np.sqrt(power / np.mean(np.sum((x @ root.T) ** 2, axis=1)))


def main():
    freqs = np.arange(1, SEGMENT // 2) / (SEGMENT * DT)
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
    names = None
    for name, (intercept, even) in POPULATIONS.items():
        row, gain, spectrum, expected, below = measure(intercept, even, freqs)
        if even:  # independent phases are what the formula and 1/12 are for
            row = {k: v if k.endswith("loop") else None for k, v in row.items()}
        if names is None:
            names = list(row)
            print("| population |", " | ".join(names), "|")
            print("|---|" + "---|" * len(names))
            axes[1].loglog(freqs, gain, "k")
        shown = ("" if row[k] is None else f"{row[k]:.4f}" for k in names)
        print(f"| {name} |", " | ".join(shown), "|", flush=True)
        (line,) = axes[0].loglog(freqs, spectrum, label=name)
        if not even:
            axes[0].loglog(freqs, expected, ":k", linewidth=1)
        axes[2].loglog(freqs, below, color=line.get_color())
    axes[0].set(title="Error of what is decoded (dotted: formula)", ylabel="1/Hz")
    axes[1].set(title="What the loop makes of it", ylabel="gain of power")
    axes[2].set(title="Error from below a frequency", ylabel="NRMSE²")
    for axis in axes:
        axis.set_xlabel("frequency (Hz)")
    axes[0].legend(fontsize=7)
    figure.savefig(Path(__file__).parent / "images" / "regular-spikes.png", dpi=110)


if __name__ == "__main__":
    main()
