"""Encode values in spikes for the chip, at most one spike a step and line."""

import nengo
import numpy as np
from nengo.exceptions import SimulationError


class SigmaDeltaEncoder(nengo.Process):
    """Lines that output -1, 0 or 1 at each step, and the value on average.

    Each line integrates the value and sends a spike of either sign when it has half of
    one to send; the remainder is carried on, through a change of sign too. The sum of
    its spikes is never wrong by more than half a spike. The lines begin at even
    distances within one spike, and keep them: n lines are as good as one with spikes
    of an n-th.

    On the chip a line is a pair of spike inputs, one for each sign. The last line of a
    node never spikes: it connects what it is connected with to nothing.

    Parameters
    ----------
    peak : float or (n_lines,) array
        Value at which the lines spike at each step; larger ones are clipped.

    Notes
    -----
    The input has one value for all lines, or one for each. A value that is not finite
    raises a SimulationError.
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
            if not np.isfinite(x).all():
                raise SimulationError(
                    f"the input of a spike encoder is not finite at t = {t:g} s"
                )
            rest[...] += np.clip(x / self.peak, -1, 1)
            spikes = np.clip(np.round(rest), -1, 1)
            rest[...] -= spikes
            return np.append(spikes, 0.0)

        return step


def coded(u, peak, n_lines, dt):
    """A signal (n_steps,) as `SigmaDeltaEncoder` brings it on so many lines."""
    # No line is ever off by more than half a spike: all it sent is what it was to send.
    begin = SigmaDeltaEncoder(peak).make_state((1,), (n_lines + 1,), dt)["rest"]
    wanted = np.cumsum(np.clip(np.asarray(u) / peak, -1, 1))
    sent = np.sum(np.round(wanted[:, None] + begin), axis=1)
    return np.diff(sent, prepend=0.0) * peak / n_lines
