"""Sound from WAV files of any rate, mono or stereo."""

import warnings
from math import gcd
from pathlib import Path

import numpy as np
from nengo.exceptions import ValidationError
from scipy.io import wavfile
from scipy.signal import resample_poly

RATE = 8000
"""Samples a second of all sound here."""


def read(path):
    """Read a WAV file as one channel at `RATE`.

    Parameters
    ----------
    path : path_like

    Returns
    -------
    (n,) array of float32
        Within -1 and 1; the mean of the channels.

    Raises
    ------
    ValidationError
        If the file does not exist, is truncated or is not a WAV file, or contains no
        sound.
    """
    path = Path(path)
    if not path.is_file():
        raise ValidationError(f"there is no file {path}", "data")
    try:
        with warnings.catch_warnings():
            # Other chunks may follow the sound; a truncated one is no mere warning.
            warnings.filterwarnings("ignore", "Chunk .*not understood")
            warnings.filterwarnings("error", "Reached EOF prematurely")
            rate, sound = wavfile.read(path)
    except Exception:  # noqa: BLE001 - what SciPy raises depends on the broken byte
        raise ValidationError(
            f"{path} must be a WAV file, is another file or cut off", "data"
        ) from None
    if sound.size == 0 or not np.all(np.isfinite(sound)):
        raise ValidationError(f"{path} must have sound, is empty or not finite", "data")
    return at_rate(as_float(sound), rate)


def as_float(sound):
    """Samples as float32 within -1 and 1, the mean of the channels."""
    kind = sound.dtype
    if kind == np.uint8:
        sound = (sound.astype(np.float32) - 128) / 128
    elif kind.kind == "i":
        sound = sound.astype(np.float32) / -float(np.iinfo(kind).min)
    sound = sound.astype(np.float32)
    return sound.mean(axis=1) if sound.ndim > 1 else sound


def at_rate(sound, rate):
    """Resample to `RATE`."""
    if rate == RATE:
        return sound
    common = gcd(RATE, rate)
    return resample_poly(sound, RATE // common, rate // common).astype(np.float32)
