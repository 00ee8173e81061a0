"""MNIST from the file of Keras, as sequences of pixels in a fixed random order.

Sources: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits";
for permuted sequences, Q. Le, N. Jaitly and G. Hinton, "A simple way to initialize
recurrent networks of rectified linear units", 2015.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu import checks
from nengo_lmu.files import read_npz

VARIABLE = "NENGO_LMU_MNIST"
"""Environment variable with the path of the file."""

CACHE = Path("~/.keras/datasets/mnist.npz")
"""Path to which Keras downloads the file."""

SIDE = 28
"""Pixels of a row and of a column."""

N_VALIDATION = 10_000
"""Number of validation images: the last of the training data, as in the paper."""

ARRAYS = "x_train", "y_train", "x_test", "y_test"


@dataclass(frozen=True, eq=False)
class Digits:
    """Images of digits and their labels.

    Parameters
    ----------
    pixels : (n, n_pixels) array of uint8
        One image per row, its pixels in the order of presentation.
    labels : (n,) array of int
        Digits, 0 to 9.
    """

    pixels: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)

    def __len__(self):
        return len(self.labels)

    def part(self, rows):
        """Select images; ``rows`` is a slice or an array of indices."""
        return Digits(self.pixels[rows], self.labels[rows])

    def permuted(self, seed):
        """Return the same images with pixels in the order of `permutation`."""
        return Digits(
            self.pixels[:, permutation(self.pixels.shape[1], seed)], self.labels
        )


def permutation(n_pixels, seed):
    """Order of presentation of the pixels, (n_pixels,); seed 0 is that of the paper."""
    return np.random.RandomState(seed).permutation(n_pixels)


def load(path=None):
    """Load training and test data.

    Parameters
    ----------
    path : path_like, optional
        The file. By default it is given by the environment variable `VARIABLE`, or else
        is in the cache of Keras.

    Returns
    -------
    train, test : Digits
        60,000 and 10,000 images of 28 x 28 pixels, row by row.

    Raises
    ------
    ValidationError
        If the file does not exist, or does not contain images and labels.
    """
    path = _find(path)
    x_train, y_train, x_test, y_test = read_npz(path, ARRAYS)
    return (
        _digits(x_train, y_train, "train", path),
        _digits(x_test, y_test, "test", path),
    )


def split(train, n_validation=N_VALIDATION):
    """Split the last images off the training data, for validation.

    Parameters
    ----------
    train : Digits
    n_validation : int, optional
        Number of validation images; by default as in the paper.
    """
    n = checks.integer(n_validation, 1, len(train) - 1, "n_validation")
    return train.part(slice(None, -n)), train.part(slice(-n, None))


def _find(path):
    if path is None:
        path = os.environ.get(VARIABLE) or CACHE.expanduser()
    path = Path(path)
    if not path.is_file():
        raise ValidationError(
            f"there is no file {path}; give mnist.npz of Keras by --data or the "
            f"environment variable {VARIABLE}, or let Keras download it to {CACHE}: "
            "tensorflow.keras.datasets.mnist.load_data()",
            "data",
        )
    return path


def _digits(images, labels, name, path):
    size = (SIDE, SIDE)
    if images.dtype != np.uint8 or images.shape[1:] != size or len(images) == 0:
        _fail(path, f"x_{name}", f"uint8 of shape (n, {SIDE}, {SIDE})", images)
    if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
        _fail(path, f"y_{name}", f"integers of shape ({len(images)},)", labels)
    if labels.min() < 0 or labels.max() > 9:
        raise ValidationError(
            f"y_{name} of {path} must be from 0 to 9, has {labels.min()} to "
            f"{labels.max()}",
            "data",
        )
    return Digits(images.reshape(len(images), -1), labels.astype(int))


def _fail(path, name, allowed, array):
    raise ValidationError(
        f"{name} of {path} must be {allowed}, is {array.dtype} of shape {array.shape}",
        "data",
    )
