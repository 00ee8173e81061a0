"""The ensemble of a population of a design."""

import nengo
import numpy as np


def ensemble_of(population, label=None):
    """The ensemble of a population; nengo draws and solves nothing for it."""
    tuning = population.tuning
    n, dimensions = tuning.encoders.shape
    return nengo.Ensemble(
        n,
        dimensions,
        encoders=tuning.encoders,
        normalize_encoders=False,
        gain=tuning.gain,
        bias=tuning.bias,
        neuron_type=population.neuron_type,
        eval_points=np.zeros((1, dimensions)),
        radius=1.0,
        noise=None,
        label=f"x{population.columns.start}" if label is None else label,
    )
