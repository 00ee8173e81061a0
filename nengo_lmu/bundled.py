"""Files that come with the package, by name: example models and boards of chips.

They are the folders ``models/`` and ``hardware/`` of the repository. An installed
package holds them inside itself (``setup.py`` maps them); a clone and an editable
install have them beside it.
"""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from nengo.exceptions import ValidationError

PACKAGE = Path(__file__).parent


def models():
    """The example models, {name: path}."""
    return _files("models", ".py")


def boards():
    """The boards, {name: path}."""
    return _files("hardware", ".json")


def model_file(file):
    """The path of a model.

    Parameters
    ----------
    file : path_like
        A Python file, or the name of an example: ``"delay"``. A file of that name in
        the working directory comes first.

    Raises
    ------
    ValidationError
        If there is neither; with the names of the examples.
    """
    return _find("file", file, "model", models())


def board_file(file):
    """The path of a board.

    Parameters
    ----------
    file : path_like
        A JSON file, or the name of a board: ``"nahuku-32"``. A file of that name in the
        working directory comes first.

    Raises
    ------
    ValidationError
        If there is neither; with the names of the boards.
    """
    return _find("board", file, "board", boards())


@contextmanager
def editable_model(file):
    """The path of a model that may be written to, for the time of a ``with`` block.

    Parameters
    ----------
    file : path_like
        As for `model_file`. An example that is given by name is copied, with its
        layout, into a temporary directory; a file stays where it is.
    """
    path = model_file(file)
    if path == Path(file):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="nengo-lmu-") as directory:
        for name in (path.name, f"{path.name}.cfg"):
            shutil.copy(path.with_name(name), directory)
        yield Path(directory) / path.name


def _files(folder, suffix):
    for parent in (PACKAGE, PACKAGE.parent):
        paths = sorted((parent / folder).glob(f"*{suffix}"))
        if paths:
            return {path.stem: path for path in paths}
    return {}


def _find(attr, file, kind, known):
    path = Path(file)
    if path.is_file():
        return path
    if str(file) in known:
        return known[str(file)]
    raise ValidationError(
        f"there is no file {str(file)!r}; a {kind} that comes with the package is "
        f"given by its name: {', '.join(known)}",
        attr,
    )
