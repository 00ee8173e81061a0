"""Optional packages."""

import warnings
from contextlib import contextmanager
from importlib import import_module

from nengo.exceptions import NengoException


class MissingExtraError(NengoException, ImportError):
    """A requested package belongs to an extra that is not installed."""


def import_extra(module, extra):
    """Import a package that comes with an extra of nengo-lmu.

    Parameters
    ----------
    module : str
        Import name of the package.
    extra : str
        The extra of nengo-lmu that contains it.

    Returns
    -------
    module
        The imported package.

    Raises
    ------
    MissingExtraError
        If the package is not installed. The one-line message contains the command that
        installs it. A package that is installed and fails to import raises its own
        error.
    """
    try:
        with warnings.catch_warnings():
            # nengo-loihi 1.1.0 and nengo-dl 3.6.0 are declared for nengo up to 3.2; the
            # tests of nengo-lmu run them on nengo 4.
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
    """Replace entries of a dictionary for the duration of a ``with`` block.

    Parameters
    ----------
    mapping : dict
        The dictionary.
    entries : dict
        The temporary entries. Other entries that are added inside the block remain.
    """
    before = {key: mapping[key] for key in entries if key in mapping}
    mapping.update(entries)
    try:
        yield
    finally:
        for key in entries:
            del mapping[key]
        mapping.update(before)
