"""A node with a function of the window, decoded from neurons."""

from dataclasses import dataclass

import nengo
import numpy as np

from nengo_lmu.design.designer import Designer
from nengo_lmu.design.output_design import OutputDesign, OutputError, design_output
from nengo_lmu.design.output_encoders import Sought
from nengo_lmu.design.window_statistics import WindowStatistics
from nengo_lmu.networks.population import ensemble_of


@dataclass(frozen=True, eq=False)
class WindowOutput:
    """An output of a memory: its node, its neurons and its numbers.

    Parameters
    ----------
    node : nengo.Node
        With the function of the window.
    ensemble : nengo.Ensemble or None
        The output's own population. None for a linear function, and for one that is
        decoded from the memory's neurons.
    design : OutputDesign
    """

    node: nengo.Node
    ensemble: nengo.Ensemble | None
    design: OutputDesign

    @property
    def error(self) -> OutputError | None:
        """Expected errors; None for neurons that adapt."""
        return self.design.error


def window_output(memory, of_state, n_neurons=None, synapse=None):
    """Design an output of a memory, and wire it.

    Parameters
    ----------
    memory : SpikingMemory
    of_state : FunctionOfState
    n_neurons : int, optional
        Of a population for this output. By default as many as the memory has, or, of
        one channel in one population, those of the memory themselves.
    synapse : nengo.LinearFilter, optional
        See `design_output`.

    Returns
    -------
    WindowOutput
    """
    numbers, choices = memory.design, memory.design.choices
    seed = choices.seed
    index = len(memory.outputs)
    rng = np.random.RandomState(None if seed is None else [seed, index])
    if n_neurons is None and choices.layout == "single" and numbers.n_channels == 1:
        (loop,) = numbers.loops
        neurons = loop.tuning, loop.realization.transform
    else:
        n = choices.n_neurons if n_neurons is None else n_neurons
        rates = Designer.rates if choices.max_rates is None else choices.max_rates
        neurons = Sought(n, numbers.neuron_type, rates, rng)
    windows = WindowStatistics.of_design(numbers)
    design = design_output(of_state.at_each, windows, neurons, rng, synapse)
    return _wire(memory, design, of_state.__name__)


def _wire(memory, design, label):
    """Constant and linear part from the state, the rest from neurons."""
    ensemble = None
    through = design.synapse if design.filtered else None
    with memory:
        node = nengo.Node(size_in=len(design.constant), label=label)
        if np.any(design.constant):
            constant = nengo.Node(design.constant, label="constant")
            nengo.Connection(constant, node, synapse=None)
        nengo.Connection(memory.state, node, transform=design.linear, synapse=through)
        if design.population is not None:
            ensemble = ensemble_of(
                design.population.tuning, design.population.neuron_type, label
            )
            nengo.Connection(
                memory.state, ensemble, transform=design.encode, synapse=None
            )
        if design.decoders is not None:
            (own,) = [ensemble.neurons] if ensemble else memory.neurons
            nengo.Connection(
                own, node, transform=design.decoders.T, synapse=design.synapse
            )
    return WindowOutput(node, ensemble, design)
