"""A causal filter bank: mel bands every 10 ms, as parts of the loudest of late.

Each band is a root of its energy as a fraction of a peak that decays, so that the
distance of the microphone does not matter, and silence is 0. Nothing looks ahead.
"""

import numpy as np

from nengo_lmu.data.wav import RATE

STEP = 80
"""Samples from one frame to the next: 10 ms."""

WINDOW = 200
"""Samples of a frame: 25 ms."""

N_FFT = 256
EDGES = (100.0, 3900.0)
"""Hz, from the lowest to the highest band."""

DECAY = 0.995
"""What is left of the peak after a frame: half after 1.4 s."""

FLOOR = 1e-3
"""Smallest peak, an energy; a sine of full scale has some 10."""

EXPONENT = 0.2
"""Power of the energy, as a fraction of the peak, that a band is: -20 dB is 0.4. On
voices that are not in the training data it is 2 % better than a logarithm, which needs
a smallest energy."""


def power(sound):
    """Power spectrum of each frame, (n_frames, N_FFT / 2 + 1).

    Frame k ends at sample ``STEP * (k + 1)``; before the first sample is silence.
    """
    padded = np.concatenate([np.zeros(WINDOW - STEP, np.float32), sound])
    padded = np.pad(padded, (0, max(0, WINDOW - len(padded))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP]
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    spectrum = np.fft.rfft(frames * window, N_FFT)
    return (np.abs(spectrum) ** 2 / np.sum(window**2)).astype(np.float32)


def mel_bank(n_bands, warp=1.0):
    """Weights (N_FFT / 2 + 1, n_bands) of triangles, evenly spaced in mel.

    A band is weighted with its frequency in kHz, as voices fall with it. ``warp``
    multiplies the frequencies of all bands, as a shorter vocal tract does.
    """
    low, high = (1127 * np.log1p(edge / 700) for edge in EDGES)
    mel = np.linspace(low, high, n_bands + 2)
    edges = warp * 700 * np.expm1(mel / 1127)
    f = np.arange(N_FFT // 2 + 1)[:, None] * RATE / N_FFT
    left, middle, right = edges[:-2], edges[1:-1], edges[2:]
    rise, fall = (f - left) / (middle - left), (right - f) / (right - middle)
    bank = np.maximum(0, np.minimum(rise, fall))
    bank *= middle / (1000 * warp * np.maximum(bank.sum(axis=0), 1e-6))
    return bank.astype(np.float32)


def bands(spectrum, bank):
    """Bands of each frame, (n_frames, n_bands): 0 is silence, 1 the peak of late."""
    energy = spectrum @ bank
    loudest = energy.max(axis=1)
    peak = np.empty(len(loudest))
    held = FLOOR
    for k, now in enumerate(loudest):
        held = max(FLOOR, DECAY * held, now)
        peak[k] = held
    return (energy / peak[:, None]) ** EXPONENT


def stretched(frames, factor):
    """Frames (n, size) over ``factor`` times as many steps, interpolated."""
    n = max(2, round(len(frames) * factor))
    at = np.linspace(0, len(frames) - 1, n)
    left = np.minimum(at.astype(int), max(0, len(frames) - 2))
    share = (at - left)[:, None]
    right = np.minimum(left + 1, len(frames) - 1)
    return frames[left] * (1 - share) + frames[right] * share
