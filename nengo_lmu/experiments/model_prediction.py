"""The expected errors of the memories of a model."""

import warnings
from pathlib import Path

from nengo.exceptions import ValidationError

from nengo_lmu import backends, report
from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.design.strategies import DesignWarning
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.experiments.model_file import load_model
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.networks.within import networks_of


def run_prediction(file, *, backend="nengo"):
    """Print what is expected of each memory of a model, without a simulation.

    Parameters
    ----------
    file : path_like
        As of `load_model`, or the file of a `MemoryDesign`.
    backend : str, optional
        As of `nengo_lmu.predict`.

    Returns
    -------
    list of dict
        A row for each memory: ``nrmse`` against the ideal memory, ``missed`` by the
        ideal memory of the past, ``nrmse_past``, the whole; ``best_order``, ``limit``,
        ``advice``.
    """
    backends.find(backend)
    if Path(file).suffix == ".npz":
        found = [MemoryDesign.load(file)]
    else:
        found = networks_of(load_model(file), SpikingMemory)
    if not found:
        raise ValidationError(f"{str(file)!r} must have a SpikingMemory", "file")
    rows = [_row(memory, backend) for memory in found]
    report.print_table(rows, f"{Path(file).stem} on {backend}: expected errors")
    return rows


def _row(memory, backend):
    design = getattr(memory, "design", memory)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DesignWarning)  # said in the row
        expected = predict(memory, backend)
    return {
        "memory": getattr(memory, "label", None) or type(memory).__name__,
        "order": design.order,
        "neurons": design.n_neurons,
        "nrmse": expected.nrmse,
        "missed": expected.missed,
        "nrmse_past": expected.nrmse_past,
        "best_order": expected.best_order,
        "limit": expected.limit,
        "advice": expected.warning or expected.advice,
    }
