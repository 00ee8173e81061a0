"""The fit finds known laws; the measurement and its files."""

import json

import numpy as np
import pytest

from nengo_lmu.experiments import scaling
from nengo_lmu.experiments.scaling import COLUMNS, fit_laws, measure, run_scaling
from nengo_lmu.files import read_table


def synthetic(noise, n_seeds=5, orders=(2, 4, 8), neurons=(300, 1000, 3000, 10000)):
    """Rows that obey error = 3 d^0.9 m^-0.5 and time = 1e-3 d^0.2 m^0.8, but for noise.

    Spikes are 200 a neuron.
    """
    rng = np.random.default_rng(3)
    rows = []
    for d in orders:
        for m in neurons:
            for seed in range(n_seeds):
                factor = np.exp(noise * rng.normal(size=4))
                rows.append(
                    {
                        "order": d,
                        "n_neurons": m,
                        "seed": seed,
                        "nrmse": 3 * d**0.9 * m**-0.5 * factor[0],
                        "n_spikes": 200 * m,
                        "build_s": 1e-3 * d**0.2 * m**0.8 * factor[1],
                        "run_s": 1e-3 * d**0.2 * m**0.8 * factor[2],
                        "peak_mb": 1e-3 * d**0.2 * m**0.8 * factor[3],
                    }
                )
    return rows


EXPONENTS = {
    "order": 0.9,
    "n_neurons": -0.5,
    "n_spikes": -0.5,
    "build_s": 0.8,
    "run_s": 0.8,
    "peak_mb": 0.8,
}


def test_fit_of_exact_laws():
    fit = fit_laws(synthetic(noise=0), n_resamples=20)
    for name, exponent in EXPONENTS.items():
        assert fit[name]["exponent"] == pytest.approx(exponent)
        assert fit[name]["ci95"] == pytest.approx([exponent, exponent])
    assert fit["r2"] == pytest.approx(1)
    assert fit["scale"] == pytest.approx(3)


def test_fit_of_noisy_laws():
    """The intervals hold the truth and shrink with the number of seeds."""
    few, many = (fit_laws(synthetic(0.1, n_seeds), 300) for n_seeds in (3, 48))
    for name, exponent in EXPONENTS.items():
        low, high = many[name]["ci95"]
        # Fixed seed; a 95 % interval widened by half misses in 0.3 % of cases.
        assert low - (high - low) / 4 < exponent < high + (high - low) / 4
        widths = [np.ptp(fit[name]["ci95"]) for fit in (few, many)]
        assert widths[1] == pytest.approx(widths[0] / 4, rel=0.4)
    assert 0.9 < many["r2"] < 1


def test_fit_is_reproducible():
    assert fit_laws(synthetic(0.1), 50) == fit_laws(synthetic(0.1), 50)


def test_what_does_not_vary_has_no_exponent():
    fit = fit_laws(synthetic(0.1, orders=(4,)), 50)
    assert fit["order"] is None
    assert fit["n_neurons"]["exponent"] == pytest.approx(-0.5, abs=0.1)
    silent = [{**row, "n_spikes": 0} for row in synthetic(0.1)]
    assert fit_laws(silent, 50)["n_spikes"] is None
    fit = fit_laws(synthetic(0.1, orders=(4,), neurons=(300,)), 50)
    assert fit["n_neurons"] is None and fit["run_s"] is None
    unseen = [{**row, "peak_mb": 0.0} for row in synthetic(0.1)]
    assert fit_laws(unseen, 50)["peak_mb"] is None
    json.dumps(fit, allow_nan=False)


RUN = {
    "order": 2,
    "n_neurons": 60,
    "theta": 0.1,
    "freq": 10.0,
    "seconds": 0.3,
    "neuron": "poisson",
    "backend": "nengo",
    "seed": 1,
}


def test_measure():
    row = measure(RUN)
    assert set(RUN) | set(row) == set(COLUMNS)
    assert 0 < row["nrmse"] < 2
    assert row["rmse"] == pytest.approx(0.5 * row["nrmse"], rel=1)
    # 60 neurons of at most 200 Hz for 0.3 s, on average well below
    assert 300 < row["n_spikes"] < 3600 and row["n_spikes"] == round(row["n_spikes"])
    assert row["build_s"] > 0 and row["run_s"] > 0 and row["peak_mb"] >= 0
    assert "nengo_lmu" in row["versions"] and "numpy" in row["versions"]
    again = measure(RUN)
    assert [again[k] for k in ("nrmse", "n_spikes")] == [
        row[k] for k in ("nrmse", "n_spikes")
    ]
    assert measure({**RUN, "seed": 2})["nrmse"] != row["nrmse"]


def test_rate_neurons_have_no_spikes():
    assert measure({**RUN, "neuron": "rate"})["n_spikes"] == 0


def test_files(tmp_path, monkeypatch):
    """Everything but the processes, which the tests of the sweep cover."""

    def serial(function, runs, columns, path, workers):
        from nengo_lmu.experiments.sweep import sweep

        def executor(function, runs, workers):
            return ((index, function(run)) for index, run in enumerate(runs))

        return sweep(function, runs, columns, path, executor=executor)

    monkeypatch.setattr(scaling, "sweep", serial)
    rows, fit = run_scaling(
        [1, 2], [40, 80], tmp_path, trials=2, theta=0.05, seconds=0.1
    )
    assert rows == read_table(tmp_path / "results.csv")
    assert list(rows[0]) == COLUMNS
    assert sorted({(r["order"], r["n_neurons"], r["seed"]) for r in rows}) == [
        (d, m, s) for d in (1, 2) for m in (40, 80) for s in (0, 1)
    ]
    assert rows[0]["n_neurons"] == 80  # the longest first
    assert {row["freq"] for row in rows} == {10}
    assert json.loads((tmp_path / "fit.json").read_text()) == fit
    assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")
