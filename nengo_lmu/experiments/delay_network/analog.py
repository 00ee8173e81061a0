"""Mismatched neurons, as those of analog chips: no two of them are alike.

Each neuron has a synapse, a gain and a bias of its own, of normal distributions around
what was wanted. This is a study of mismatch, not a model of a chip. Of Braindrop it has
the mean of the synapses, 18 ms in its delay network, and the size of the scatter: 30 %
is the standard deviation of the synapses where they are longest, 53.8 ms of 179.3 ms
(Voelker, PhD thesis 2019, sections on the delay network and the integrator). There they
are distributed log-normally, spikes pass accumulators that thin them out, and decoders
have few bits. That gains and biases scatter as much is our assumption.

What scatters can be measured. Then Principle 3 may be applied with the synapse of each
neuron, and decoders be solved for the spikes of the neurons as they are.
"""

from dataclasses import replace

import nengo
import numpy as np

from nengo_lmu.design.choices import Choices
from nengo_lmu.design.designer import Designer
from nengo_lmu.design.synapses import correct_lead, map_to_synapse
from nengo_lmu.experiments.delay_network import data as task
from nengo_lmu.experiments.delay_network.network import TaskMemory
from nengo_lmu.theory.legendre import state_space

MEAN_TAU = 0.018
LEAST = 0.2
"""Smallest part of its nominal value that a parameter may scatter to."""


class Lowpasses(nengo.synapses.Synapse):
    """A lowpass for each neuron.

    Parameters
    ----------
    taus : (n,) array
        Time constants in seconds.
    """

    def __init__(self, taus):
        self.taus = np.array(taus, dtype=float)
        super().__init__(default_size_in=len(self.taus))

    def make_state(self, shape_in, shape_out, dt, dtype=None, y0=0):
        return {"y": np.full(shape_out, y0, dtype=float)}

    def make_step(self, shape_in, shape_out, dt, rng, state):
        poles, y = np.exp(-dt / self.taus), state["y"]

        def step(t, x):
            y[...] = poles * y + (1 - poles) * x
            return y

        return step


class AnalogMemory(TaskMemory):
    """The memory of the task in mismatched neurons, within the context of a network.

    Parameters
    ----------
    mismatch : float
        Standard deviation of synapses, gains and biases, in parts of the nominal.
    mapped : bool
        Whether the mapping knows the synapse of each neuron; else the nominal one.
    retrained : bool
        Whether decoders are solved for recorded spikes of the neurons as they are, and
        not for nominal ones.
    seed : int

    Attributes
    ----------
    input : nengo.Node
    realization : Realization
    leads : (order, 1) array
        By how much the decoded x leads, in seconds.
    probes : list of nengo.Probe
        Probe of the decoded x, not filtered.
    """

    def __init__(self, mismatch, mapped, retrained, seed):
        rng, order, dt = np.random.RandomState(seed), task.ORDER, task.DT
        designer = Designer(
            Choices(
                n_neurons=task.N_NEURONS,
                order=order,
                theta=task.THETA,
                neuron_type=nengo.LIF(),
                freq=task.FREQ,
                rms=task.LOUDEST,
                max_rates=task.RATES,
                synapse=MEAN_TAU,
                recorded=True,
                dt=dt,
                seed=seed,
            )
        )
        (nominal,) = designer.design().loops
        self.realization = nominal.realization
        responses = designer.responses(0, self.realization)
        system = self.realization.system(*state_space(order, task.THETA))
        self.leads = np.empty((order, 1))
        self.input = nengo.Node(size_in=1)
        decoded = nengo.Node(size_in=order)
        built = []
        for population in nominal.populations:
            tuning, columns = population.tuning, population.columns
            real = replace(
                tuning,
                gain=_scatter(tuning.gain, mismatch, rng),
                bias=_scatter(tuning.bias, mismatch, rng),
            )
            decoders, lead = population.decoders, population.lead
            if retrained:
                given = responses.of(real, columns)
                decoders, lead = designer.decode(real, *given)
            self.leads[columns] = lead
            ensemble = nengo.Ensemble(
                len(real.gain),
                1,
                neuron_type=designer.neuron_type,
                encoders=real.encoders,
                gain=real.gain,
                bias=real.bias,
            )
            nengo.Connection(
                ensemble.neurons, decoded[columns], transform=decoders.T, synapse=None
            )
            taus = _scatter(np.full(len(real.gain), MEAN_TAU), mismatch, rng)
            known = taus if mapped else np.full(len(taus), MEAN_TAU)
            built.append((ensemble, real.encoders, columns, taus, known))
        self.probes = [nengo.Probe(decoded, synapse=None)]
        self.spikes = [nengo.Probe(ensemble.neurons) for ensemble, *_ in built]
        self._connect(built, decoded, system, dt)

    def _connect(self, built, decoded, system, dt):
        """Connect the decoded x and the input to neurons with synapses of their own."""
        order = len(self.leads)
        for ensemble, encoders, columns, taus, known in built:
            rows = [
                np.hstack(
                    correct_lead(*map_to_synapse(*system, tau, dt), *system, self.leads)
                )
                for tau in known
            ]
            rows = encoders * np.array([row[columns.start] for row in rows])
            parts = (decoded, rows[:, :order]), (self.input, rows[:, order:])
            for source, part in parts:
                nengo.Connection(
                    source, ensemble.neurons, transform=part, synapse=Lowpasses(taus)
                )


def _scatter(values, mismatch, rng):
    return values * np.maximum(1 + mismatch * rng.randn(len(values)), LEAST)
