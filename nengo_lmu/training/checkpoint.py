"""Where a training stands at the end of an epoch, in one file.

Written whole or not at all, so that whatever stops the training leaves the last one.
"""

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
        What the training is: a checkpoint of another one is refused.
    weights, best : dict of {str: array}
        The present weights, and the best ones so far.
    moments : list of dict of {str: array}
        What the optimizer keeps of each weight.
    iterations : int
        Steps of the optimizer.
    history : list of dict
        A row an epoch.
    """

    settings: dict
    weights: dict
    best: dict
    moments: list
    iterations: int
    history: list

    def save(self, path):
        """Write the file, whole or not at all."""
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
        """Read a file; None if there is none.

        Raises
        ------
        ValidationError
            If it is cut off, of a later format, or of another training.
        """
        if not Path(path).exists():
            return None
        header, arrays = read_arrays(path, FORMAT)
        found = header.get("settings", {})
        for name in [*settings, *found]:
            if settings.get(name) != found.get(name):
                checks.fail(
                    name,
                    f"{found.get(name)!r} to go on with {path} (or take another "
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
