"""State of a training at the end of an epoch, in a file that is written atomically."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nengo_lmu import checks
from nengo_lmu.files import read_arrays, write_arrays

FORMAT = 1


@dataclass
class Checkpoint:
    """State of a training.

    Parameters
    ----------
    settings : dict
        Settings of the training. A checkpoint with other settings is refused.
    weights, best : dict of {str: array}
        Current weights, and the best ones so far.
    moments : list of dict of {str: array}
        Moments that the optimizer keeps of each weight.
    iterations : int
        Number of steps of the optimizer.
    history : list of dict
        One row per epoch.
    """

    settings: dict
    weights: dict
    best: dict
    moments: list
    iterations: int
    history: list

    def save(self, path):
        """Write the file atomically."""
        header = {
            "format": FORMAT,
            "settings": self.settings,
            "iterations": self.iterations,
            "history": self.history,
        }
        kinds = [self.weights, self.best, *self.moments]
        arrays = {
            f"{k}/{name}": array
            for k, kind in enumerate(kinds)
            for name, array in kind.items()
        }
        write_arrays(path, header, arrays)

    @classmethod
    def load(cls, path, settings):
        """Read a file; return None if it does not exist.

        Raises
        ------
        ValidationError
            If it is truncated, of a later format, or of another training.
        """
        if not Path(path).exists():
            return None
        header, arrays = read_arrays(path, FORMAT)
        found = header.get("settings", {})
        for name in [*settings, *found]:
            if settings.get(name) != found.get(name):
                checks.fail(
                    name,
                    f"{found.get(name)!r} to go on with {path} (or choose another "
                    "directory)",
                    settings.get(name),
                )
        kinds = {}
        for name, array in arrays.items():
            k, name = name.split("/", 1)
            kinds.setdefault(int(k), {})[name] = np.array(array)
        weights, best, *moments = (kinds[k] for k in sorted(kinds))
        return cls(
            settings, weights, best, moments, header["iterations"], header["history"]
        )
