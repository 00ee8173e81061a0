"""The Mackey-Glass series, predicted 15 samples ahead.

The task and the numbers it is compared with: A. Voelker, I. Kajić, C. Eliasmith,
"Legendre Memory Units", NeurIPS 2019, and its repository. The code that the paper was
written with has input and target exchanged, so that it predicts the past; this is the
corrected task, and the numbers are those of the repository's branch
``fix-mackey-glass``.

Each series begins without its past, so that little can be known in its first samples.
The error is given with them, as published, and without the first window.
"""

import json
from pathlib import Path
from time import perf_counter

import numpy as np

from nengo_lmu import checks, report
from nengo_lmu.design.prediction import state_noise
from nengo_lmu.experiments.trained import mackey_glass_run as in_spikes
from nengo_lmu.files import write_table, write_whole
from nengo_lmu.mackey_glass import mackey_glass
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained
from nengo_lmu.theory.states import states

NAME = "mackey-glass"
AHEAD = 15
"""Samples from the last that is seen to what is predicted."""

WINDOW = 18
"""Samples in the memory: the delay of the equation, and one."""

PIECE = 100
"""Samples of the pieces that all models are trained with.

Each begins from nothing, as the series do."""

PUBLISHED = {"LSTM": 5.87, "LMU": 4.87, "hybrid": 4.47}
"""NRMSE in percent."""

WHOLE = {
    "counts": (32, 32, 64),
    "n_samples": 5000,
    "LSTM": {"units": 66, "epochs": 40},
    "hybrid": {"order": 6, "units": 63, "epochs": 40},
    "LMU": {"order": 6, "n_hidden": 600, "epochs": 8},
    "spiking LMU": {"order": 6, "n_hidden": 1000, "epochs": 8, "n_neurons": 600},
    "n_spiking": 8,
}
"""Settings. ``counts`` are the series for training, validation and test; the first
``n_spiking`` of the test are run in spikes."""

QUICK = {
    "counts": (16, 2, 2),
    "n_samples": 516,
    "LSTM": {"units": 10, "epochs": 2},
    "hybrid": {"order": 6, "units": 10, "epochs": 2},
    "LMU": {"order": 6, "n_hidden": 50, "epochs": 15},
    "spiking LMU": {"order": 6, "n_hidden": 50, "epochs": 15, "n_neurons": 300},
    "n_spiking": 1,
}
SLOW = (2, 300)
"""Series and samples that are run where the compiled backend is not."""

SAMPLE = (4, 300)
"""Training series, and samples of each, that a spiking memory is laid out for."""


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
        Of the series, the weights, and everything random in training.

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
    learning, held_back, test = make_series(**origin)
    u, y = test[:, :-AHEAD], test[:, AHEAD:]
    rows, outputs = [], {}

    for model in ("LSTM", "hybrid"):
        given = dict(settings[model])
        order = given.pop("order", None)
        parts = [
            (memory_of(x, order), target[..., None])
            for x, target in (pieces(learning), pieces(held_back))
        ]
        predict, n_weights, seconds = train_lstm(
            *parts[0], parts[1], seed=seed, **given
        )
        outputs[model] = predict(memory_of(u, order))[..., 0]
        rows.append(row(model, outputs[model], y, n_weights, seconds))

    trained, seconds = fit(
        "LMU", settings, learning, held_back, origin, out=out / "LMU"
    )
    outputs["LMU"] = rates(trained, u)
    rows.append(row("LMU", outputs["LMU"], y, _size(trained), seconds))

    trained, seconds = fit(
        "spiking LMU", settings, learning, held_back, origin, out=out / "spiking-LMU"
    )
    trained.save(out / MODEL_FILE)
    n = settings["n_spiking"]
    for memory, model in (
        ("rates", "spiking LMU, its rates"),
        ("ideal", "spiking LMU, exact memory"),
        ("spiking", "spiking LMU"),
    ):
        outputs[model], spikes = in_spikes.run(
            trained, u[:n], memory=memory, backend="nengo-lmu", sample=_sample(learning)
        )
        found = row(model, outputs[model], y[:n], _size(trained), seconds, spikes)
        rows.append(found)
    write_table(out / "table.csv", rows)
    write_whole(out / "table.json", json.dumps(rows, indent=2) + "\n")
    report.save(draw(rows, outputs, y[0]), out / "mackey-glass.png")
    report.print_table(rows, f"Mackey-Glass, {AHEAD} samples ahead")
    seconds = perf_counter() - begin
    print(f"{out / 'mackey-glass.png'} is written; {seconds:.0f} s")
    return rows


