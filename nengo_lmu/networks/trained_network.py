"""What training leaves, in one file. TensorFlow is not needed to read it."""

from dataclasses import dataclass, field

from nengo_lmu.files import fail, read_arrays, write_arrays

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

    @property
    def n_weights(self):
        """Number of trained weights."""
        return int(sum(weight.size for weight in self.weights.values()))

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
