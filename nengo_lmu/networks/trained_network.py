"""The file of a trained network. Reading it does not need TensorFlow."""

from dataclasses import dataclass, field
from os import PathLike
from typing import Any, Self

from nengo_lmu.files import fail, read_arrays, write_arrays

MODEL_FILE = "model.npz"
"""Name of the file in an output directory."""

FORMAT = 1
"""Version of the file format. Later versions are refused."""


@dataclass(frozen=True, eq=False)
class Trained:
    """Weights of a trained network, and the parameters to build it again.

    Parameters
    ----------
    model : str
        Kind of network, such as "psmnist".
    parameters : dict
        Parameters of the network and of its task, as JSON values.
    weights : dict of {str: array}
        See `nengo_lmu.networks.weights.get_weights`.
    activity : dict of {str: array}, optional
        For each layer, the activity that each hidden unit rarely exceeds, (n_hidden,).
        `nengo_lmu.networks.to_spiking` sets the rates from it.
    versions : str, optional
        Versions of the packages that trained it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nengo_lmu.networks.trained_network import Trained
    >>> trained = Trained("mine", {"order": 6}, weights={"readout": np.ones((1, 6))})
    >>> with TemporaryDirectory() as directory:
    ...     trained.save(f"{directory}/model.npz")
    ...     Trained.load(f"{directory}/model.npz", order=6).n_weights
    6
    """

    model: str
    parameters: dict
    weights: dict = field(repr=False)
    activity: dict = field(default_factory=dict, repr=False)
    versions: str = ""

    @property
    def n_weights(self):
        """Total number of trained weights."""
        return int(sum(weight.size for weight in self.weights.values()))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the file atomically."""
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
    def load(
        cls, path: str | PathLike[str], model: str | None = None, **parameters: Any
    ) -> Self:
        """Read a file.

        Parameters
        ----------
        path : path_like
        model : str, optional
            Required kind of network.
        **parameters
            Required values of parameters, such as the seed of a permutation.

        Raises
        ------
        ValidationError
            If the file is truncated or of another kind, of a later version, of another
            model, or has another value of a parameter.
        OSError
            If there is no file.
        """
        header, arrays = read_arrays(path, FORMAT)
        if model is not None and header["model"] != model:
            fail(path, f"a trained {model}", f"a trained {header['model']}")
        for name, value in parameters.items():
            found = header["parameters"].get(name)
            if found != value:
                fail(path, f"trained with {name} = {value!r}", f"{found!r}")
        return cls(
            header["model"],
            header["parameters"],
            _within("weights/", arrays),
            _within("activity/", arrays),
            header["versions"],
        )


def _within(prefix, arrays):
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
