"""Files that come with the package, by name: example models and chip boards.

They are the folders ``models/`` and ``hardware/`` of the repository. An installed
package contains them (``setup.py`` maps them); in a clone and an editable install they
are beside the package.
"""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from nengo.exceptions import ValidationError

PACKAGE = Path(__file__).parent


def models():
    """Example models, {name: path}."""
    return _files("models", ".py")


def boards():
    """Boards, {name: path}."""
    return _files("hardware", ".json")


def model_file(file):
    """Return the path of a model.

    Parameters
    ----------
    file : path_like
        A Python file, or the name of an example such as ``"delay"``. A file of that
        name in the working directory takes precedence.

    Raises
    ------
    ValidationError
        If neither exists. The message lists the examples.
    """
    return _find("file", file, "model", models())


def board_file(file):
    """Return the path of a board.

    Parameters
    ----------
    file : path_like
        A JSON file, or the name of a board such as ``"nahuku-32"``. A file of that name
        in the working directory takes precedence.

    Raises
    ------
    ValidationError
        If neither exists. The message lists the boards.
    """
    return _find("board", file, "board", boards())


@contextmanager
def editable_model(file):
    """Return a context manager with the path of a model that may be overwritten.

    Parameters
    ----------
    file : path_like
        As in `model_file`. An example that is given by name is copied, with its layout,
        into a temporary directory.
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
