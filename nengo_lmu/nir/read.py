"""From a graph of NIR that this package wrote back to its memory."""

from os import PathLike
from typing import Any

import numpy as np
from nengo.exceptions import ValidationError
from numpy.typing import ArrayLike, NDArray

from nengo_lmu import checks
from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.extras import import_extra
from nengo_lmu.files import fail
from nengo_lmu.networks.spiking_memory import SpikingMemory
from nengo_lmu.nir.design import in_reader
from nengo_lmu.nir.export import FORMAT, memory_graph

ALLOWED = "a graph of a memory that nengo-lmu wrote"


def from_nir(
    source: str | PathLike[str] | Any, label: str | None = None
) -> SpikingMemory:
    """The memory of a graph that `to_nir` made.

    Parameters
    ----------
    source : path_like or nir.NIRGraph
        A file or a graph.
    label : str, optional
        Name of the network.

    Returns
    -------
    SpikingMemory
        It runs for the time step of the graph, and errs as the graph does in a reader.

    Raises
    ------
    ValidationError
        If the file is cut off, of another kind or of a later version; if the graph is
        not one of a memory that this package wrote, or was changed since.
    OSError
        If there is no file.
    MissingExtraError
        If nir is not installed.

    Examples
    --------
    >>> memory = nengo_lmu.SpikingMemory(
    ...     120, order=3, theta=0.5, freq=1.0, neuron_type=nengo.LIF(), seed=0
    ... )
    >>> again = nengo_lmu.from_nir(nengo_lmu.to_nir(memory))
    >>> again.design.n_neurons
    120
    """
    graph = source if hasattr(source, "nodes") else read_nir(source)
    content = _content(graph)
    if "design" not in content:
        checks.fail("source", f"{ALLOWED}, with its design", "one without")
    data = np.asarray(content["design"]).tobytes()
    made = MemoryDesign.from_bytes(data, "the design of the graph")
    design = in_reader(made, content["reset"])
    if not _same(graph, memory_graph(design, content["form"])):
        raise ValidationError(
            f"must be {ALLOWED}, has other nodes or weights than its design", "source"
        )
    return SpikingMemory.from_design(design, label)


def state(graph: Any, output: ArrayLike, u: ArrayLike) -> NDArray:
    """The state of a memory from what a reader outputs of its graph.

    The lowpass of the recurrent synapse over the output of the graph and its input.

    Parameters
    ----------
    graph : nir.NIRGraph
        From `to_nir`, or read from its file.
    output : (n_steps, n_channels * order) array
        Output of the reader, one row a step.
    u : (n_steps,) or (n_steps, n_channels) array
        Input of the reader.

    Returns
    -------
    (n_steps, n_channels * order) ndarray
        Legendre coefficients, with the delay of one step that states have in nengo.

    Examples
    --------
    >>> memory = nengo_lmu.SpikingMemory(
    ...     120, order=3, theta=0.5, freq=1.0, neuron_type=nengo.LIF(), seed=0
    ... )
    >>> graph = nengo_lmu.to_nir(memory)
    >>> output = np.zeros((500, 3))  # what a reader puts out, step by step
    >>> nengo_lmu.nir.state(graph, output, u=np.ones(500)).shape
    (500, 3)
    """
    from scipy.signal import lfilter  # importing takes 0.5 s

    content = _content(graph)
    drive = content["drive"]
    output = checks.array(output, "output")
    u = checks.array(u, "u").reshape(len(output), -1)
    if output.shape[1:] != (len(drive),) or u.shape[1:] != drive.shape[1:]:
        allowed = f"(n_steps, {len(drive)}), and u (n_steps, {drive.shape[1]})"
        checks.fail("output", allowed, output)
    pole = np.exp(-content["dt"] / content["tau"])
    # Spikes of a step arrive in the next, the input in the same.
    spikes = np.vstack([np.zeros((1, len(drive))), output[:-1]])
    return lfilter([0, 1 - pole], [1, -pole], spikes + u @ drive.T, axis=0)


def read_nir(path):
    """Read the graph of a file.

    Raises
    ------
    ValidationError
        If it is not a file of NIR, cut off, or of a later version.
    OSError
        If there is no file.
    """
    nir, h5py = import_extra("nir", "nir"), import_extra("h5py", "nir")
    with open(path, "rb"):  # a missing file is not another kind of file
        pass
    try:
        with h5py.File(path, "r") as file:
            written = file["version"][()].decode()
    except (OSError, KeyError, ValueError, AttributeError):
        fail(path, "a whole file of NIR", "another file or cut off")
    if int(written.split(".")[0]) > int(nir.version.split(".")[0]):
        fail(path, f"of NIR {nir.version} or before", f"of NIR {written}: update nir")
    try:
        return nir.read(path)
    except Exception as error:  # noqa: BLE001 - nir raises whatever it meets
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        fail(path, "a whole file of NIR", f"one that nir cannot read ({reason[:120]})")


def _content(graph):
    """What this package wrote into the metadata of a graph."""
    content = getattr(graph, "metadata", {}).get("nengo_lmu")
    if not isinstance(content, dict) or "drive" not in content:
        checks.fail("graph", ALLOWED, type(graph).__name__)
    if content["format"] > FORMAT:
        raise ValidationError(
            f"is of format {content['format']}, this nengo-lmu reads up to {FORMAT}: "
            "update nengo-lmu",
            "graph",
        )
    return content


def _same(graph, other):
    """Whether two graphs have the same nodes, edges and weights."""
    if set(graph.nodes) != set(other.nodes):
        return False
    if {tuple(edge) for edge in graph.edges} != set(other.edges):
        return False
    return all(
        type(node) is type(other.nodes[name])
        and all(
            np.shape(value) == np.shape(getattr(other.nodes[name], attr))
            and np.allclose(value, getattr(other.nodes[name], attr), rtol=1e-5)
            for attr, value in vars(node).items()
            if isinstance(value, np.ndarray)
        )
        for name, node in graph.nodes.items()
    )
