"""Real signals that come with the package; ``README.md`` here gives their sources."""

from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

ECG_RATE = 360.0
"""Sampling rate of the electrocardiogram, in Hz."""


def ecg() -> tuple[NDArray, float]:
    """Load five minutes of an electrocardiogram with premature beats.

    Returns
    -------
    millivolt : (108000,) array of float
        Voltage of lead MLII, in mV.
    rate : float
        Sampling rate, 360 Hz.

    References
    ----------
    Record 208 of the MIT-BIH Arrhythmia Database. G. B. Moody and R. G. Mark, IEEE
    Engineering in Medicine and Biology 20(3), 45-50, 2001. Open Data Commons
    Attribution License 1.0.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from nengo_lmu.data import ecg
    >>> millivolt, rate = ecg()
    >>> _ = plt.plot(millivolt[: int(3 * rate)])
    """
    with (files(__name__) / "ecg.npz").open("rb") as file:
        steps = np.load(file)["ecg"]
    return (steps - 1024.0) / 200.0, ECG_RATE