def make_series(counts, n_samples, seed):
    """Series of training, validation and test, of root mean square 1 in training."""
    series = mackey_glass(sum(counts), n_samples, seed=seed)
    learning, *others = np.split(series, np.cumsum(counts)[:-1])
    scale = _rms(learning)
    return [part / scale for part in (learning, *others)]


def pieces(series, lead=0.0):
    """What training takes from series: inputs and targets (n_pieces, `PIECE`).

    ``lead`` in samples has the target ahead: x + lead x', so that a lowpass with this
    time constant makes x of it.
    """
    n = (series.shape[1] - AHEAD - 1) // PIECE * PIECE
    before, at, after = (series[:, k : k + n] for k in (AHEAD - 1, AHEAD, AHEAD + 1))
    target = at + lead * (after - before) / 2
    return series[:, :n].reshape(-1, PIECE), target.reshape(-1, PIECE)


def memory_of(u, order):
    """States of the ideal memory (n, n_samples, order); for no order the input."""
    return u[..., None] if order is None else states(u, order, WINDOW, 1.0)


def fit(model, settings, learning, held_back, origin, *, out):
    """Train an LMU of which only what is behind the memory is trained.

    One that will spike is trained with the noise of its memory, and to be ahead by what
    the synapse of the output lags.

    Returns
    -------
    trained : Trained
    seconds : float
    """
    from nengo_lmu.training import train as train_network

    parameters = {**settings[model], "window": WINDOW, "origin": origin}
    epochs, seed = parameters.pop("epochs"), origin["seed"]
    noise, lead = None, 0.0
    if "n_neurons" in parameters:
        lead = in_spikes.LAG / in_spikes.HOLD
        spiking = in_spikes.spiking(parameters, _sample(learning))
        noise = state_noise(spiking.layers[0].memory)
    parts = []
    for series in (learning, held_back[: max(1, len(held_back) // 4)]):
        x, target = pieces(series, lead)
        x = memory_of(x, parameters["order"]).reshape(-1, parameters["order"])
        parts.append((x, target.reshape(-1, 1)))
    network = in_spikes.build(parameters, seed=seed)
    state = network.layers[0].memory.state
    (x, target), (x_held_back, target_held_back) = parts
    trained, history = train_network(
        network,
        {state: x},
        target,
        validation=({state: x_held_back}, target_held_back),
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


def rates(trained, u):
    """Outputs of an LMU without spikes and without a synapse, (n, n_samples)."""
    weights = trained.weights
    x = memory_of(u, trained.parameters["order"])
    hidden = np.maximum(x @ weights["0.W_m"].T + weights["0.b"], 0)
    return (hidden @ weights["readout"].T + weights["readout_bias"][:, 0])[..., 0]


def row(model, outputs, y, n_weights, seconds, spikes=None):
    """A row of the table; ``seconds`` are those of training."""
    spikes = {} if spikes is None else spikes
    return {
        "model": model,
        "weights": n_weights,
        "NRMSE %": nrmse(outputs, y),
        "after a window %": nrmse(outputs[:, WINDOW:], y[:, WINDOW:]),
        "published %": PUBLISHED.get(model, ""),
        "series": len(y),
        "memory spikes": spikes.get("memory", 0.0),
        "hidden spikes": spikes.get("hidden", 0.0),
        "seconds": seconds,
    }


def nrmse(outputs, y):
    """Root mean square of the error over that of the target, in percent."""
    return 100 * float(_rms(outputs - y) / _rms(y))


def evaluate(directory, *, backend="nengo", memory="ideal", data=None):
    """Run the spiking LMU on test series, and print how well it does.

    Parameters
    ----------
    directory : path_like
        What `train` wrote into; gets ``evaluations.json``.
    backend : str, optional
        See `nengo_lmu.backends`. All but the compiled one run `SLOW` series.
    memory : {"ideal", "spiking"}, optional
        The hidden layer spikes in any case.
    data : None
        There is none to read: the series are computed.

    Returns
    -------
    dict
        A row as those of `train`.
    """
    if data is not None:
        checks.fail("data", "none, as the series are computed", data)
    begin, directory = perf_counter(), Path(directory)
    trained = Trained.load(directory / MODEL_FILE, NAME)
    learning, _, test = make_series(**trained.parameters["origin"])
    n, n_samples = WHOLE["n_spiking"], test.shape[1]
    if backend != "nengo-lmu":
        n, n_samples = SLOW
    u, y = (part[:n, :n_samples] for part in (test[:, :-AHEAD], test[:, AHEAD:]))
    outputs, spikes = in_spikes.run(
        trained, u, memory=memory, backend=backend, sample=_sample(learning)
    )
    found = row("spiking LMU", outputs, y, _size(trained), 0.0, spikes)
    found |= {"backend": backend, "memory": memory, "samples": y.shape[1]}
    found["seconds"] = perf_counter() - begin
    path = directory / "evaluations.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    known[f"{backend} {memory}"] = found
    write_whole(path, json.dumps(known, indent=2) + "\n")
    report.print_table([{"": k, "value": report.text(v)} for k, v in found.items()])
    return found


def draw(rows, outputs, y):
    """A stretch of the first test series, and the errors of all models."""
    k = np.arange(WINDOW, WINDOW + 200)
    with report.style():
        figure, axes = report.subplots(
            2, 2, (12, 5), width_ratios=(1.4, 1), height_ratios=(2, 1), sharex="col"
        )
        (series, _), (difference, _) = axes
        series.plot(k, y[k], color=report.GREY, linewidth=5, label="truth")
        for model in ("LSTM", "spiking LMU"):
            series.plot(k, outputs[model][0][k], label=model, linewidth=1.4)
            difference.plot(k, outputs[model][0][k] - y[k], linewidth=1.4)
        series.set(ylabel="value (rms 1)", title=f"{AHEAD} samples ahead")
        series.legend(ncols=3, loc="lower left", bbox_to_anchor=(0.35, 1))
        difference.set(xlabel="sample", ylabel="error")
        for ax in axes[:, 1]:
            ax.remove()
        errors = figure.add_subplot(axes[0, 1].get_gridspec()[:, 1])
        models, at = [found["model"] for found in rows], np.arange(len(rows))
        for name, label, below, color in (
            ("NRMSE %", "all samples", -0.15, report.CYCLE[0]),
            ("after a window %", "without the first window", 0.15, report.CYCLE[3]),
        ):
            found = [row[name] for row in rows]
            errors.barh(at + below, found, 0.3, label=label, color=color)
        published = [PUBLISHED.get(model, np.nan) for model in models]
        errors.plot(published, at - 0.15, "D", color=report.INK, label="published")
        errors.set_yticks(at, models)
        errors.invert_yaxis()
        errors.grid(axis="y", visible=False)
        errors.set(xlabel="NRMSE (%)", title="Error on test series")
        errors.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.3, -0.13))
    return figure


def _sample(series):
    return series[: SAMPLE[0], : SAMPLE[1]]


def _rms(x):
    return np.sqrt(np.mean(np.square(x)))


def _size(trained):
    return int(sum(weight.size for weight in trained.weights.values()))
