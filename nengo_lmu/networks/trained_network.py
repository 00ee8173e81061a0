"""What training leaves, in one file. TensorFlow is not needed to read it."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu.files import write_whole

MODEL_FILE = "model.npz"
"""Its name in an output directory."""

FORMAT = 1
"""Version of the file. Readers refuse later ones."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network: its weights, and what it takes to build it again.

    Parameters
    ----------
    model : str
        Name of the kind of network, such as "psmnist".
    parameters : dict
        What the network was built with and trained for; anything that JSON holds.
    weights : dict of {str: array}
        See `nengo_lmu.networks.weights.get_weights`.
    activity : dict of {str: array}, optional
        For each layer the activities that its hidden units rarely exceed, (n_hidden,),
        from which `nengo_lmu.networks.to_spiking` sets their rates.
    versions : str, optional
        Of the packages that it was trained with.
    """

    model: str
    parameters: dict
    weights: dict = field(repr=False)
    activity: dict = field(default_factory=dict, repr=False)
    versions: str = ""

    def save(self, path):
        """Write the file, whole or not at all."""
        header = {
            "format": FORMAT,
            "model": self.model,
            "parameters": self.parameters,
            "versions": self.versions,
        }
        arrays = {f"weights/{name}": array for name, array in self.weights.items()}
        arrays |= {f"activity/{name}": array for name, array in self.activity.items()}
        write_arrays(path, header, arrays)

    @classmethod
    def load(cls, path, model=None, **parameters):
        """Read a file.

        Parameters
        ----------
        path : path_like
        model : str, optional
            The kind of network it must be.
        **parameters
            Values that its parameters must have, such as the seed of a permutation.

        Raises
        ------
        ValidationError
            If it is cut off or no such file, is of a later version or of another
            model, or has a parameter of another value.
        OSError
            If there is no file.
        """
        header, arrays = read_arrays(path, FORMAT)
        if model is not None and header["model"] != model:
            _fail(path, f"a trained {model}", f"a trained {header['model']}")
        for name, value in parameters.items():
            found = header["parameters"].get(name)
            if found != value:
                _fail(path, f"trained with {name} = {value!r}", f"{found!r}")
        return cls(
            header["model"],
            header["parameters"],
            _within("weights/", arrays),
            _within("activity/", arrays),
            header["versions"],
        )


def write_arrays(path, header, arrays):
    """Write a header (a dict for JSON) and arrays as .npz, whole or not at all."""
    data = io.BytesIO()
    np.savez(data, header=np.array(to_json(header)), **arrays)
    write_whole(path, data.getvalue())


def to_json(value):
    """Text of what JSON holds, and of NumPy's numbers."""
    return json.dumps(value, default=lambda number: number.item())


def read_arrays(path, latest):
    """Header and arrays of a file of `write_arrays`.

    Raises
    ------
    ValidationError
        If it is cut off, no such file, or of a format later than ``latest``.
    """
    path = Path(path)
    data = io.BytesIO(path.read_bytes())
    try:
        with np.load(data, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(str(arrays.pop("header")))
        version = header["format"]
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        _fail(path, "a whole file of nengo-lmu", "another, or one that is cut off")
    if version > latest:
        raise ValidationError(
            f"{path} has format {version}, this nengo-lmu reads up to {latest}: "
            "update nengo-lmu",
            "path",
        )
    return header, arrays


def _within(prefix, arrays):
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _fail(path, wanted, found):
    raise ValidationError(f"{path} must be {wanted}, is {found}", "path")
