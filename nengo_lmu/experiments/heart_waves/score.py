"""Accuracy and onset errors of labelled waves."""

import numpy as np

from nengo_lmu.data.heart_waves import RATE, WAVES

SKIPPED = 10
"""First steps of a sequence that are not counted, as in the benchmark."""

NEAR = 0.2
"""Seconds within which an onset in the outputs belongs to one in the labels."""


def score(classes, waves):
    """Score a class for each step.

    Parameters
    ----------
    classes : (n, n_steps) array of int
    waves : nengo_lmu.data.heart_waves.Waves

    Returns
    -------
    dict
        In percent: ``accuracy`` of all steps from the 11th on, as published;
        ``error``, its standard error if sequences are independent; ``labelled``, the
        accuracy of those with a label; and that of each wave by its name.
        In ms: ``onset P`` and so on, the median distance of an onset to the nearest one
        of the outputs within `NEAR`.
    """
    counted = np.s_[:, SKIPPED:]
    right = (classes == waves.labels)[counted]
    labels, labelled = waves.labels[counted], waves.labelled[counted]
    found = {
        "accuracy": 100 * float(np.mean(right)),
        "error": 100 * float(np.std(right.mean(axis=1)) / np.sqrt(len(right))),
        "labelled": 100 * float(np.mean(right[labelled])),
    }
    for k, name in enumerate(WAVES):
        some = labelled & (labels == k)
        found[name] = 100 * float(np.mean(right[some])) if some.any() else np.nan
    for k, name in enumerate(WAVES):
        found[f"onset {name} (ms)"] = onset_error(classes, waves, k)
    return found


def onset_error(classes, waves, wave):
    """Median distance in ms of the onsets of a wave to those of the outputs."""
    distances = []
    for of, labels, labelled in zip(classes, waves.labels, waves.labelled, strict=True):
        wanted = [k for k in onsets(labels, wave) if labelled[k - 1]]
        given = onsets(of, wave)
        if len(given):
            nearest = [np.min(np.abs(given - k)) / RATE for k in wanted]
            distances += [1000 * t for t in nearest if t <= NEAR]
    return float(np.median(distances)) if distances else np.nan


def onsets(classes, wave):
    """Steps at which a sequence of classes changes to a wave."""
    return np.flatnonzero((classes[1:] == wave) & (classes[:-1] != wave)) + 1
