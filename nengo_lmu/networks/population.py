"""The ensemble of a population of a design."""

import nengo
import numpy as np


def ensemble_of(tuning, neuron_type, label):
    """Make an ensemble with given tuning curves; nengo draws and solves nothing."""
    n, dimensions = tuning.encoders.shape
    return nengo.Ensemble(
        n,
        dimensions,
        encoders=tuning.encoders,
        normalize_encoders=False,
        gain=tuning.gain,
        bias=tuning.bias,
        neuron_type=neuron_type,
        eval_points=np.zeros((1, dimensions)),
        radius=1.0,
        noise=None,
        label=label,
    )
