"""What if A starts from something else? Other linear systems in place of the memory's.

Each has as many dimensions and none is trained; what is read from its state is fitted
by least squares: fifty delays of the capacity task, and with MNIST's file
the digits of psMNIST. What a system owes to its equation shows when its state has
noise, as in neurons: without any, weights may be as large as they like.
"""

from time import perf_counter

import numpy as np
from scipy.signal import oaconvolve

from nengo_lmu import report
from nengo_lmu.data import mnist
from nengo_lmu.evaluation.intervals import interval
from nengo_lmu.experiments.ablation.network import SYSTEMS
from nengo_lmu.experiments.ablation.plot import draw
from nengo_lmu.experiments.capacity.data import signal
from nengo_lmu.files import output_directory, write_table
from nengo_lmu.theory.lti import simulate

NOISE = 0.01
"""Noise of the state as a fraction of each dimension's root mean square."""

WHOLE = {
    "order": 100,
    "steps": 1000,
    "delays": 50,
    "signals": (20, 10),
    "seeds": 5,
    "images": None,
}
"""``signals`` are those of the fit and those of the test."""

QUICK = {
    "order": 40,
    "steps": 200,
    "delays": 10,
    "signals": (8, 4),
    "seeds": 2,
    "images": 1000,
}

RIDGE = 1e-3
"""Regularization of the classification as a fraction of a dimension's variance."""


def run(out, *, data=None, quick=False, seed=0):
    """Compare the systems.

    Parameters
    ----------
    out : path_like
        Directory of ``table.csv`` and ``ablation.png``.
    data : path_like, optional
        MNIST, see `nengo_lmu.data.mnist.load`. Without it there are no digits.
    quick : bool, optional
        A smaller task, two seeds.
    seed : int, optional
        The first seed, of signals and random systems.

    Returns
    -------
    list of dict
        A row a system: mean square ``error`` of the delays, ``with noise`` in the
        state, and their 95 % intervals; with ``data`` the percentage of ``digits`` that
        are told, and its standard ``deviation`` over the seeds.
    """
    begin, out = perf_counter(), output_directory(out)
    settings = QUICK if quick else WHOLE
    digits = None if data is None else load_digits(data, settings["images"])
    table, curves = [], {}
    for name, make in SYSTEMS.items():
        errors, right = [], []
        for trial in range(seed, seed + settings["seeds"]):
            errors.append(capacity(make, settings, trial))
            if digits is not None:
                n_pixels = digits[0].pixels.shape[1]
                rng = np.random.RandomState(trial)
                system = make(settings["order"], n_pixels, rng)
                right.append(classify(system, *digits))
        errors = np.array(errors)
        row = {"system": name, "order": settings["order"], "T": settings["steps"]}
        columns = "error", "with noise"
        for title, of in zip(columns, errors.mean(axis=2).T, strict=True):
            mean, low, high = interval(of)
            row |= {title: mean, f"{title}, 95 %": f"{low:.1e} to {high:.1e}"}
        if right:
            mean, deviation = np.mean(right), np.std(right, ddof=1)
            row |= {"digits (%)": float(mean), "deviation": float(deviation)}
        table.append(row)
        curves[name] = errors.mean(axis=0)
    write_table(out / "table.csv", table)
    report.print_table(table, title="Mean square error of the delays, from 0 to T")
    report.save(draw(curves, NOISE), out / "ablation.png")
    print(f"{out / 'ablation.png'} is written; {perf_counter() - begin:.0f} s")
    return table


def capacity(make, settings, seed):
    """Mean square error of each delay, (2, delays): without and with noise."""
    rng = np.random.RandomState(seed)
    steps, n_fit = settings["steps"], settings["signals"][0]
    inputs = [signal(steps, rng) for _ in range(sum(settings["signals"]))]
    system = make(settings["order"], steps, rng)
    response = impulse_response(system, len(inputs[0]))
    delays = np.linspace(0, steps, settings["delays"]).astype(int)
    now = np.arange(steps, len(inputs[0]), 5)
    x, y = [], []
    for u in inputs:
        x.append(oaconvolve(u[:, None], response, axes=0)[now])
        y.append(u[now[:, None] - delays])
    x, x_test = np.concatenate(x[:n_fit]), np.concatenate(x[n_fit:])
    y, y_test = np.concatenate(y[:n_fit]), np.concatenate(y[n_fit:])
    scale = np.sqrt(np.mean(x**2, axis=0))
    errors = []
    for noise in (0.0, NOISE):
        noisy = [
            part / scale + noise * rng.normal(size=part.shape) for part in (x, x_test)
        ]
        weights = np.linalg.lstsq(noisy[0], y, rcond=None)[0]
        errors.append(np.mean((noisy[1] @ weights - y_test) ** 2, axis=0))
    return np.array(errors)


def impulse_response(system, n_steps):
    """States after an input that is 1 in the first step, (n_steps, order)."""
    return simulate(*system, np.eye(n_steps, 1)[:, 0])


def load_digits(path, n_images):
    """MNIST in the paper's order of the pixels, its first images of each part."""
    return [part.part(slice(n_images)).permuted(0) for part in mnist.load(path)]


def classify(system, train, test):
    """Percent of digits that ridge regression tells from the last state."""
    response = impulse_response(system, train.pixels.shape[1])[::-1]
    response = response.astype(np.float32)
    x, x_test = (part.pixels.astype(np.float32) @ response for part in (train, test))
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    x, x_test = (x - mean) / deviation, (x_test - mean) / deviation
    targets = np.eye(10)[train.labels]
    offset = targets.mean(axis=0)
    gram = x.T @ x + RIDGE * len(x) * np.eye(x.shape[1])
    weights = np.linalg.solve(gram, x.T @ (targets - offset))
    found = (x_test @ weights + offset).argmax(axis=1)
    return 100 * float(np.mean(found == test.labels))
