"""Tasks that are trained: ``nengo-lmu train`` and ``nengo-lmu evaluate`` by name.

The package of a task has a module ``train`` with a function ``train(out, *, data=None,
quick=False, seed=0)``, which leaves `MODEL_FILE` in the directory ``out``, and a module
``run`` with a function ``evaluate(directory, *, backend, memory, data=None)``.
"""

import json
from importlib import import_module
from pathlib import Path

from nengo.exceptions import ValidationError

from nengo_lmu import backends, checks
from nengo_lmu.experiments.memory_run import range_notes
from nengo_lmu.files import output_directory
from nengo_lmu.names import lookup
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained

TASKS = {
    "psmnist": "nengo_lmu.experiments.psmnist",
    "mackey-glass": "nengo_lmu.experiments.mackey_glass",
    "beats": "nengo_lmu.experiments.beats",
    "heart-waves": "nengo_lmu.experiments.heart_waves",
    "spoken-digits": "nengo_lmu.experiments.spoken_digits",
}


def run_training(name, out, *, data=None, quick=False, seed=0):
    """Train the network of a task.

    Parameters
    ----------
    name : str
        One of `TASKS`.
    out : path_like
        Output directory. A run that was stopped goes on from what it left there.
    data : path_like, optional
        File of the data, for a task that needs one.
    quick : bool, optional
        Whether to train a small form of it, in seconds. Its figures are not those of
        the task.
    seed : int, optional
    """
    module = import_module(lookup("name", name, TASKS) + ".train")
    return module.train(output_directory(out), data=data, quick=quick, seed=seed)


def run_evaluation(directory, *, backend="nengo", memory="ideal", data=None):
    """Run a trained network in spikes.

    Parameters
    ----------
    directory : path_like
        Output directory of `run_training`.
    backend : str, optional
        Name of a backend, see `nengo_lmu.backends`.
    memory : {"ideal", "spiking"}, optional
        Whether the memory has neurons too.
    data : path_like, optional
    """
    backends.find(backend)
    checks.one_of(memory, ("ideal", "spiking"), "memory")
    directory = Path(directory)
    if not (directory / MODEL_FILE).is_file():
        raise ValidationError(
            f"must hold a {MODEL_FILE} that `nengo-lmu train` wrote, {directory} has "
            "none",
            "directory",
        )
    name = Trained.load(directory / MODEL_FILE).model
    module = import_module(lookup("name", name, TASKS) + ".run")
    with range_notes() as notes:
        found = module.evaluate(directory, backend=backend, memory=memory, data=data)
    for note in dict.fromkeys(notes):
        print(note)
    return found


def train_once(train, out, **settings):
    """Result of a training into ``out``, which is not repeated if it is complete.

    ``train`` is that of a task, and leaves ``result.json``.
    """
    path = Path(out) / "result.json"
    if not path.exists():
        train(out, **settings)
    return json.loads(path.read_text())
