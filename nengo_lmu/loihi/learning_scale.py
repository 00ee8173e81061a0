"""What nengo-loihi needs to learn: the range of weights, and rates it can represent.

On the chip a PES rule adds to the trace of an axon at each spike; the addition is the
learning rate in the chip's units, in steps of 1/128. It is inversely proportional to
the number of neurons, as the decoders are, and to the size of a step of the weights.
With nengo-loihi's range of weights, made for some 200 neurons, decoders of 900 neurons
take few of the steps, and what is added gets small.
"""

import warnings
from contextlib import contextmanager

import nengo
import numpy as np

from nengo_lmu.loihi import compatibility

discretize = compatibility.load().builder.discretize

N_NEURONS = 200
"""Neurons for which nengo-loihi's range of weights is about right."""

LEAST = 1 / 128
"""Least addition to a trace."""


def fit_weights(model, network):
    """Set the exponent of a model's learning weights, smaller for more neurons.

    That of the learning connection with the fewest neurons, whose weights are largest.
    """
    sizes = [
        getattr(connection.pre_obj, "n_neurons", connection.pre_obj.size_out)
        for connection in network.all_connections
        if isinstance(connection.learning_rule_type, nengo.PES)
    ]
    if sizes:
        model.pes_wgt_exp -= max(0, round(np.log2(min(sizes) / N_NEURONS)))


def taught_by_passthrough(network):
    """Whether an error reaches a learning rule straight from a passthrough node.

    nengo-loihi cannot take such a node away, and fails.
    """
    return any(
        isinstance(connection.post_obj, nengo.connection.LearningRule)
        and isinstance(connection.pre_obj, nengo.Node)
        and connection.pre_obj.output is None
        for connection in network.all_connections
    )


@contextmanager
def check_rates():
    """Warn of learning rates that the chip rounds to zero, while it discretizes."""
    split, additions = discretize.tracing_mag_int_frac, []

    def noted(addition):
        additions.append(addition)
        return split(addition)

    discretize.tracing_mag_int_frac = noted
    try:
        yield
    finally:
        discretize.tracing_mag_int_frac = split
    for addition in additions:
        if addition < LEAST:
            warnings.warn(
                "a PES learning rate is too small for the chip, which will learn "
                f"nothing: take one {LEAST / addition:.2g} times as large, or a "
                "smaller Model.pes_error_scale",
                stacklevel=2,
            )
