"""The simulators that exist, by name.

Nothing is imported before it is asked for: a backend may belong to an extra that is
not installed, or take seconds to load.
"""

from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from nengo_lmu.names import lookup


@dataclass(frozen=True)
class Backend:
    """A simulator and what an experiment has to know about it.

    Attributes
    ----------
    load : callable
        Imports and returns the simulator class.
    package : str
        Package whose version is recorded with results.
    chip : bool
        Whether it emulates a chip: a memory is then built for it (``on_chip``).
    """

    load: Callable[[], type]
    package: str
    chip: bool = False


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
    from nengo_lmu.loihi import compatibility as compat_loihi

    return compat_loihi.load().Simulator


BACKENDS = {
    "nengo": Backend(_nengo, "nengo"),
    "nengo-lmu": Backend(_nengo_lmu, "nengo_lmu"),
    "loihi": Backend(_loihi, "nengo_loihi", chip=True),
    "nengo-loihi": Backend(_nengo_loihi, "nengo_loihi", chip=True),
}


def find(name):
    """The `Backend` of a name; nothing is imported.

    Raises
    ------
    ValidationError
        If there is none of that name, with the closest match.
    """
    return lookup("backend", name, BACKENDS)


def get(name):
    """The simulator class of a name, imported now.

    Parameters
    ----------
    name : str
        "nengo" (the reference simulator), "nengo-lmu" (compiled), "nengo-loihi" (its
        emulator of the chip) or "loihi" (the same, compiled: equal to the bit).

    Raises
    ------
    ValidationError
        If there is none of that name, with the closest match.
    MissingExtraError
        If it is not installed, with the command that installs it.
    """
    return find(name).load()


_chosen = ContextVar("nengo_lmu backend", default="nengo")


def current():
    """The `Backend` that a model file is being read for; nengo unless one was chosen.

    ``nengo-lmu run`` chooses it. So one file serves all: a model says
    ``on_chip=nengo_lmu.backends.current().chip``, and is built for the chip where it
    will run on one.
    """
    return BACKENDS[_chosen.get()]


@contextmanager
def chosen(name):
    """Make a backend the current one, for the time of a ``with`` block.

    Raises
    ------
    ValidationError
        If there is none of that name, with the closest match.
    """
    find(name)
    token = _chosen.set(name)
    try:
        yield
    finally:
        _chosen.reset(token)
