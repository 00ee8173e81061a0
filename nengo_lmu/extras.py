"""Packages that a user may leave out."""

import warnings
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
            f'{module} is not installed; it comes with: pip install "nengo-lmu[{extra}]"'
        ) from None
