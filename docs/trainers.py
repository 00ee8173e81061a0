"""psMNIST trained in JAX and with NengoDL: the same data, network and settings.

``python docs/trainers.py mnist.npz`` writes docs/results/trainers.csv. The training
images are not moved; the test data are not read.
"""

import sys
import tempfile
from pathlib import Path
from time import process_time

from nengo_lmu.data import mnist
from nengo_lmu.experiments.psmnist.data import PERMUTATION
from nengo_lmu.experiments.psmnist.train import WHOLE, fit
from nengo_lmu.files import write_table
from nengo_lmu.training.trainers import TRAINERS

HERE = Path(__file__).parent
SETTINGS = {**WHOLE, "order": 224, "n_hidden": 346, "epochs": 12, "shifts": 0}
SHOWN = "order", "n_hidden", "epochs", "batch", "dropout", "n_weights"


def measure(trainer, learning):
    """Train once. The accuracy is that of the 10,000 images that are held back."""
    none = learning.part(slice(1))
    settings = {**SETTINGS, "trainer": trainer}
    with tempfile.TemporaryDirectory() as out:
        begin = process_time()
        result = fit(Path(out), settings, learning, none, PERMUTATION, seed=0)
        seconds = process_time() - begin
    return {
        "trainer": trainer,
        **{name: result[name] for name in SHOWN},
        "validation_accuracy": result["validation_accuracy"],
        "seconds": result["seconds"],
        "processor_seconds": seconds,
        "versions": result["versions"],
    }


def main(data):
    learning, _ = mnist.load(data)
    rows = [measure(trainer, learning) for trainer in TRAINERS]
    write_table(HERE / "results" / "trainers.csv", rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
