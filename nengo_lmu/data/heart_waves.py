"""Electrocardiograms as events, with the wave that each step belongs to.

The benchmark of spiking recurrent networks of B. Yin, F. Corradi and S. M. Bohté,
"Accurate and efficient time-domain classification with adaptive spiking recurrent
neural networks", Nature Machine Intelligence 3, 905-913, 2021: two leads of the QT
Database (P. Laguna et al., "A database for evaluation of algorithms for measurement of
QT and other waveform intervals in the ECG", Computers in Cardiology 24, 673-676, 1997;
PhysioNet), each as two channels of level crossings, up and down.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from nengo.exceptions import ValidationError
from scipy.io import loadmat

from nengo_lmu import checks

VARIABLE = "NENGO_LMU_QTDB"
"""Environment variable with the directory of the files."""

FILES = {"train": "qtdb_train.mat", "test": "qtdb_test.mat"}
"""Names of the files of the two parts; those of the benchmark are accepted, too."""

PUBLISHED = {"train": "QTDB_train.mat", "test": "QTDB_test.mat"}

SOURCE = "https://github.com/byin-cwi/Efficient-spiking-networks"

WAVES = ("P", "PQ", "QR", "RS", "ST", "TP")
"""Names of the classes."""

RATE = 250.0
"""Steps a second."""

N_CHANNELS = 4
"""Up and down of the first lead, then of the second."""


@dataclass(frozen=True, eq=False)
class Waves:
    """Sequences of events and their labels.

    Parameters
    ----------
    events : (n, n_steps, 4) array of float32
        Each -1, 0 or 1.
    labels : (n, n_steps) array of int
        Index in `WAVES`. Steps without a label, most of them the silence after the end
        of a record, count as P, as in the benchmark.
    labelled : (n, n_steps) array of bool
        Whether a step has a label.
    """

    events: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    labelled: np.ndarray = field(repr=False)

    def __len__(self):
        return len(self.labels)

    def part(self, rows):
        """Select sequences; ``rows`` is a slice or an array of indices."""
        return Waves(self.events[rows], self.labels[rows], self.labelled[rows])


def load(directory=None, name="train"):
    """Load one part of the data.

    Parameters
    ----------
    directory : path_like, optional
        With `FILES`. By default that of the environment variable `VARIABLE`.
    name : {"train", "test"}, optional

    Returns
    -------
    Waves
        618 sequences for training or 141 for the test, of 1301 steps each.

    Raises
    ------
    ValidationError
        If the file does not exist, or does not contain events and labels.
    """
    checks.one_of(name, tuple(FILES), "name")
    path = _find(directory, name)
    try:
        arrays = loadmat(path)
    except Exception:  # noqa: BLE001 - what SciPy raises depends on the broken byte
        raise ValidationError(
            f"{path} must be a MATLAB file, is another file or cut off", "data"
        ) from None
    for key, meaning in (("x", "events"), ("y", "labels")):
        if key not in arrays:
            raise ValidationError(f"{path} must have {meaning} as {key!r}", "data")
    return _waves(arrays["x"], arrays["y"], path)


def _find(directory, name):
    given = os.environ.get(VARIABLE) if directory is None else directory
    if not given:
        raise ValidationError(
            f"give the directory of {FILES['train']} and {FILES['test']} by --data or "
            f"the environment variable {VARIABLE}; the files are those of {SOURCE}",
            "data",
        )
    for names in (FILES, PUBLISHED):
        path = Path(given) / names[name]
        if path.is_file():
            return path
    raise ValidationError(
        f"{str(given)!r} must be a directory with {FILES[name]}, as in {SOURCE}", "data"
    )


def _waves(x, y, path):
    shape = y.shape[:2]
    if x.ndim != 3 or x.shape[2] != N_CHANNELS or not np.isin(x, (-1, 0, 1)).all():
        allowed = f"(n, n_steps, {N_CHANNELS}), each -1, 0 or 1"
        _fail(path, "x", allowed, x)
    one_hot = np.isin(y, (0, 1)).all() and y.ndim == 3 and y.shape[2] == len(WAVES)
    if not one_hot or shape != x.shape[:2] or np.any(y.sum(axis=2) > 1):
        allowed = f"{(*x.shape[:2], len(WAVES))}, each 0 or 1 and one 1 a step"
        _fail(path, "y", allowed, y)
    return Waves(x.astype(np.float32), y.argmax(axis=2), y.any(axis=2))


def _fail(path, name, allowed, array):
    raise ValidationError(
        f"{name} of {path} must be {allowed}, is {array.dtype} of shape {array.shape}",
        "data",
    )
