"""What ``nengo-lmu train`` and ``nengo-lmu evaluate`` know by name.

Each name is a file of this directory with a function ``train(out, *, data=None,
quick=False, seed=0)``, which leaves `MODEL_FILE` in the directory ``out`` if there is
something to run afterwards; and then with a function ``evaluate(directory, *, backend,
memory, data=None)``.
"""

from importlib import import_module
from pathlib import Path

from nengo.exceptions import ValidationError

from nengo_lmu import backends, checks
from nengo_lmu.files import output_directory
from nengo_lmu.names import lookup
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained

EXPERIMENTS = {
    "psmnist": "nengo_lmu.experiments.trained.psmnist",
    "mackey-glass": "nengo_lmu.experiments.trained.mackey_glass",
    "capacity": "nengo_lmu.experiments.trained.capacity",
    "ablation": "nengo_lmu.experiments.trained.ablation",
    "beats": "nengo_lmu.experiments.trained.beats",
}


def run_training(name, out, *, data=None, quick=False, seed=0):
    """Train what has this name.

    Parameters
    ----------
    name : str
        One of `EXPERIMENTS`.
    out : path_like
        Output directory. A run that was stopped goes on from what it left there.
    data : path_like, optional
        File of the data, for an experiment that needs one.
    quick : bool, optional
        A small form of it, in seconds, whose figures are not those of the whole.
    seed : int, optional
    """
    module = import_module(lookup("name", name, EXPERIMENTS))
    return module.train(output_directory(out), data=data, quick=quick, seed=seed)


def run_evaluation(directory, *, backend="nengo", memory="ideal", data=None):
    """Run what was trained, in spikes.

    Parameters
    ----------
    directory : path_like
        What `run_training` wrote into.
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
    module = import_module(lookup("name", name, EXPERIMENTS))
    if not hasattr(module, "evaluate"):
        raise ValidationError(f"{name} leaves nothing to evaluate", "directory")
    return module.evaluate(directory, backend=backend, memory=memory, data=data)
