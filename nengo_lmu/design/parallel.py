"""Two lowpasses in parallel: a loop that is as exact, and adds less noise of counts.

With the discrete system Ad, and poles a1 and a2 of the lowpasses, transforms R1 and R2
are chosen so that the loop obeys

    1 - h(z) = (z - P)(z - Ad) / ((z - a1)(z - a2)),   P = a2 - (Ad - a1)

with h = sum of R_k (1 - a_k) / (z - a_k). The signal sees the pole Ad alone, P cancels
between recurrent and input transforms. Errors that are fast see both lowpasses in
series.
"""

import numpy as np


def two_lowpasses(Ad, Bd, poles):
    """Transforms of two parallel lowpasses.

    Parameters
    ----------
    Ad, Bd : (d, d) and (d, 1) array
        Discrete system.
    poles : (float, float)
        Of the lowpasses, in [0, 1), not the same.

    Returns
    -------
    list of (recurrent, drive)
        For each of them.
    """
    eye = np.eye(len(Ad))
    a1, a2 = poles
    P = a2 * eye - (Ad - a1 * eye)
    transforms = []
    for a, b in ((a1, a2), (a2, a1)):
        residue = (a * eye - P) / ((a - b) * (1 - a))
        transforms.append((-residue @ (a * eye - Ad), residue @ Bd))
    return transforms
