import mmap

import numpy as np

from nengo_lmu.experiments.resources import PeakMemory, machine
from nengo_lmu.versions import versions


def use(n_bytes):
    """Memory from the system, and back: an array may find room among what was freed."""
    with mmap.mmap(-1, n_bytes) as block:
        np.frombuffer(block, np.uint8).fill(1)


def test_peak_memory_is_that_of_the_block():
    with PeakMemory() as some:
        use(40_000_000)
        use(20_000_000)
    with PeakMemory() as none:
        pass
    assert 39 < some.mb < 60
    assert 0 <= none.mb < 10


def test_versions():
    line = versions("scipy", "no_such_package")
    for part in ("python 3.", "nengo_lmu ", "nengo ", "numpy ", "scipy "):
        assert part in line
    assert "no_such_package ?" in line
    assert "\n" not in line + machine()
