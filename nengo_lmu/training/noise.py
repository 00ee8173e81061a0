"""The noise of a spiking memory, for the training of what will read it."""

import numpy as np

from nengo_lmu import checks
from nengo_lmu.networks.lmu import windows
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize


class StateNoise:
    """Random errors of a memory's state with a given covariance.

    Where the memory runs step by step, white noise is added to its state at each step
    and goes around with it, ``e[k+1] = Ad e[k] + w[k]``, as the noise of spikes does.
    The covariance of w is such that e has the given one in the long run: P - Ad P Ad'.
    A state that is given beforehand gets errors of covariance P themselves.

    Parameters
    ----------
    memory : Memory or Bank
    covariance : (order, order) array
        Covariance P of the error of one channel.

    Attributes
    ----------
    roots : (n_channels, order, order) array
        A root of the covariance of what is drawn, for each channel.
    """

    def __init__(self, memory, covariance):
        P = checks.covariance(covariance)
        if len(P) != memory.order:
            checks.fail("noise", f"of shape ({memory.order}, {memory.order})", P)
        roots = []
        for own in windows(memory).values():
            Q = P
            if memory.delay:
                Ad, _ = discretize(*state_space(memory.order, own.theta), memory.dt)
                Q = P - Ad @ P @ Ad.T
            values, vectors = np.linalg.eigh(Q)
            root = vectors * np.sqrt(np.maximum(values, 0))
            roots += own.n_channels * [root.T]
        self.roots = np.float32(roots)

    def draw(self, n, n_steps, rng):
        """Errors, (n, n_steps, n_channels * order); ``rng`` is a Generator."""
        n_channels, order, _ = self.roots.shape
        errors = np.empty((n, n_steps, n_channels * order), np.float32)
        for k, root in enumerate(self.roots):
            white = rng.standard_normal((n, n_steps, order), dtype=np.float32)
            errors[..., k * order : (k + 1) * order] = white @ root
        return errors
