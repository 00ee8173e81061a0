"""Accuracy over time."""

import numpy as np

from nengo_lmu.experiments.spoken_digits.network import AFTER
from nengo_lmu.experiments.spoken_digits.over_time import FRAMES, over_time
from nengo_lmu.experiments.spoken_digits.train import decisions


def test_over_time():
    """One word is right from its 20th frame on, one is never; both end."""
    right = np.zeros((40 + AFTER, 10))
    right[:20, 1], right[20:, 7] = 1, 1
    wrong = np.zeros((60 + AFTER, 10))
    wrong[:, 2] = 1
    found = over_time([right, wrong], np.array([7, 3]))
    at = dict(zip(FRAMES, found["accuracy"], strict=True))
    assert at[20] == 0 and at[25] == 50 and at[100] == 50
    assert list(found["over"][FRAMES <= 60]) == [0] * 7 + [50] * 4 + [100]
    assert np.isclose(found["seconds"][0], 0.05)
    assert list(decisions([right, wrong])) == [7, 2]
