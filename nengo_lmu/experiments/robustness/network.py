"""Memories with an imperfection that their design does not know of."""

from dataclasses import replace

import nengo
import numpy as np

from nengo_lmu.networks import SpikingMemory

KICK = 3.0
"""Second at which phases are moved."""

LEAST = 0.2
"""Smallest part of its value that a gain or bias may scatter to."""


def scattered(design, size, rng):
    """A design whose gains and biases are off by ``size`` of their values (std)."""

    def off(values):
        return values * np.maximum(1 + size * rng.randn(len(values)), LEAST)

    def of_population(population):
        tuning = population.tuning
        tuning = replace(tuning, gain=off(tuning.gain), bias=off(tuning.bias))
        return replace(population, tuning=tuning)

    loops = tuple(
        replace(loop, populations=tuple(map(of_population, loop.populations)))
        for loop in design.loops
    )
    return replace(design, loops=loops)


def memory_with(imperfection, size, design, seed):
    """A memory of this design with an imperfection, within the context of a network.

    Parameters
    ----------
    imperfection : {"scatter", "lost spikes", "noise", "kick"}
        Gains and biases that scatter by ``size`` of their values. Spikes of which this
        part is lost. White noise of the currents, of which the standard deviation over
        an interval between spikes at 200 Hz is this part of what a spike takes. Phases
        that are moved by ``size`` of an interval (std), each neuron's by another, once,
        at `KICK`.
    size : float
    design : MemoryDesign
    seed : int

    Returns
    -------
    SpikingMemory
    """
    rng = np.random.RandomState(seed)
    if imperfection == "scatter":
        design = scattered(design, size, rng)
    memory = SpikingMemory.from_design(design)
    if not size or imperfection == "scatter":
        return memory
    with memory:
        if imperfection == "lost spikes":
            _lose(memory, size, rng)
        elif imperfection == "noise":
            _shake(memory, size)
        else:
            _kick(memory, size, rng)
    return memory


def _lose(memory, part, rng):
    """Put a node behind the neurons that passes each spike or does not."""
    for connection in list(memory.connections):
        if not isinstance(connection.pre_obj, nengo.ensemble.Neurons):
            continue
        neurons, n = connection.pre_obj, connection.pre_obj.size_out
        memory.connections.remove(connection)

        def passed(t, spikes):
            return spikes * (rng.rand(len(spikes)) >= part)

        left = nengo.Node(passed, size_in=n, size_out=n, label="not lost")
        nengo.Connection(neurons, left, synapse=None)
        nengo.Connection(
            left, connection.post, transform=connection.transform, synapse=None
        )


def _charge(memory):
    """Current that takes a neuron from reset to threshold in a second."""
    kind = memory.design.neuron_type
    return getattr(getattr(kind, "base_type", kind), "tau_rc", 1.0)


def _shake(memory, size):
    """Noise in the currents: a diffusion of the voltage."""
    dt, interval = memory.dt, 1 / 200
    deviation = size * _charge(memory) / np.sqrt(interval * dt)
    for ensemble in memory.all_ensembles:
        ensemble.noise = nengo.processes.WhiteNoise(
            nengo.dists.Gaussian(0, deviation), scale=False
        )


def _kick(memory, size, rng):
    """A current of one step, another for each neuron."""
    dt = memory.dt
    pulse = nengo.Node(lambda t: float(abs(t - KICK) < dt / 2), label="kick")
    for ensemble in memory.all_ensembles:
        charges = size * _charge(memory) / dt * rng.randn(ensemble.n_neurons, 1)
        nengo.Connection(pulse, ensemble.neurons, transform=charges, synapse=None)
