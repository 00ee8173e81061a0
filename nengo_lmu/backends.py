"""Simulators by name.

A simulator is imported only when it is requested: it may belong to an extra that is
not installed, or take seconds to import.
"""

import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

from nengo_lmu.names import lookup


def _unchanged(value):
    return value


@dataclass(frozen=True)
class Backend:
    """A simulator and its properties.

    Attributes
    ----------
    load : callable
        Imports and returns the simulator class.
    package : str
        Package whose version is recorded with results.
    chip : bool
        Whether it emulates a chip, which needs a chip layout of the memories.
    design : callable
        Converts a `MemoryDesign` into the design that runs on this backend.
    lay_out : callable
        Converts a network into the network that runs on this backend.
    """

    load: Callable[[], type]
    package: str
    chip: bool = False
    design: Callable = _unchanged
    lay_out: Callable = _unchanged


def _nengo():
    import nengo

    return nengo.Simulator


def _nengo_lmu():
    from nengo_lmu.simulator import Simulator

    return Simulator


def _loihi():
    from nengo_lmu.loihi import Simulator

    return Simulator


def _nengo_loihi():
    from nengo_lmu.loihi.simulator import reference_simulator

    return reference_simulator


def _chip_design(design):
    from nengo_lmu.loihi.chip_design import chip_design

    return chip_design(design)


def _chip_layout(network):
    from nengo_lmu.loihi.layout import lay_out

    return lay_out(network)


_CHIP = {"chip": True, "design": _chip_design, "lay_out": _chip_layout}

BACKENDS = {
    "nengo": Backend(_nengo, "nengo"),
    "nengo-lmu": Backend(_nengo_lmu, "nengo_lmu"),
    "loihi": Backend(_loihi, "nengo_loihi", **_CHIP),
    "nengo-loihi": Backend(_nengo_loihi, "nengo_loihi", **_CHIP),
}


@contextmanager
def quiet():
    """Silence the warnings that every memory causes.

    Their subjects are merged Poisson populations, weights rounded for a chip, and
    replacements made by a chip layout.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Extra state has been modified")
        warnings.filterwarnings("ignore", module="nengo_loihi")
        warnings.filterwarnings("ignore", "This model runs on nengo-loihi's own")
        warnings.filterwarnings("ignore", "invalid value encountered in cast")
        warnings.filterwarnings("ignore", ".* on Loihi: ")
        yield


def find(name):
    """Return the `Backend` of a name, without importing it.

    Raises
    ------
    ValidationError
        If the name is unknown. The message gives the closest match.
    """
    return lookup("backend", name, BACKENDS)


def get(name):
    """Import and return the simulator class of a name.

    Parameters
    ----------
    name : str
        "nengo" (the reference simulator), "nengo-lmu" (compiled), "nengo-loihi" (its
        emulator of the chip) or "loihi" (a compiled emulator with bit-exact results).

    Raises
    ------
    ValidationError
        If the name is unknown. The message gives the closest match.
    MissingExtraError
        If it is not installed. The message gives the command that installs it.
    """
    return find(name).load()
