"""Run the model that a file defines, on any backend, and draw its probes."""

import runpy
import sys

import nengo
import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu import backends, checks, report
from nengo_lmu.bundled import model_file
from nengo_lmu.files import output_directory, write_columns


def run_model(file, out, *, backend="nengo", seconds=2.0, seed=None):
    """Run a model; write a figure and a table of what its probes recorded.

    Parameters
    ----------
    file : path_like
        A Python file with a `nengo.Network` called ``model``, or the name of an
        example (`nengo_lmu.bundled`). It is executed. Where it has no probe, its own
        nodes and ensembles are probed.
    out : path_like
        Output directory; the files are named after the model.
    backend : str, optional
        See `nengo_lmu.backends`.
    seconds : float, optional
        Simulated time.
    seed : int, optional
        Seed of the simulator, the model's own by default.

    Returns
    -------
    dict
        Recorded arrays by the name of the probe, and ``seconds``.
    """
    file = model_file(file)
    seconds = checks.positive(seconds, "seconds", "s")
    Simulator = backends.get(backend)
    model = load_model(file)
    out = output_directory(out)
    probes = _named_probes(model)
    with Simulator(model, seed=seed) as simulator:
        simulator.run(seconds)
        data = {name: np.array(simulator.data[probe]) for name, probe in probes.items()}
        times = {
            name: simulator.trange(sample_every=probe.sample_every)
            for name, probe in probes.items()
        }
    for name in data:
        if len(data[name]) == 0:
            checks.fail("seconds", "at least one step of the model", seconds)
    report.save(
        _draw(f"{file.stem} on {backend}", times, data), out / f"{file.stem}.png"
    )
    _write(out / f"{file.stem}.csv", times, data)
    print(f"{out / file.stem}.png and .csv are written")
    return data


def load_model(file):
    """The ``model`` of a Python file.

    Parameters
    ----------
    file : path_like
        A Python file, or the name of an example. It is executed.

    Raises
    ------
    ValidationError
        If there is no such file, or no network in it; or, in one line, what the file
        itself raises.
    """
    file = model_file(file)
    # As the Nengo GUI and Python itself do: a model may import what lies beside it.
    sys.path.insert(0, str(file.parent.resolve()))
    try:
        model = runpy.run_path(str(file)).get("model")
    except Exception as error:  # noqa: BLE001 - whatever a user's file may raise
        raise ValidationError(
            f"{str(file)!r} fails with {type(error).__name__}: {error}", "file"
        ) from error
    finally:
        sys.path.pop(0)
    if not isinstance(model, nengo.Network):
        raise ValidationError(
            f"{str(file)!r} must define a nengo.Network called model", "file"
        )
    return model


def _named_probes(model):
    probes = {}
    existing = model.all_probes
    if not existing:
        with model:
            existing = [
                nengo.Probe(node, label=node.label or f"node {k}")
                for k, node in enumerate(model.nodes)
                if node.size_out > 0
            ] + [
                nengo.Probe(
                    ensemble, synapse=0.03, label=ensemble.label or f"ensemble {k}"
                )
                for k, ensemble in enumerate(model.ensembles)
            ]
    if not existing:
        raise ValidationError("must have something to probe", "model")
    for probe in existing:
        name = probe.label or str(probe.target)
        while name in probes:
            name += "'"
        probes[name] = probe
    return probes


def _draw(title, times, data):
    with report.style():
        figure, axes = report.subplots(
            len(data), 1, size=(8, 1.2 + 1.8 * len(data)), sharex=True
        )
        for (name, values), ax in zip(data.items(), axes[:, 0], strict=True):
            ax.plot(times[name], values.reshape(len(values), -1))
            ax.set_title(name)
        axes[-1, 0].set_xlabel("time (s)")
        figure.suptitle(title)
        return figure


def _write(path, times, data):
    """A row for each step, a column for each dimension of a probe.

    Probes with a step of their own (``sample_every``) are held in between.
    """
    finest = max(times.values(), key=len)
    columns = {"seconds": finest}
    for name, values in data.items():
        held = np.searchsorted(times[name], finest + 1e-9, side="right") - 1
        for k, column in enumerate(values.reshape(len(values), -1).T):
            columns[f"{name}[{k}]"] = np.where(held < 0, np.nan, column[held])
    write_columns(path, columns)
