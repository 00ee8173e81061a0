"""Values in spikes for the chip, within one spike a step and line."""

import nengo
import numpy as np


class SpikeInput(nengo.Process):
    """Lines that say -1, 0 or 1 at each step, and the value on average.

    Each line adds up the value and sends a spike, of either sign, when there is half
    of one to be sent; what remains is kept, through a change of sign too. Its sum is
    never wrong by more than half a spike. The lines begin at even distances within one
    spike, and keep them: n lines are as good as one with spikes of an n-th.

    On the chip a line is a pair of spike inputs, one for each sign. The last line of
    a node never spikes: what it is connected with, it connects to nothing.

    Parameters
    ----------
    peak : float or (n_lines,) array
        Value at which the lines spike at each step; larger ones are cut off.

    Notes
    -----
    The input has one value for all lines, or one for each.
    """

    def __init__(self, peak):
        self.peak = peak
        super().__init__(default_size_in=1, default_size_out=1)

    def make_state(self, shape_in, shape_out, dt, dtype=None):
        n = shape_out[0] - 1
        return {"rest": (np.arange(n) + 0.5) / n - 0.5}

    def make_step(self, shape_in, shape_out, dt, rng, state):
        rest = state["rest"]

        def step(t, x):
            rest[...] += np.clip(x / self.peak, -1, 1)
            spikes = np.clip(np.round(rest), -1, 1)
            rest[...] -= spikes
            return np.append(spikes, 0.0)

        return step
