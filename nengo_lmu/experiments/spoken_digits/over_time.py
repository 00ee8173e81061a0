"""Accuracy against the time since a word began."""

import numpy as np

from nengo_lmu import report
from nengo_lmu.experiments.spoken_digits.network import AFTER, HOLD

FRAMES = np.arange(5, 101, 5)
"""Frames since the beginning of a word at which it is decided."""


def over_time(outputs, digits):
    """Accuracy of the decisions that are made while words are spoken.

    At each time the outputs of the last `AFTER` frames are summed. A word that is over
    stays as it was decided after its end.

    Parameters
    ----------
    outputs : list of (n_frames + AFTER, 10) array
        Of each word, from its first frame on.
    digits : (n_words,) array of int

    Returns
    -------
    dict
        ``seconds`` since the beginning, the share ``over`` of words that have ended,
        and the accuracy, both in percent; arrays of the same length.
    """
    at = np.minimum(FRAMES[:, None], [len(of) for of in outputs])
    found = np.empty_like(at)
    for k, of in enumerate(outputs):
        total = np.concatenate([np.zeros((1, of.shape[1])), np.cumsum(of, axis=0)])
        begin = np.maximum(0, at[:, k] - AFTER)
        found[:, k] = np.argmax(total[at[:, k]] - total[begin], axis=1)
    over = FRAMES[:, None] >= [len(of) - AFTER for of in outputs]
    return {
        "seconds": FRAMES * HOLD,
        "over": 100 * over.mean(axis=1),
        "accuracy": 100 * np.mean(found == digits, axis=1),
    }


def draw(columns):
    """Accuracy over time; ``columns`` has ``seconds``, ``over``, and accuracies."""
    with report.style():
        figure, axes = report.subplots(size=(7, 3.6))
        ax, t = axes[0, 0], columns["seconds"]
        ax.fill_between(t, columns["over"], color=report.GREY, alpha=0.25, lw=0)
        ax.text(t[-1], 4, "words that are over", ha="right", color=report.INK)
        for name, of in columns.items():
            if name not in ("seconds", "over"):
                ax.plot(t, of, label=name)
        ax.set(xlabel="time since the word began (s)", ylabel="%", ylim=(0, 100))
        ax.set(xlim=(0, t[-1]))
        ax.legend(loc="center right")
        return figure
