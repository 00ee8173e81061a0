"""The memories of the delay network: the published recipe, and ours."""

import nengo
import numpy as np
from nengo.dists import Uniform
from nengo.solvers import LstsqL2
from scipy.linalg import solve_continuous_lyapunov

from nengo_lmu.design.synapses import map_to_synapse
from nengo_lmu.experiments.delay_network import data as task
from nengo_lmu.loihi import chip_design, lay_out
from nengo_lmu.loihi.dense import ChipDesigner
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.theory.legendre import delay_readout, state_space
from nengo_lmu.theory.lti import gramian
from nengo_lmu.theory.realizations import Realization


class TaskMemory:
    """A memory with ``input``, ``realization``, ``leads`` (order, 1) and ``probes``.

    ``spikes`` are the probes of its neurons, if ``probes`` are not.
    """

    decoders = spikes = None

    def laid_out(self, network):
        """The network that runs, in place of the one that the memory was made in."""
        return network

    def decoded(self, data):
        """Values decoded from the data of the probes, (n_steps, order)."""
        if self.decoders is not None:
            data = [s @ d for s, d in zip(data, self.decoders, strict=True)]
        return np.hstack(data)


class PublishedMemory(TaskMemory):
    """The network of the thesis: continuous Principle 3, nengo's own decoders.

    Parameters
    ----------
    on_chip : bool
        Whether with the settings for Loihi (100 to 120 Hz, intercepts from -1 to 0.5,
        full weights, regularization 0.1). Otherwise nengo's defaults.
    tau : float, optional
        Time constant of the synapses, in seconds.
    """

    leads = np.zeros((task.ORDER, 1))

    def __init__(self, on_chip, tau=0.01):
        settings, solver = {}, LstsqL2()
        if on_chip:
            settings = {"max_rates": Uniform(100, 120), "intercepts": Uniform(-1, 0.5)}
            solver = LstsqL2(reg=0.1, weights=True)
        self.realization = published_realization()
        system = self.realization.system(*state_space(task.ORDER, task.THETA))
        recurrent, drive = map_to_synapse(*system, tau)
        self.input = nengo.Node(size_in=1)
        ensembles = [
            nengo.Ensemble(
                task.N_NEURONS // task.ORDER, 1, neuron_type=nengo.LIF(), **settings
            )
            for _ in range(task.ORDER)
        ]
        for i, post in enumerate(ensembles):
            nengo.Connection(self.input, post, transform=drive[i], synapse=tau)
            for j, pre in enumerate(ensembles):
                nengo.Connection(
                    pre, post, transform=recurrent[i, j], solver=solver, synapse=tau
                )
        self.probes = [nengo.Probe(ensemble, synapse=None) for ensemble in ensembles]
        self.spikes = [nengo.Probe(ensemble.neurons) for ensemble in ensembles]


class OurMemory(TaskMemory):
    """A `SpikingMemory` with decoders from recorded spikes."""

    def __init__(self, on_chip, seed):
        memory = SpikingMemory(
            task.N_NEURONS,
            task.ORDER,
            task.THETA,
            neuron_type=nengo.LIF(),
            freq=task.FREQ,
            rms=task.LOUDEST,
            max_rates=task.RATES,
            recorded=True,
            seed=seed,
        )
        self.memory, self.input = memory, memory.input
        self.design, self.probes = memory.design, []
        if on_chip:
            # There neurons have room for a quarter more anyway.
            rms = task.LOUDEST / ChipDesigner.room
            self.design = chip_design(memory.design, n_loops=1, rms=rms)
        (loop,) = self.design.loops
        self.realization, self.leads = loop.realization, loop.leads
        self.decoders = [p.decoders for p in loop.populations]

    def laid_out(self, network):
        """The network that runs, with probes of its neurons."""
        neurons = self.memory.neurons
        if self.design is not self.memory.design:
            network = lay_out(network, {self.memory: self.design})
            (laid_out,) = network.networks
            neurons = laid_out.neurons
        with network:
            self.probes = [nengo.Probe(own, synapse=None) for own in neurons]
        return network


def published_realization():
    """The balanced realization of the delay of theta, with radii 1, 1/2 and 1/3."""
    A, B = state_space(task.ORDER, task.THETA)
    C = delay_readout(task.ORDER, 1.0)
    observability = solve_continuous_lyapunov(A.T, -C.T @ C)
    balanced = Realization.balanced(gramian(A, B), observability)
    return balanced.scaled(1 / np.arange(1.0, task.ORDER + 1))
