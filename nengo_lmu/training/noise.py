"""Noise of a spiking memory, for the training of networks that read it."""

import numpy as np

from nengo_lmu import checks
from nengo_lmu.networks.lmu import windows
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import discretize


class StateNoise:
    """Random errors of the state of a memory with a given covariance P.

    In a memory that runs step by step, white noise w is added to the state at each step
    and circulates in the loop, ``e[k+1] = Ad e[k] + w[k]``, like the noise of spikes.
    Its covariance, P - Ad P Ad', makes P the stationary covariance of e. To a state
    that is computed in advance, errors of covariance P are added directly.

    Parameters
    ----------
    memory : Memory or Bank
    covariance : (order, order) array
        Covariance P of the error of one channel.

    Attributes
    ----------
    roots : (n_channels, order, order) array
        Square root of the covariance of the drawn errors, for each channel.
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
        """Draw errors (n, n_steps, n_channels * order) with a NumPy Generator."""
        n_channels, order, _ = self.roots.shape
        errors = np.empty((n, n_steps, n_channels * order), np.float32)
        for k, root in enumerate(self.roots):
            white = rng.standard_normal((n, n_steps, order), dtype=np.float32)
            errors[..., k * order : (k + 1) * order] = white @ root
        return errors
