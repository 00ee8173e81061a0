"""Recordings of spoken digits: the Free Spoken Digit Dataset, or Speech Commands.

Z. Jackson and others, "Free Spoken Digit Dataset", 3,000 recordings of English digits
by six speakers at 8 kHz, Creative Commons Attribution-ShareAlike 4.0; P. Warden,
"Speech Commands: a dataset for limited-vocabulary speech recognition",
arXiv:1804.03209, 2018.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu.data import wav
from nengo_lmu.files import read_npz

VARIABLE = "NENGO_LMU_FSDD"
"""Environment variable with the path of the folder or file."""

SOURCE = "https://github.com/Jakobovski/free-spoken-digit-dataset"

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

N_TEST = 5
"""The official test set: indices below this of each digit and speaker."""

ARRAYS = "audio", "length", "digit", "speaker", "index"


@dataclass(frozen=True, eq=False)
class Recordings:
    """Recordings of single words.

    Parameters
    ----------
    sounds : list of (n,) array of float32
        At 8 kHz, within -1 and 1.
    digits : (n,) array of int
    speakers : (n,) array of str
    indices : (n,) array of int
        Number of the recording among those of its digit and speaker.
    """

    sounds: list = field(repr=False)
    digits: np.ndarray = field(repr=False)
    speakers: np.ndarray = field(repr=False)
    indices: np.ndarray = field(repr=False)

    def __len__(self):
        return len(self.sounds)

    def part(self, chosen):
        """Select recordings by a boolean array."""
        rows = np.flatnonzero(chosen)
        return Recordings(
            [self.sounds[k] for k in rows],
            self.digits[rows],
            self.speakers[rows],
            self.indices[rows],
        )


def load(path=None):
    """Load recordings.

    Parameters
    ----------
    path : path_like, optional
        A folder of files ``digit_speaker_index.wav``, of the Free Spoken Digit Dataset;
        or a folder with folders ``zero`` to ``nine``, of Speech Commands; or a file
        .npz with `ARRAYS` (``audio`` int16 at 8 kHz, one recording after the other). By
        default that of the environment variable `VARIABLE`.

    Returns
    -------
    Recordings

    Raises
    ------
    ValidationError
        If there is nothing, or it is not what it must be.
    """
    path = os.environ.get(VARIABLE) if path is None else path
    if not path:
        raise ValidationError(
            "give a folder or file of recordings by --data or the environment variable "
            f"{VARIABLE}; the folder is that of {SOURCE}",
            "data",
        )
    path = Path(path)
    if path.is_file():
        return _from_arrays(path)
    if not path.is_dir():
        raise ValidationError(f"there is no folder or file {path}", "data")
    files = _named_files(path) or _files_by_word(path)
    if not files:
        raise ValidationError(
            f"{path} must have files digit_speaker_index.wav or folders zero to nine",
            "data",
        )
    digits, speakers, indices, files = zip(*files, strict=True)
    sounds = [wav.read(file) for file in files]
    return Recordings(sounds, np.array(digits), np.array(speakers), np.array(indices))


def split(recordings):
    """Split into the official training and test sets.

    Raises
    ------
    ValidationError
        If one of them is empty.
    """
    test = recordings.indices < N_TEST
    if test.all() or not test.any():
        raise ValidationError(
            f"must have recordings with indices below {N_TEST}, the test set, and "
            f"others, has {test.sum()} and {np.sum(~test)}",
            "data",
        )
    return recordings.part(~test), recordings.part(test)


def _named_files(path):
    """Rows (digit, speaker, index, file) of a folder of that dataset."""
    rows = []
    for folder in (path, path / "recordings"):
        for file in sorted(folder.glob("*.wav")):
            found = re.fullmatch(r"(\d+)_(.+)_(\d+)", file.stem)
            if found is None or int(found[1]) > 9:
                raise ValidationError(
                    f"{file} must be named digit_speaker_index.wav, the digit 0 to 9",
                    "data",
                )
            rows.append((int(found[1]), found[2], int(found[3]), file))
    return rows


def _files_by_word(path):
    """Such rows of a folder of Speech Commands: files are speaker_nohash_index.wav."""
    rows = []
    for digit, word in enumerate(WORDS):
        for file in sorted((path / word).glob("*.wav")):
            speaker, _, index = file.stem.partition("_nohash_")
            index = int(index) if index.isdigit() else 0
            rows.append((digit, speaker, index, file))
    return rows


def _from_arrays(path):
    audio, length, digit, speaker, index = read_npz(path, ARRAYS)
    if audio.dtype != np.int16 or length.sum() != len(audio) or np.any(length < 1):
        raise ValidationError(
            f"audio of {path} must be int16 of the sum of all lengths, is "
            f"{audio.dtype} of shape {audio.shape}",
            "data",
        )
    if any(len(of) != len(length) for of in (digit, speaker, index)):
        raise ValidationError(
            f"{path} must have a digit, speaker and index for each length", "data"
        )
    if digit.dtype.kind not in "iu" or digit.min() < 0 or digit.max() > 9:
        raise ValidationError(f"digit of {path} must be integers from 0 to 9", "data")
    ends = np.cumsum(length)[:-1]
    sounds = [wav.as_float(sound) for sound in np.split(audio, ends)]
    return Recordings(sounds, digit.astype(int), speaker.astype(str), index.astype(int))
