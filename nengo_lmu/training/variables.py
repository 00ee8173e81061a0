"""Access to the weights of a network in a NengoDL simulator.

NengoDL merges weights of one shape into one variable. This module gives them, and the
moments that an optimizer keeps of each variable, their names again.
"""

import nengo
import numpy as np


class Variables:
    """The weights of a network in a NengoDL simulator, by name.

    Parameters
    ----------
    simulator : nengo_dl.Simulator
    weights : dict of {str: nengo.Connection or nengo.Ensemble}
        Objects that are trained.
    """

    def __init__(self, simulator, weights):
        self.of_model = simulator.keras_model.trainable_variables
        keys = {of.ref(): k for k, of in enumerate(self.of_model)}
        graph, signals = simulator.tensor_graph, simulator.model.sig
        self.places = {}
        for name, of in weights.items():
            if isinstance(of, nengo.Ensemble):
                signal = graph.signals[signals[of.neurons]["bias"]]
            elif isinstance(of, nengo.Connection):
                signal = graph.signals[signals[of]["weights"]]
            else:
                self.places[name] = keys[of.variable.ref()], slice(None)
                continue
            rows = np.concatenate([np.arange(*ends) for ends in signal.slices])
            self.places[name] = keys[graph.base_params[signal.key].ref()], rows

    def split(self, variables):
        """Split variables with the shapes of the model's into values by name."""
        values = [variable.numpy() for variable in variables]
        return {name: values[k][rows] for name, (k, rows) in self.places.items()}

    def assign(self, variables, values):
        """Assign values by name to variables; the inverse of `split`."""
        whole = [variable.numpy() for variable in variables]
        for name, (k, rows) in self.places.items():
            whole[k][rows] = values[name]
        for variable, value in zip(variables, whole, strict=True):
            variable.assign(value)
