"""A pytest plugin: nengo-loihi's own tests, with our emulator in place of theirs.

They need the packages pytest-rng, pytest-plt and pytest-allclose, and take some
minutes, so they are no part of the project's suite::

    pytest -c tests/loihi/nengo_loihi_suite.ini -p tests.loihi.nengo_loihi_suite \\
        --pyargs nengo_loihi [--emulator theirs]

``--emulator theirs`` gives the result to compare with: some tests fail for
reasons of their own.
"""

import sys
from types import ModuleType

import nengo
import pytest
from nengo.builder import transforms

from nengo_lmu.loihi import compatibility as compat_loihi

nengo_loihi = compat_loihi.load()


def pytest_addoption(parser):
    parser.addoption("--target", default="sim", help="target of nengo_loihi.Simulator")
    parser.addoption("--emulator", choices=["ours", "theirs"], default="ours")


def pytest_configure(config):
    config.addinivalue_line("markers", "target_sim: needs the emulator")
    config.addinivalue_line("markers", "target_loihi: needs a board")
    nengo_loihi.set_defaults()  # rates and intercepts that their tests expect
    restore_npconv2d()
    # their suite takes an overflow for an error
    nengo_loihi.emulator.EmulatorInterface.strict = True
    if config.getoption("--emulator") == "ours":
        from nengo_lmu.loihi.emulator import Emulator

        # before the test modules and the simulator look it up
        nengo_loihi.emulator.EmulatorInterface = Emulator
        nengo_loihi.simulator.EmulatorInterface = Emulator


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("target_loihi"):
            item.add_marker(pytest.mark.skip("needs a board"))


def restore_npconv2d():
    """Give the reference convolution of nengo 3 the name that the tests ask for."""
    package = ModuleType("nengo._vendor.npconv2d")
    package.conv2d = transforms
    nengo._vendor.npconv2d = package
    sys.modules[package.__name__] = package
    sys.modules[package.__name__ + ".conv2d"] = transforms
