"""The voltages that neurons begin with: evenly spread spikes from the first on."""

import nengo
import numpy as np

from nengo_lmu.design.phases import in_phase
from nengo_lmu.design.tuning import Tuning

DT = 0.001


class EvenPhases:
    """In place of random numbers, even ones."""

    @staticmethod
    def rand(n):
        return (np.arange(n) + 0.5) / n


def test_lif_neurons_that_rest_still_fire_at_even_distances():
    """Also those that begin within their refractory time, in nengo's steps."""
    n, bias = 200, 3.0
    tuning = Tuning(nengo.LIF(), np.ones(n), np.full(n, bias), np.ones((n, 1)))
    kind = in_phase(tuning, EvenPhases, DT)
    state = {name: np.array(x) for name, x in kind.initial_state.items()}
    assert np.any(state["refractory_time"] > 0)
    interval = 1 / tuning.rates_at(np.zeros((1, n)))[0, 0]
    # A whole number of intervals after the first: drifts would add up.
    counts = []
    for _ in range(round(50 * interval / DT)):
        output = np.zeros(n)
        kind.step(
            DT, np.full(n, bias), output, state["voltage"], state["refractory_time"]
        )
        counts.append(np.sum(output > 0))
    error = np.cumsum(counts) - n / interval * DT * np.arange(1, len(counts) + 1)
    assert np.ptp(error) < 2
