"""Lowpasses in parallel: a loop that is as exact, and adds less noise of counts.

With the discrete system Ad, and poles a_k of the lowpasses, transforms R_k are chosen
so that the loop is

    h = sum of R_k (1 - a_k) / (z - a_k) = C / product of (z - a_k),
    C = product of (Ad - a_k).

As h is 1 at z = Ad, the loop has the pole Ad exactly; its other poles cancel between
recurrent and input transforms. Fast errors see all lowpasses in series.
"""

import numpy as np


def parallel_lowpasses(Ad, Bd, poles):
    """Transforms of parallel lowpasses.

    Parameters
    ----------
    Ad, Bd : (d, d) and (d, 1) array
        Discrete system.
    poles : list of float
        Of the lowpasses, in [0, 1), no two the same.

    Returns
    -------
    list of (recurrent, drive)
        For each of them.
    """
    eye = np.eye(len(Ad))
    transforms = []
    for k, pole in enumerate(poles):
        others = [other for i, other in enumerate(poles) if i != k]
        rest = eye / ((1 - pole) * np.prod([pole - other for other in others]))
        for other in others:
            rest = rest @ (Ad - other * eye)
        transforms.append((rest @ (Ad - pole * eye), rest @ Bd))
    return transforms
