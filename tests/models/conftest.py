"""Reading and running the files of ``models/``."""

import runpy
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from nengo_lmu import backends

MODELS = Path(__file__).parents[2] / "models"


class Model:
    """A model file: its names, and what its probes record."""

    def __init__(self, name, backend):
        self.backend = backend
        self.names = runpy.run_path(str(MODELS / f"{name}.py"))

    def run(self, seconds):
        """Recorded arrays (n_steps, size) by the labels of the probes."""
        model = self.names["model"]
        Simulator = backends.get(self.backend)
        with warnings.catch_warnings():
            # nengo on merged Poisson populations, nengo-loihi on rounded weights
            warnings.simplefilter("ignore")
            with Simulator(model, progress_bar=None) as simulator:
                simulator.run(seconds)
                return {
                    probe.label: np.array(simulator.data[probe])
                    for probe in model.all_probes
                }


@pytest.fixture
def read_model():
    def read(name, backend="nengo"):
        if backend == "loihi":
            if find_spec("nengo_loihi") is None:
                pytest.skip("nengo-loihi is not installed")
        return Model(name, backend)

    return read


@pytest.fixture
def nrmse():
    def of(pairs):
        """Of the first column against the second."""
        error = pairs[:, 0] - pairs[:, 1]
        return np.sqrt(np.mean(error**2) / np.mean(pairs[:, 1] ** 2))

    return of
