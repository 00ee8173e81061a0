"""Recordings varied at random: other voices, rooms, microphones and cuts."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from nengo_lmu.data.wav import RATE
from nengo_lmu.experiments.spoken_digits import features
from nengo_lmu.experiments.spoken_digits.network import HOLD

CLIPPED = 0.15, (0.08, 0.8)
"""Share of recordings that are clipped, and at which parts of their largest value."""

CUT = 0.5, (1e-5, 2e-2)
"""Share of beginnings and of ends that are cut, and below which parts of the energy."""

ECHO = 0.3, (0.1, 0.5), 0.3
"""Share of recordings with an echo, seconds in which it falls by 30 dB, and its
largest size."""

NOISE = 0.6, (0.0, 40.0)
"""Share of recordings with noise, and its distance from the word in dB."""


@dataclass(frozen=True)
class Variety:
    """How much voices and microphones differ.

    Parameters
    ----------
    tilt : float
        Deviation in dB of the gains of a microphone, at six frequencies.
    warp : float
        Frequencies are multiplied with a factor up to exp(±warp): shorter vocal tracts.
    stretch : float
        The length of a word is multiplied with a factor up to exp(±stretch).
    """

    tilt: float = 6.0
    warp: float = 0.15
    stretch: float = 0.4


def varied(sound, n_bands, variety, rng):
    """Bands (n_frames, n_bands) of a recording as someone else would have made it.

    Parameters
    ----------
    sound : (n,) array
    n_bands : int
    variety : Variety
    rng : numpy.random.Generator
    """
    share, sizes = CLIPPED
    if rng.random() < share:
        most = np.abs(sound).max() * np.exp(rng.uniform(*np.log(sizes)))
        sound = np.clip(sound, -most, most)
    spectrum = cut(features.power(sound), rng) * microphone(variety.tilt, rng)
    share, seconds, size = ECHO
    if rng.random() < share:
        left = 10 ** (-3 * HOLD / rng.uniform(*seconds))
        echo = lfilter([0, 1 - left], [1, -left], spectrum, axis=0)
        spectrum = spectrum + rng.uniform(0, size) * echo
    power = spectrum.sum(axis=1).mean()
    share, levels = NOISE
    if rng.random() < share:
        spectrum = spectrum + power * noise(spectrum.shape, levels, rng)
    spectrum = spectrum / max(power, 1e-12) * 10 ** rng.uniform(-0.5, 1)
    warp = np.exp(rng.uniform(-variety.warp, variety.warp))
    frames = features.bands(spectrum, features.mel_bank(n_bands, warp))
    factor = np.exp(rng.uniform(-variety.stretch, variety.stretch))
    return features.stretched(frames, factor)


def cut(spectrum, rng):
    """Frames from the first to the last that is loud enough, which is random."""
    energy, (share, parts) = spectrum.sum(axis=1), CUT
    least = energy.max() * np.exp(rng.uniform(*np.log(parts)))
    loud = np.flatnonzero(energy >= least)
    begin = loud[0] if rng.random() < share else 0
    end = loud[-1] + 1 if rng.random() < share else len(spectrum)
    return spectrum[begin:end]


def microphone(tilt, rng):
    """Gains of the energy at all frequencies, (N_FFT / 2 + 1,): smooth, and random."""
    f = np.arange(features.N_FFT // 2 + 1) * RATE / features.N_FFT
    mel = np.log1p(f / 700)
    at = np.linspace(0, mel[-1], 6)
    level = np.interp(mel, at, rng.normal(0, tilt, len(at)))
    return 10 ** ((level + rng.normal(0, tilt) * (f / f[-1] - 0.5)) / 10)


def noise(shape, levels, rng):
    """Power spectra of noise, half of them white; on average of the power 1 a frame."""
    slope = rng.normal(0, 0.5) * (rng.random() < 0.5)
    color = 10 ** (slope * np.linspace(-0.5, 0.5, shape[1]))
    size = 10 ** (-rng.uniform(*levels) / 10) / color.sum()
    return size * color * rng.exponential(size=shape)
