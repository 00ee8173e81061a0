"""From a memory, or a trained network, to a graph of NIR."""

import io
from dataclasses import replace
from os import PathLike
from typing import Any, Literal

import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu import checks
from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.extras import import_extra
from nengo_lmu.files import write_whole
from nengo_lmu.networks import LMU, SpikingMemory, Stack
from nengo_lmu.nir.design import nir_design, notify, parts_with
from nengo_lmu.nir.graph import (
    Graph,
    Wiring,
    dense_memory,
    factored_memory,
    neighbors,
    read_state,
)
from nengo_lmu.nir.network import Hidden, memory_of, read_hidden
from nengo_lmu.version import version

FORMAT = 1
"""Version of what this package writes into the metadata of a graph."""

FORMS = "dense", "factored"


def to_nir(
    source: SpikingMemory | MemoryDesign | LMU | Stack,
    form: Literal["dense", "factored"] = "dense",
    dt: float | None = None,
    reset: Literal["zero", "subtract"] = "zero",
) -> Any:
    """Export a memory to NIR, the Neuromorphic Intermediate Representation.

    The memory is designed again in neurons that NIR can represent, see
    `nengo_lmu.nir.nir_design`; a warning states what it loses. The graph has one input
    for each channel, and outputs what the spikes of a step contribute to the state;
    `nengo_lmu.nir.state` makes the state of it.

    A trained network of one layer is exported with its hidden units as LIF neurons, for
    whose rates the read-out is decoded again. Its graph outputs what is to be filtered
    by a lowpass, whose time constant in seconds is
    ``graph.metadata["nengo_lmu"]["output_tau"]``.

    Parameters
    ----------
    source : SpikingMemory, MemoryDesign, LMU or Stack
        An `LMU` or `Stack` has one layer, which was built with ``n_neurons`` and
        ``**FEED_FORWARD, input_to_hidden=False``, and went through `to_spiking`.
    form : {"dense", "factored"}, optional
        Recurrent weights as one matrix (n, n), for readers that know nothing else, or
        as decoders and encoders, 2 n order weights. In the factored form a
        memory with ``realization="ladder"`` is a chain of populations that are
        connected to their neighbors only.
    dt : float, optional
        Time step of the reader in seconds, by default that of the memory. The graph
        holds for this step only. Most readers count with 0.0001 s.
    reset : {"zero", "subtract"}, optional
        What the neurons of the reader do at a spike: they are set to zero, as NIR
        defines it, or lose the threshold, as those of Spyx, Rockpool and Xylo.

    Returns
    -------
    nir.NIRGraph

    Raises
    ------
    ValidationError
        If NIR cannot represent its neurons, its synapse or its connections.
    MissingExtraError
        If nir is not installed.

    Examples
    --------
    >>> memory = nengo_lmu.SpikingMemory(
    ...     120, order=3, theta=0.5, freq=1.0, neuron_type=nengo.LIF(), seed=0
    ... )
    >>> graph = nengo_lmu.to_nir(memory, form="factored", dt=0.0001)
    >>> sorted(graph.nodes)
    ['decode', 'drive', 'encode', 'input', 'neurons', 'output', 'read']
    """
    checks.one_of(form, FORMS, "form")
    network = source if isinstance(source, (LMU, Stack)) else None
    memory = source if network is None else memory_of(network)
    design = getattr(memory, "design", memory)
    if not isinstance(design, MemoryDesign):
        allowed = "a SpikingMemory, a MemoryDesign or a trained network"
        checks.fail("source", allowed, source)
    made = nir_design(design, dt, reset)
    hidden = None if network is None else Hidden.of(network, made)
    notify(design, made, [] if hidden is None else [hidden.notice])
    return memory_graph(made, form, hidden)


def memory_graph(design, form, hidden=None):
    """The graph of a `NIRDesign`, of its state or of `Hidden` neurons that read it."""
    wiring, graph = wiring_of(design, form), Graph(design.dt)
    graph.input(design.n_channels)
    if form == "dense":
        read = dense_memory(graph, wiring)
    else:
        read = factored_memory(graph, wiring, chain=_is_chain(design, form))
    if hidden is None:
        read_state(graph, wiring, read)
        graph.output(len(wiring.inverse), "read")
    else:
        read_hidden(graph, wiring, read, hidden)
        graph.output(len(hidden.constant), "readout")
    return graph.graph(_metadata(design, form, wiring, hidden))


def wiring_of(design, form):
    """The matrices of a design; those of a chain without what is not connected."""
    wiring = Wiring.of(design)
    if not _is_chain(design, form):
        return wiring
    return replace(wiring, recurrent=wiring.recurrent * neighbors(wiring))


def _is_chain(design, form):
    ladder = all(loop.realization.name == "ladder" for loop in design.loops)
    apart = len(design.populations) == design.n_channels * design.order > 1
    return form == "factored" and ladder and apart


def _metadata(design, form, wiring, hidden):
    """What a graph of NIR has no place for."""
    content = {
        "format": FORMAT,
        "version": version,
        "form": form,
        "reset": design.reset,
        "dt": design.dt,
        "tau": design.synapse.tau,
        "theta": design.theta,
        "order": design.order,
    }
    if hidden is not None:
        return {"nengo_lmu": content | {"output_tau": hidden.tau}}
    content["drive"] = wiring.inverse @ wiring.drive
    try:
        data = _as_designed(design).to_bytes()
        content["design"] = np.frombuffer(data, dtype=np.uint8)
    except ValidationError:  # with an object of the user's own it cannot be read back
        pass
    return {"nengo_lmu": content}


def _as_designed(design):
    """The design with the neurons that decoders were solved for, which files hold."""
    return MemoryDesign(*parts_with(design, design.choices.neuron_type))


def write_nir(path: str | PathLike[str], graph: Any) -> None:
    """Write a graph into a file, whole or not at all.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> memory = nengo_lmu.SpikingMemory(
    ...     120, order=3, theta=0.5, freq=1.0, neuron_type=nengo.LIF(), seed=0
    ... )
    >>> with TemporaryDirectory() as directory:
    ...     nengo_lmu.nir.write_nir(f"{directory}/m.nir", nengo_lmu.to_nir(memory))
    ...     again = nengo_lmu.from_nir(f"{directory}/m.nir")
    >>> again.order
    3
    """
    data = io.BytesIO()
    import_extra("nir", "nir").write(data, graph)
    write_whole(path, data.getvalue())
