"""The noise of a spiking memory, for the training of what will read it."""

import numpy as np

from nengo_lmu import checks
from nengo_lmu.legendre import state_space
from nengo_lmu.lti import discretize


class StateNoise:
    """Random errors of a memory's state with a given covariance.

    Where the memory runs step by step, white noise is added to its state at each step
    and goes around with it, ``e[k+1] = Ad e[k] + w[k]``, as the noise of spikes does.
    The covariance of w is such that e has the given one in the long run: P - Ad P Ad'.
    A state that is given beforehand gets errors of covariance P themselves.

    Parameters
    ----------
    memory : Memory
    covariance : (order, order) array
        Of the error of one channel, P.
    """

    def __init__(self, memory, covariance):
        P = checks.covariance(covariance)
        if len(P) != memory.order:
            checks.fail("noise", f"of shape ({memory.order}, {memory.order})", P)
        if memory.delay:
            Ad, _ = discretize(*state_space(memory.order, memory.theta), memory.dt)
            P = P - Ad @ P @ Ad.T
        values, vectors = np.linalg.eigh(P)
        root = vectors * np.sqrt(np.maximum(values, 0))
        self._root = np.float32(root.T)
        self._n_channels = memory.n_channels

    def draw(self, n, n_steps, rng):
        """Errors, (n, n_steps, n_channels * order); ``rng`` is a Generator."""
        shape = n, n_steps, self._n_channels, len(self._root)
        white = rng.standard_normal(shape, dtype=np.float32)
        return (white @ self._root).reshape(n, n_steps, -1)
