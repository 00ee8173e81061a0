"""The Mackey-Glass series, as the paper's experiment makes them, and their pieces."""

import numpy as np

from nengo_lmu import checks
from nengo_lmu.theory.states import states

AHEAD = 15
"""Samples from the last that is seen to what is predicted."""

WINDOW = 18
"""Samples in the memory: the delay of the equation, and one."""

PIECE = 100
"""Samples of the pieces that all models are trained with.

Each begins from nothing, as the series do."""

SAMPLE = (4, 300)
"""Training series, and samples of each, that a spiking memory is laid out for."""

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


def make_series(counts, n_samples, seed):
    """Series of training, validation and test, of root mean square 1 in training.

    Each has `AHEAD` more samples than ``n_samples``, so that as many can be predicted.
    As a series begins in the state that the one before ended in, its length matters.
    """
    series = mackey_glass(sum(counts), n_samples + AHEAD, seed=seed)
    learning, *others = np.split(series, np.cumsum(counts)[:-1])
    scale = rms(learning)
    return [part / scale for part in (learning, *others)]


def pieces(series, lead=0.0):
    """What training takes from series: inputs and targets (n_pieces, `PIECE`).

    ``lead`` in samples has the target ahead: x + lead x', so that a lowpass with this
    time constant makes x of it.
    """
    n = (series.shape[1] - AHEAD - 1) // PIECE * PIECE
    before, at, after = (series[:, k : k + n] for k in (AHEAD - 1, AHEAD, AHEAD + 1))
    target = at + lead * (after - before) / 2
    return series[:, :n].reshape(-1, PIECE), target.reshape(-1, PIECE)


def memory_of(u, order):
    """States of the ideal memory (n, n_samples, order); for no order the input."""
    return u[..., None] if order is None else states(u, order, WINDOW, 1.0)


def layout_sample(learning):
    """The part of the training series that a spiking memory is laid out for."""
    return learning[: SAMPLE[0], : SAMPLE[1]]


def rms(x):
    """Root mean square of all values."""
    return np.sqrt(np.mean(np.square(x)))
