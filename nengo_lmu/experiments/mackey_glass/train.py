"""The Mackey-Glass series, predicted 15 samples ahead.

The task and the numbers it is compared with: A. Voelker, I. Kajić, C. Eliasmith,
"Legendre Memory Units", NeurIPS 2019, and its repository. The code that the paper was
written with has input and target exchanged, so that it predicts the past; this is the
corrected task, and the numbers are those of the repository's branch
``fix-mackey-glass``.

Each series begins without its past, so that little can be known in its first samples.
The error is given with them, as published, and without the first window.
"""

from pathlib import Path
from time import perf_counter

import numpy as np

from nengo_lmu import checks, report
from nengo_lmu.design.prediction import state_noise
from nengo_lmu.experiments.mackey_glass import data as series
from nengo_lmu.experiments.mackey_glass.network import HOLD, LAG, NAME, build, spiking
from nengo_lmu.experiments.mackey_glass.plot import draw
from nengo_lmu.experiments.mackey_glass.run import SPIKING, rates, row, run
from nengo_lmu.experiments.relu_reader import fit_reader
from nengo_lmu.files import write_json, write_table
from nengo_lmu.networks.trained_network import MODEL_FILE

WHOLE = {
    "counts": (32, 32, 64),
    "n_samples": 5000,
    "LSTM": {"units": 66, "epochs": 40},
    "hybrid": {"order": 6, "units": 63, "epochs": 40},
    "LMU": {"order": 6, "n_hidden": 600, "epochs": 8},
    "spiking LMU": {"order": 6, "n_hidden": 1000, "epochs": 8, "n_neurons": 600},
    "spiking": SPIKING,
}
"""Settings. ``counts`` are the series for training, validation and test; ``spiking``
those of the test that are run in spikes, and samples of each."""

QUICK = {
    "counts": (16, 2, 2),
    "n_samples": 501,
    "LSTM": {"units": 10, "epochs": 2},
    "hybrid": {"order": 6, "units": 10, "epochs": 2},
    "LMU": {"order": 6, "n_hidden": 50, "epochs": 15},
    "spiking LMU": {"order": 6, "n_hidden": 50, "epochs": 15, "n_neurons": 300},
    "spiking": (1, 500),
}


def train(out, *, data=None, quick=False, seed=0):
    """Train all models, run one of them in spikes, and compare.

    Parameters
    ----------
    out : path_like
        Directory for ``table.csv``, ``table.json``, ``mackey-glass.png``, the spiking
        LMU as ``model.npz``, and in ``LMU`` and ``spiking-LMU`` history, curve and
        checkpoint of their training, which goes on from there if it was stopped.
    data : None
        There is none to read: the series are computed.
    quick : bool, optional
        Small networks and few short series, in seconds.
    seed : int, optional
        Seed of the series, the weights, and everything random in training.

    Returns
    -------
    list of dict
        The table: ``model``, ``NRMSE %``, ``after a window %`` and others.
    """
    from nengo_lmu.training.lstm import train_lstm

    begin = perf_counter()
    if data is not None:
        checks.fail("data", "none, as the series are computed", data)
    out, settings = Path(out), QUICK if quick else WHOLE
    origin = {name: settings[name] for name in ("counts", "n_samples")} | {"seed": seed}
    learning, held_back, test = series.make_series(**origin)
    u, y = test[:, : -series.AHEAD], test[:, series.AHEAD :]
    rows, outputs = [], {}

    for model in ("LSTM", "hybrid"):
        given = dict(settings[model])
        order = given.pop("order", None)
        parts = [
            (series.memory_of(x, order), target[..., None])
            for x, target in (series.pieces(learning), series.pieces(held_back))
        ]
        predict, n_weights, seconds = train_lstm(
            *parts[0], parts[1], seed=seed, **given
        )
        outputs[model] = predict(series.memory_of(u, order))[..., 0]
        rows.append(row(model, outputs[model], y, n_weights, seconds))

    trained, seconds = fit(
        "LMU", settings, learning, held_back, origin, out=out / "LMU"
    )
    outputs["LMU"] = rates(trained, u)
    rows.append(row("LMU", outputs["LMU"], y, trained.n_weights, seconds))

    trained, seconds = fit(
        "spiking LMU", settings, learning, held_back, origin, out=out / "spiking-LMU"
    )
    trained.save(out / MODEL_FILE)
    n, n_samples = settings["spiking"]
    u, y = (part[:n, :n_samples] for part in (u, y))
    sample = series.layout_sample(learning)
    for memory, model in (
        ("rates", "spiking LMU, its rates"),
        ("ideal", "spiking LMU, exact memory"),
        ("spiking", "spiking LMU"),
    ):
        outputs[model], spikes = run(
            trained, u, memory=memory, backend="nengo-lmu", sample=sample
        )
        found = row(model, outputs[model], y, trained.n_weights, seconds, spikes)
        rows.append(found)
    write_table(out / "table.csv", rows)
    write_json(out / "table.json", rows)
    report.save(draw(rows, outputs, y[0]), out / "mackey-glass.png")
    report.print_table(rows, f"Mackey-Glass, {series.AHEAD} samples ahead")
    seconds = perf_counter() - begin
    print(f"{out / 'mackey-glass.png'} is written; {seconds:.0f} s")
    return rows


def fit(model, settings, learning, held_back, origin, *, out):
    """Train an LMU of which only what is behind the memory is trained.

    One that will spike is trained with the noise of its memory, and to be ahead by what
    the synapse of the output lags.

    Returns
    -------
    trained : Trained
    seconds : float
    """
    parameters = {**settings[model], "window": series.WINDOW, "origin": origin}
    epochs, seed = parameters.pop("epochs"), origin["seed"]
    noise, lead = None, 0.0
    if "n_neurons" in parameters:
        lead = LAG / HOLD
        in_spikes = spiking(parameters, series.layout_sample(learning))
        noise = state_noise(in_spikes.layers[0].memory.design)
    parts = []
    for some in (learning, held_back[: max(1, len(held_back) // 4)]):
        x, target = series.pieces(some, lead)
        x = series.memory_of(x, parameters["order"]).reshape(-1, parameters["order"])
        parts.append((x, target.reshape(-1, 1)))
    trained, history = fit_reader(
        build(parameters, seed=seed),
        *parts,
        epochs=epochs,
        batch=500,
        learning_rate=lambda k: 5e-3 * (1 + np.cos(np.pi * (k + 0.5) / epochs)) / 2,
        noise=noise,
        seed=seed,
        model=NAME,
        parameters=parameters,
        out=out,
    )
    return trained, sum(epoch["seconds"] for epoch in history)
