"""A memory on the chip whose loop goes through nengo-loihi's decode neurons.

The other way to O(m d) synapses: what the neurons hold is decoded into the spikes of 20
neurons a dimension, and those spikes are encoded again. Two filters and two steps are
in the loop, and all of them in the mapping.
"""

import nengo
import numpy as np
from nengo.solvers import NoSolver
from scipy.signal import lfilter

from nengo_lmu.design.designer import design_memory
from nengo_lmu.design.synapses import correct_lead, map_to_synapse
from nengo_lmu.loihi import chip_design
from nengo_lmu.loihi.arithmetic import current_pole
from nengo_lmu.networks.population import ensemble_of
from nengo_lmu.theory.legendre import state_space

DECODE_TAU = 0.005
"""Time constant behind the decode neurons, in seconds: nengo-loihi's default."""


class DecodedLoop:
    """The neurons of a `SpikingMemory`, connected through decode neurons.

    Parameters
    ----------
    n_neurons, order, theta
        As of a `SpikingMemory`.
    **kwargs
        Arguments of the `SpikingMemory` whose neurons and decoders are used.

    Attributes
    ----------
    input : nengo.Node
    probe : nengo.Probe
        Probe of the spikes, from which `state` computes the state.
    """

    def __init__(self, n_neurons, order, theta, **kwargs):
        design = design_memory(n_neurons, order, theta, **kwargs)
        design = chip_design(design, n_loops=1)
        (self._loop,) = design.loops
        self._realization = self._loop.realization
        tau, dt = design.synapse.tau, design.dt
        self._poles = [current_pole(t, dt) for t in (tau, DECODE_TAU)]
        # Each pole comes with a step of its own: to the decode neurons, and from them.
        cascade = nengo.LinearFilter(
            [np.prod([1 - pole for pole in self._poles])],
            np.poly(self._poles),
            analog=False,
        )
        A, B = self._realization.system(*state_space(order, theta))
        transforms = map_to_synapse(A, B, cascade, dt)
        self._recurrent, self._drive = correct_lead(*transforms, A, B, self._loop.leads)

        tuning = self._loop.tuning
        self.input = nengo.Node(size_in=1)
        filtered = nengo.Node(size_in=order)
        ensemble = ensemble_of(tuning, design.neuron_type, "loop")
        # The input takes the first filter on the host and the second on the chip.
        nengo.Connection(self.input, filtered, transform=self._drive, synapse=tau)
        nengo.Connection(filtered, ensemble, synapse=None)
        nengo.Connection(
            ensemble,
            ensemble,
            transform=self._recurrent,
            solver=NoSolver(self._loop.decoders),
            synapse=tau,
        )
        self.probe = nengo.Probe(ensemble.neurons)

    def state(self, spikes, u):
        """In Legendre coordinates, (n_steps, order), from spikes and input.

        Both filters are taken without their steps: the spikes of a step are known on
        the host at the next one.
        """
        x = spikes @ self._loop.decoders @ self._recurrent.T
        x = x + u[:, None] @ self._drive.T
        for pole in self._poles:
            x = lfilter([1 - pole], [1, -pole], x, axis=0)
        return x @ self._realization.inverse.T
