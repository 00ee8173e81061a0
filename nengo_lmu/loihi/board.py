"""Boards of Loihi chips, as data."""

import json
from dataclasses import dataclass, fields

from nengo.exceptions import ValidationError

from nengo_lmu import checks
from nengo_lmu.bundled import board_file


@dataclass(frozen=True)
class Board:
    """What a board holds. The defaults are one chip of the first generation.

    Source of the limits: Davies et al., Loihi, IEEE Micro 38(1), 2018, as nengo-loihi
    1.1.0 enforces them.

    Attributes
    ----------
    name : str
    chips : int
    cores : int
        Cores of a chip; a core holds one block of neurons.
    compartments, input_axons, output_axons, synapse_bits : int
        Limits of a core.
    """

    name: str = "Loihi, one chip"
    chips: int = 1
    cores: int = 128
    compartments: int = 1024
    input_axons: int = 4096
    output_axons: int = 4096
    synapse_bits: int = 2**20

    def __post_init__(self):
        if not isinstance(self.name, str):
            checks.fail("name", "a string", self.name, self)
        for field in fields(self):
            if field.name != "name":
                checks.integer(getattr(self, field.name), attr=field.name, obj=self)


def read_board(path):
    """Read a board from a JSON file with one object.

    Parameters
    ----------
    path : path_like
        Or the name of a board that comes with the package (`nengo_lmu.bundled`). Its
        keys are those of `Board`; what is not there is as on one chip.

    Raises
    ------
    ValidationError
        If the file cannot be read, has an unknown key, or a value that no board has.
    """
    path = board_file(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ValidationError(f"cannot read {str(path)!r}: {reason}", "board") from None
    if not isinstance(data, dict):
        raise ValidationError(f"{str(path)!r} must hold one JSON object", "board")
    known = [field.name for field in fields(Board)]
    for key in data:
        if key not in known:
            raise ValidationError(
                f"{str(path)!r} has the key {key!r}; a board has {', '.join(known)}",
                "board",
            )
    return Board(**data)
