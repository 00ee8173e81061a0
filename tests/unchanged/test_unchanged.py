"""Results are the same through every move: recorded once, held to 1e-12."""

from pathlib import Path

import numpy as np
import pytest
from configurations import CONFIGURATIONS, record, record_others

FILE = Path(__file__).parent / "recorded.npz"


def check(name, value):
    with np.load(FILE) as recorded:
        expected = recorded[name]
    scale = max(np.max(np.abs(expected)), 1e-300)
    np.testing.assert_allclose(value / scale, expected / scale, atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_states_and_spikes_are_unchanged(name):
    for what, value in record(name).items():
        check(f"{name}/{what}", value)


def test_figures_are_unchanged():
    for name, value in record_others().items():
        check(name, value)


if __name__ == "__main__":
    arrays = {
        f"{name}/{what}": value
        for name in CONFIGURATIONS
        for what, value in record(name).items()
    }
    np.savez_compressed(FILE, **arrays, **record_others())
