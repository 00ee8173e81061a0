"""Export the memory or the trained network of a model to a file of NIR."""

import warnings
from pathlib import Path

from nengo.exceptions import ValidationError

from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.experiments.model_file import load_model
from nengo_lmu.files import output_directory
from nengo_lmu.networks import LMU, SpikingMemory, Stack
from nengo_lmu.networks.within import networks_of
from nengo_lmu.nir import to_nir, write_nir


def run_export(file, path, *, form="dense", dt=None, reset="zero"):
    """Write the graph of the memory or network of a model, and print what it lacks.

    Parameters
    ----------
    file : path_like
        As of `load_model`, or the file of a `MemoryDesign`.
    path : path_like
        The file to write.
    form, dt, reset
        As of `nengo_lmu.to_nir`.
    """
    if Path(file).suffix == ".npz":
        source = MemoryDesign.load(file)
    else:
        source = _source_of(load_model(file), file)
    output_directory(Path(path).parent)
    with warnings.catch_warnings(record=True) as notices:
        warnings.simplefilter("always")
        graph = to_nir(source, form, dt, reset)
    write_nir(path, graph)
    for notice in notices:
        print(notice.message)
    nodes = len(graph.nodes)
    print(f"{path} is written: {nodes} nodes, for a time step of {_step(graph):g} s")
    return graph


def _source_of(model, file):
    """The one network with a memory, or the memory."""
    for kind in (Stack, LMU, SpikingMemory):
        if found := networks_of(model, kind):
            break
    if len(found) != 1:
        raise ValidationError(
            f"{str(file)!r} must have one {kind.__name__} to export, has {len(found)}",
            "file",
        )
    return found[0]


def _step(graph):
    return graph.metadata["nengo_lmu"]["dt"]
