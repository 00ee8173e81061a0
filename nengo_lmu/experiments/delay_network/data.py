"""The task of the delay network: its constants, its signals, and published errors.

Source: A. R. Voelker, "Dynamical Systems in Spiking Neuromorphic Hardware", PhD thesis,
University of Waterloo 2019, section on neuromorphic hardware. A window of 0.1 s and
order 3 in 3 populations of 128 LIF neurons; 2 s of white noise to 3 Hz, of rms 1; what
is decoded from the spikes is read out through a lowpass of 20 ms by discrete
Principle 3, and its window compared at 100 delays, over all 2 s.
"""

import numpy as np
from nengo.dists import Uniform
from nengo.processes import WhiteSignal
from scipy.special import chdtri

THETA, ORDER, FREQ, RMS, SECONDS, DT = 0.1, 3, 3.0, 1.0, 2.0, 0.001
N_NEURONS = 3 * 128
SIGNALS = range(1, 11)
UNSEEN = range(11, 21)
"""Seeds of signals that nobody looked at while our recipe was made."""

RATES = Uniform(250, 350)
PUBLISHED = {
    "nengo": "0.055-0.059",
    "loihi": "0.145-0.151",
    "nengo-loihi": "0.145-0.151",
}
"""Intervals of the thesis, of 25 networks on signals 1 to 10."""

BY_SIGNAL = [f"signal {k}" for k in SIGNALS]

_DEGREES = 2 * FREQ * SECONDS
LOUDEST = RMS * float(np.sqrt(chdtri(_DEGREES, 0.05) / _DEGREES))
"""The rms that our memories are laid out for: 1 signal in 20 is louder.

White noise of 2 s below 3 Hz is 12 independent Gaussian numbers, so the mean square of
one signal, over that of all, is a twelfth of a chi-squared number of 12 degrees."""


def task_signal(seed, dt=DT):
    """One of the signals, (n_steps,)."""
    noise = WhiteSignal(SECONDS, FREQ, RMS, y0=0, seed=seed)
    return noise.run(SECONDS, dt=dt)[:, 0]
