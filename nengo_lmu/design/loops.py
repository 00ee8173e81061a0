"""The parts of a design: populations, and the loop that they close."""

from dataclasses import dataclass, field
from functools import cached_property

import nengo
import numpy as np
from scipy.linalg import block_diag

from nengo_lmu.design.tuning import Tuning, join
from nengo_lmu.theory.realizations import Realization


@dataclass(frozen=True, eq=False)
class Population:
    """One population of neurons.

    Parameters
    ----------
    columns : slice
        Which dimensions of the coordinates x of its loop it represents.
    tuning : Tuning
    decoders : (n, dimensions) array
        Of ``x + lead * dx/dt``.
    lead : float
        Phase lead of the decoded value, in seconds.
    neuron_type : nengo.neurons.NeuronType
        That of the tuning, with initial voltages where they matter.
    groups : (n,) array of int, optional
        The group of each neuron, where neurons are laid out for the errors of their
        counts. Those of a group fire in turn, and err together as one neuron.
    """

    columns: slice
    tuning: Tuning
    decoders: np.ndarray = field(repr=False)
    lead: float
    neuron_type: nengo.neurons.NeuronType
    groups: np.ndarray | None = field(default=None, repr=False)

    @property
    def n_neurons(self):
        return len(self.decoders)


@dataclass(frozen=True, eq=False)
class FastPath:
    """A recurrent connection beside the first, through a faster synapse.

    Parameters
    ----------
    synapse : nengo.synapses.LinearFilter
    recurrent : (order, order) array
    drive : (order, 1) array
        As of `Loop`.
    """

    synapse: nengo.LinearFilter
    recurrent: np.ndarray = field(repr=False)
    drive: np.ndarray = field(repr=False)


@dataclass(frozen=True, eq=False)
class Loop:
    """The populations that represent the state of a channel together.

    Parameters
    ----------
    channel : int
    realization : Realization
        The coordinates x of the loop, scaled to the range of the neurons.
    populations : tuple of Population
    recurrent : (order, order) array
        Transform from the decoded x to the input of the recurrent synapse.
    drive : (order, 1) array
        Transform of the input.
    fast : tuple of FastPath, optional
        Connections beside these; what arrives from all of them is summed.
    slow : float, optional
        Power of the window for that of errors which are smooth functions of x, where
        neurons are laid out for the errors of their counts.
    """

    channel: int
    realization: Realization
    populations: tuple = field(repr=False)
    recurrent: np.ndarray = field(repr=False)
    drive: np.ndarray = field(repr=False)
    fast: tuple = field(default=(), kw_only=True)
    slow: float | None = field(default=None, kw_only=True)

    has_spectrum = False
    """Whether the error of the decoded value has a spectrum of its own, ``noise``."""

    respond = None
    """Function of (x, design) to what is decoded at each step, both (n_steps, order);
    None if that is found by running the neurons. A chip's neurons have one."""

    run = None
    """Function of (u, design) to what is decoded at each step, (n_steps, order), with
    the loop closed, of an input (n_steps,) as it arrives. None if there is none, short
    of a simulation."""

    def arriving_error(self, before, u, design):
        """Error of the input that arrives, (n_steps,), after the input ``before``."""
        return np.zeros(len(u))

    def probed_error(self, x_errors, decoded_errors, design):
        """Error of the state that is probed, in the coordinates x.

        Parameters
        ----------
        x_errors, decoded_errors : (n_steps, order, k) array
            Of x in the loop, and of what is decoded.
        design : MemoryDesign
        """
        return x_errors

    @cached_property
    def leads(self):
        """Phase lead of each dimension, (order, 1), in seconds."""
        leads = np.empty((len(self.drive), 1))
        for population in self.populations:
            leads[population.columns] = population.lead
        return leads

    @cached_property
    def tuning(self):
        """Tuning curves of all neurons of the loop over the whole x."""
        return join([population.tuning for population in self.populations])

    @cached_property
    def decoders(self):
        """Decoders of the whole x from all neurons of the loop, (n, order)."""
        return block_diag(*(p.decoders for p in self.populations))

    @property
    def counted(self):
        """Whether its neurons are laid out for the errors of their counts."""
        return self.populations[0].groups is not None
