"""Packages that a user may leave out."""

import warnings
from contextlib import contextmanager
from importlib import import_module

from nengo.exceptions import NengoException


class MissingExtraError(NengoException, ImportError):
    """A package is asked for that belongs to an extra which is not installed."""


def import_extra(module, extra):
    """Import a package that comes with an extra of nengo-lmu.

    Parameters
    ----------
    module : str
        The name of the package, as one imports it.
    extra : str
        The extra of nengo-lmu that brings it.

    Returns
    -------
    module
        The imported package.

    Raises
    ------
    MissingExtraError
        If the package is not installed. The message is one line and holds the
        command that installs it. A package that is installed and fails to import
        raises its own error.
    """
    try:
        with warnings.catch_warnings():
            # nengo-loihi 1.1.0 and nengo-dl 3.6.0 know nengo up to 3.2; the tests of
            # nengo-lmu run them on nengo 4.
            warnings.filterwarnings("ignore", "This version of .* has not been tested")
            return import_module(module)
    except ModuleNotFoundError as err:
        if err.name != module:
            raise
        raise MissingExtraError(
            f"{module} is not installed; it comes with: "
            f'pip install "nengo-lmu[{extra}]"'
        ) from None


@contextmanager
def swapped(mapping, entries):
    """Put other entries into a dictionary, for the time of a ``with`` block.

    Parameters
    ----------
    mapping : dict
        The dictionary that changes for the time.
    entries : dict
        What stands in it for the time. Other entries that come in stay.
    """
    before = {key: mapping[key] for key in entries if key in mapping}
    mapping.update(entries)
    try:
        yield
    finally:
        for key in entries:
            del mapping[key]
        mapping.update(before)
