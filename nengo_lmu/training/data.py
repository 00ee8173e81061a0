"""Inputs and targets of a training."""

import zlib
from dataclasses import dataclass

import numpy as np

from nengo_lmu import checks


@dataclass(frozen=True, eq=False)
class Data:
    """Inputs and targets.

    Parameters
    ----------
    inputs : list of (n, n_steps, size) array
    targets : (n, n_steps or 1, size) array
    """

    inputs: list
    targets: np.ndarray

    @classmethod
    def of(cls, inputs, targets, nodes):
        """Convert a dict of arrays for these nodes, and an array of targets."""
        if inputs.keys() != set(nodes):
            checks.fail("inputs", "for the same nodes each time", list(inputs))
        inputs = [_steps(inputs[node], "inputs", node.size_in) for node in nodes]
        targets = _steps(targets, "targets", None)
        lengths = {len(x) for x in [*inputs, targets]}
        if len(lengths) > 1:
            checks.fail("targets", f"{len(inputs[0])} of them, one a sample", targets)
        n_steps = {x.shape[1] for x in inputs}
        if len(n_steps) > 1:
            checks.fail("inputs", "of the same number of steps", list(n_steps))
        if targets.shape[1] not in (1, *n_steps):
            checks.fail("targets", f"of {n_steps.pop()} steps or one", targets)
        return cls(inputs, targets)

    def __len__(self):
        return len(self.targets)

    def check_classes(self, n_classes):
        """Check that each target is a whole number, the index of a class."""
        y = self.targets
        whole = y.dtype.kind in "iu" and y.shape[2] == 1
        if not whole or y.min() < 0 or y.max() >= n_classes:
            given = y if not whole else f"{y.min()} to {y.max()}"
            checks.fail("targets", f"whole numbers from 0 to {n_classes - 1}", given)

    def check_values(self, size):
        """Check that the targets have the size of the output."""
        if self.targets.shape[2] != size:
            checks.fail("targets", f"of size {size} in the last axis", self.targets)

    @property
    def n_steps(self):
        """Number of steps of the inputs."""
        return self.inputs[0].shape[1]

    def take(self, rows):
        """Select samples; ``rows`` is a slice or an array of indices."""
        return Data([x[rows] for x in self.inputs], self.targets[rows])

    def fingerprint(self):
        """Checksum of the data."""
        value = 0
        for array in [*self.inputs, self.targets]:
            value = zlib.crc32(np.ascontiguousarray(array), value)
        return value


def _steps(x, attr, size):
    x = np.asarray(x)
    if x.dtype.kind not in "fiub" or x.ndim not in (1, 2, 3) or x.size == 0:
        checks.fail(attr, "numbers of shape (n[, n_steps], size)", x)
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim == 2:
        x = x[:, None, :]
    if size is not None and x.shape[2] != size:
        checks.fail(attr, f"of size {size} in the last axis", x)
    whole = x.dtype.kind in "iu" and attr == "targets"
    return x if whole else np.asarray(x, np.float32)
