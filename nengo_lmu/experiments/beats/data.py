"""Which beats of the electrocardiogram are wide: labels, from the signal alone.

The record comes without the annotations of cardiologists. A ventricular beat does not
take the fast ways of conduction, and a QRS of 120 ms or more is the bound by which that
is told of beats with a blocked way (B. Surawicz et al., "AHA/ACCF/HRS recommendations
for the standardization and interpretation of the electrocardiogram, part III", JACC 53,
976-981, 2009).
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.signal import butter, find_peaks, peak_widths, sosfilt, sosfiltfilt

from nengo_lmu.data import ecg

STEP = 0.001
"""Seconds of a step of the simulation."""

BAND = (1.0, 40.0)
"""Hz, of the signal in which beats are measured."""

PEAK = 0.5
"""Height and prominence in mV that make a peak an R wave."""

APART = 0.3
"""Seconds from one R wave to the next, at least."""

WIDE = 0.06
"""Seconds at half height that make a beat wide.

Of a triangle that is half of its length on the ground, so it stands for 120 ms."""


SEEN = (0.1, 0.25)
"""Seconds after the peak of a beat in which it is reported: all of it is in the window
by then."""


class Beats(NamedTuple):
    """When the R waves have their peaks, in seconds, (n,) each."""

    wide: np.ndarray
    narrow: np.ndarray


@cache
def label():
    """Label the beats of the record.

    R waves are the peaks (`scipy.signal.find_peaks`) of the signal between 1 and 40 Hz,
    which no filter delays here; a beat is wide if its peak is, at half its prominence.

    Returns
    -------
    Beats
    """
    millivolt, rate = ecg()
    band = butter(2, BAND, "bandpass", fs=rate, output="sos")
    u = sosfiltfilt(band, millivolt)
    peaks, _ = find_peaks(u, height=PEAK, prominence=PEAK, distance=round(APART * rate))
    wide = peak_widths(u, peaks, rel_height=0.5)[0] / rate >= WIDE
    return Beats(peaks[wide] / rate, peaks[~wide] / rate)


@cache
def filtered():
    """The record without its drift, as a network gets it: (300,000,), in mV.

    At steps of `STEP`, behind a causal highpass of 1 Hz, as a monitor has.
    """
    millivolt, rate = ecg()
    highpass = butter(1, BAND[0], "highpass", fs=rate, output="sos")
    u = sosfilt(highpass, millivolt - millivolt[0])
    t = np.arange(round(len(u) / rate / STEP)) * STEP
    return np.interp(t, np.arange(len(u)) / rate, u)


def intervals():
    """What the intervals say of the beats, which the label does not look at.

    A premature beat comes early, at 0.8 of the mean of the five intervals before or
    less, and a pause follows (A. Bauer et al., "Heart rate turbulence", JACC 52,
    1353-1365, 2008, where it must be 1.2 times that mean).

    Returns
    -------
    list of dict
        For wide and for narrow beats how many there are, how many are ``early``, and
        how many have a ``pause`` behind them: 1.2 times the interval before or more.
    """
    peaks = np.sort(np.concatenate(label()))
    steps = np.diff(peaks)
    means = np.convolve(steps, np.full(5, 0.2), "valid")[:-1]
    early = peaks[6:][steps[5:] <= 0.8 * means]
    pause = peaks[1:-1][steps[1:] >= 1.2 * steps[:-1]]
    return [
        {
            "label": name,
            "beats": len(of),
            "early": int(np.isin(of, early).sum()),
            "pause": int(np.isin(of, pause).sum()),
        }
        for name, of in label()._asdict().items()
    ]


def target():
    """Wanted output at each step: 1 while a wide beat is to be reported, else 0."""
    y = np.zeros(len(filtered()))
    for peak in label().wide:
        y[round((peak + SEEN[0]) / STEP) : round((peak + SEEN[1]) / STEP)] = 1
    return y
