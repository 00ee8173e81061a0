"""The Mackey-Glass series, as the paper's experiment makes them."""

import numpy as np

from nengo_lmu import checks

STEPS = 10
"""Steps of Euler's method in a unit of time, which is one sample."""


def mackey_glass(n_series, n_samples, *, tau=17, washout=100, seed=0):
    r"""Solutions of a delay equation that are chaotic from about tau = 17 on.

    .. math:: \dot x(t) = \frac{0.2\, x(t - \tau)}{1 + x(t - \tau)^{10}} - 0.1\, x(t)

    by Euler's method, squashed to :math:`\tanh(x - 1)` and centered on their common
    mean. The past before the first sample is uniform within 1.1 to 1.3; the first
    series begins at 1.2, each of the others where the one before ended.

    The same seed gives the series of the code of Voelker, Kajić, Eliasmith (NeurIPS
    2019), which are those of the Theano tutorial of the Montreal summer school 2015.

    Parameters
    ----------
    n_series, n_samples : int
    tau : int, optional
        The delay, in samples.
    washout : int, optional
        Samples that are made before the first one that is kept.
    seed : int, optional

    Returns
    -------
    (n_series, n_samples) array
    """
    n_series = checks.integer(n_series, attr="n_series")
    n_samples = checks.integer(n_samples, attr="n_samples")
    n_past = checks.integer(tau, attr="tau") * STEPS
    washout = checks.integer(washout, 0, attr="washout")
    rng = np.random.RandomState(seed)
    series, x = np.empty((n_series, washout + n_samples)), 1.2
    for samples in series:
        # A ring of the last tau; plain numbers are faster here than arrays.
        past, oldest = (1.2 + 0.2 * (rng.rand(n_past) - 0.5)).tolist(), 0
        for k in range(len(samples)):
            for _ in range(STEPS):
                delayed, past[oldest] = past[oldest], x
                oldest = (oldest + 1) % n_past
                x += (0.2 * delayed / (1 + delayed**10) - 0.1 * x) / STEPS
            samples[k] = x
    series = np.tanh(series[:, washout:] - 1)
    return series - np.mean(series)
