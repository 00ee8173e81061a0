import numpy as np

from nengo_lmu.experiments.resources import PeakMemory, machine, versions


def test_peak_memory_is_that_of_the_block():
    """Large arrays are given back to the system at once, so this process will do."""
    before = np.ones(10_000_000)
    with PeakMemory() as some:
        np.ones(5_000_000)
        np.ones(2_500_000)
    with PeakMemory() as none:
        pass
    assert 39 < some.mb < 60
    assert 0 <= none.mb < 10
    del before


def test_versions():
    line = versions("scipy", "no_such_package")
    for part in ("python 3.", "nengo_lmu ", "nengo ", "numpy ", "scipy "):
        assert part in line
    assert "no_such_package ?" in line
    assert "\n" not in line + machine()
