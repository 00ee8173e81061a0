"""Other tools that read NIR and run it.

A reader is a function ``run(graph, u, dt)`` that returns what the graph outputs for
signals (n_steps, n_signals), as an array (n_steps, n_signals, size). None of them is
among the extras: each is used where it is installed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np


@dataclass(frozen=True)
class Reader:
    """A reader, and what it accepts.

    Attributes
    ----------
    run : callable
    package : str
        What must be installed, and whose version is recorded.
    forms : tuple of str
        Forms of a graph that are measured, see `nengo_lmu.to_nir`. Spyx knows only the
        first, snnTorch 1.0.0 fails on it.
    resets : tuple of str
        Resets of the graphs that are measured. The first is that of its neurons; the
        second shows what becomes of a graph for another one.
    """

    run: Callable
    package: str
    forms: tuple[str, ...]
    resets: tuple[str, ...] = ("zero",)

    @property
    def installed(self):
        return find_spec(self.package) is not None


def norse(graph, u, dt):
    from norse.torch import from_nir

    return _step_by_step(from_nir(graph, dt=dt), u)


def snntorch(graph, u, dt):
    """It counts with 0.1 ms, whatever the graph is made for."""
    from snntorch.import_nir import import_from_nir

    return _step_by_step(import_from_nir(graph), u)


def spikingjelly(graph, u, dt):
    from spikingjelly.activation_based.nir_exchange import import_from_nir

    return _step_by_step(import_from_nir(graph, dt=dt), u)


def spyx(graph, u, dt):
    from spyx.nir import from_nir

    _, output = from_nir(graph, np.float32(u)[:, :, None], dt=dt)
    return np.array(output)


def _step_by_step(module, u):
    """Run a module of PyTorch that takes and returns its state."""
    import torch

    torch.set_num_threads(1)
    output, state = [], None
    with torch.no_grad():
        for values in torch.tensor(np.float32(u)):
            found, state = module(values[:, None], state)
            output.append(found.numpy())
    return np.array(output)


READERS = {
    "norse": Reader(norse, "norse", ("dense", "factored")),
    "snntorch": Reader(snntorch, "snntorch", ("factored",)),
    "spikingjelly": Reader(spikingjelly, "spikingjelly", ("dense",)),
    "spyx": Reader(spyx, "spyx", ("dense",), ("subtract", "zero")),
}
