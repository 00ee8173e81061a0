"""A spiking memory as numbers, before any network is made of it."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Self

import nengo
import numpy as np
from nengo.exceptions import ValidationError

from nengo_lmu.design.choices import Choices
from nengo_lmu.design.loops import FastPath, Loop, Population
from nengo_lmu.design.state_statistics import ExpectedState
from nengo_lmu.design.storage import FORMAT, decode, encode
from nengo_lmu.design.strategies import STRATEGIES
from nengo_lmu.design.tuning import Tuning
from nengo_lmu.files import arrays_from_bytes, arrays_to_bytes, write_whole
from nengo_lmu.theory.realizations import Realization


@dataclass(frozen=True, eq=False)
class MemoryDesign:
    """A spiking memory as numbers: coordinates, neurons, decoders, transforms.

    It is immutable, contains no network, and is what everything else reads: networks
    wire it, `nengo_lmu.predict` predicts its error, a chip's layout starts from its
    choices. `nengo_lmu.design_memory` makes one, `redesign` another that differs in
    some choices.

    Parameters
    ----------
    choices : Choices
        The arguments that it was made of.
    neuron_type : nengo.neurons.NeuronType
    expected : tuple of ExpectedState
        Statistics of the state for which it is designed, one for each channel.
    synapse : nengo.synapses.LinearFilter
        The recurrent synapse; a loop may have faster ones beside it.
    loops : tuple of Loop
        One for each channel; a chip may have several.

    Examples
    --------
    >>> design = nengo_lmu.design_memory(120, order=3, theta=0.5, seed=0)
    >>> design.order, design.theta, design.n_neurons
    (3, 0.5, 120)
    >>> design.loops[0].recurrent.shape
    (3, 3)
    """

    choices: Choices
    neuron_type: nengo.neurons.NeuronType
    expected: tuple[ExpectedState, ...]
    synapse: nengo.LinearFilter
    loops: tuple[Loop, ...]

    def __post_init__(self):
        for loop in self.loops:
            parts = [loop, loop.realization, *loop.populations]
            parts += [population.tuning for population in loop.populations]
            for part in [*parts, *self.expected]:
                for value in vars(part).values():
                    if isinstance(value, np.ndarray):
                        value.setflags(write=False)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the design into a file, whole or not at all; nothing is pickled.

        Raises
        ------
        ValidationError
            If a choice is an object of your own, which a file cannot hold.
        """
        write_whole(path, self.to_bytes())

    def to_bytes(self) -> bytes:
        """Content of the file that `save` writes."""
        arrays = {}
        content = encode(self, arrays)
        return arrays_to_bytes({"format": FORMAT, "design": content}, arrays)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read the file of a design.

        Parameters
        ----------
        path : path_like

        Returns
        -------
        MemoryDesign

        Raises
        ------
        ValidationError
            If it is cut off, another kind of file, of another kind of design, or of
            another version.
        OSError
            If there is no file.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> design = nengo_lmu.design_memory(120, order=3, theta=0.5, seed=0)
        >>> with TemporaryDirectory() as directory:
        ...     design.save(f"{directory}/memory.npz")
        ...     again = nengo_lmu.MemoryDesign.load(f"{directory}/memory.npz")
        >>> np.array_equal(again.loops[0].recurrent, design.loops[0].recurrent)
        True
        """
        return cls.from_bytes(Path(path).read_bytes(), path)

    @classmethod
    def from_bytes(cls, data: bytes, path: str | PathLike[str]) -> Self:
        """The design of a file's content; errors name its path."""
        header, arrays = arrays_from_bytes(data, FORMAT, path)
        if header["format"] < FORMAT:
            raise ValidationError(
                f"{path} has format {header['format']}, this nengo-lmu reads {FORMAT}: "
                "design the memory again",
                "path",
            )
        kind = header.get("design", {}).get("dataclass")
        if kind != cls.__name__:
            raise ValidationError(
                f"{path} must be the file of a {cls.__name__}, is that of "
                f"{'a ' + kind if kind else 'something else'}",
                "path",
            )
        return decode(header["design"], arrays, {c.__name__: c for c in cls.classes()})

    @classmethod
    def classes(cls):
        """Classes of the objects that a design consists of."""
        parts = Choices, ExpectedState, Loop, FastPath, Population, Realization
        return cls, *parts, Tuning, *STRATEGIES.values()

    @property
    def order(self) -> int:
        return self.choices.order

    @property
    def theta(self) -> float:
        return self.choices.theta

    @property
    def dt(self) -> float:
        return self.choices.dt

    @property
    def n_channels(self) -> int:
        return self.choices.n_channels

    @property
    def n_neurons(self) -> int:
        """Neurons of all channels."""
        return sum(population.n_neurons for population in self.populations)

    @property
    def populations(self) -> list[Population]:
        """Populations of all loops, a list."""
        return [population for loop in self.loops for population in loop.populations]

    @property
    def mapped_synapse(self):
        """The synapse on the target, to which the transforms are mapped."""
        return self.synapse

    @property
    def solved_for(self):
        """What decoders are solved for: tuning curves, or spikes that were recorded."""
        return "recorded spikes" if self.choices.recorded else "tuning curves"

    @property
    def loops_per_channel(self):
        return len(self.loops) // self.n_channels

    def __repr__(self):
        c = self.choices
        band = "of a sample"
        if c.sample is None:
            band = f"to {', '.join(f'{f:.3g}' for f in np.unique(c.freq))} Hz"
        return (
            f"<{type(self).__name__}: {self.n_neurons} neurons "
            f"({type(self.neuron_type).__name__}), order {c.order}, theta {c.theta:g} s"
            f", {c.n_channels} channel{'s' * (c.n_channels > 1)} {band}>"
        )
