"""Help for errors and warnings: the closest known name, the line of the caller."""

import sys
from difflib import get_close_matches
from pathlib import Path

from nengo.exceptions import ValidationError


def lookup(kind, name, table):
    """Look up a name in a table.

    Parameters
    ----------
    kind : str
        Kind of the name, for the message: "backend", "neuron", ...
    name : str
        The given name.
    table : dict
        Known names and their values.

    Raises
    ------
    ValidationError
        If the name is unknown. The message lists all names and the closest one.
    """
    if name in table:
        return table[name]
    close = get_close_matches(str(name).lower(), table, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValidationError(
        f"must be one of {', '.join(table)}, got {name!r}{hint}", kind
    )


def level_of_caller():
    """Stack level of the first caller outside of this package, for `warnings.warn`."""
    package, frame, level = str(Path(__file__).parent), sys._getframe(1), 1
    inside = package, "<string>"  # the latter are methods of dataclasses
    while frame.f_back and frame.f_code.co_filename.startswith(inside):
        frame, level = frame.f_back, level + 1
    return level
