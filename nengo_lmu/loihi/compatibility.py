"""nengo-loihi under NumPy 2.

Mends nengo-loihi up to 1.1.0 under NumPy 2.0 and later. It asks for
``np.array(x, copy=False)`` and means "copy only where one must". NumPy 2 takes those
words for "never copy" and raises ``ValueError``; what nengo-loihi means is said there
by ``copy=None``. Two of its modules ask so, ``block`` and ``neurons``.

nengo-loihi also imports TensorFlow and nengo-dl where it finds them, which takes half a
minute, to make its neuron types known to nengo-dl. `load` hides the two from it unless
they are in use already.
"""

import sys
from copy import copy
from inspect import isclass

import nengo
import numpy as np
from packaging.version import Version

from nengo_lmu.extras import import_extra, swapped

LAST_BROKEN = "1.1.0"
"""The last version of nengo-loihi that needs the fix."""


class NumPy1:
    """NumPy, with ``array`` reading ``copy=False`` as NumPy 1 did."""

    def __getattr__(self, name):
        return getattr(np, name)

    @staticmethod
    def array(obj, *args, copy=True, **kwargs):
        return np.array(obj, *args, copy=copy or None, **kwargs)


def load():
    """Import nengo-loihi, mended where it has to be.

    Returns
    -------
    module
        The package ``nengo_loihi``.

    Raises
    ------
    MissingExtraError
        If nengo-loihi is not installed.
    """
    unused = {"tensorflow", "nengo_dl"} - sys.modules.keys()
    with swapped(sys.modules, dict.fromkeys(unused)):
        nengo_loihi = import_extra("nengo_loihi", "loihi")
    mend()
    return nengo_loihi


def mend():
    """Mend nengo-loihi if somebody has imported it; never import it.

    For code that may run on a ``nengo_loihi.Simulator`` which a user has imported
    himself. Calling it again changes nothing.
    """
    nengo_loihi = sys.modules.get("nengo_loihi")
    if nengo_loihi is None or not needed(np.__version__, nengo_loihi.__version__):
        return
    for module in (nengo_loihi.block, nengo_loihi.neurons):
        if module.np is np:
            module.np = NumPy1()


def needed(numpy_version, loihi_version):
    """Whether these two versions need the fix.

    Parameters
    ----------
    numpy_version, loihi_version : str
        The versions of NumPy and of nengo-loihi.
    """
    return Version(numpy_version) >= Version("2.0.0") and Version(
        loihi_version
    ) <= Version(LAST_BROKEN)


def keep_on_host(ensemble, network):
    """Keep an ensemble off the chip.

    Parameters
    ----------
    ensemble : nengo.Ensemble
    network : nengo.Network
        The outermost network, whose configuration nengo-loihi reads.
    """
    load().add_params(network)
    network.config[ensemble].on_chip = False


def copied(config):
    """A copy of a network's configuration, which can be changed by itself.

    Parameters
    ----------
    config : nengo.Config
    """
    own = nengo.Config()
    of_classes = {of: params for of, params in config.params.items() if isclass(of)}
    for of, params in of_classes.items():
        own.params[of] = copy(params)
        own.params[of]._extra_params = dict(params._extra_params)
    for of in config.params.keys() - of_classes.keys():
        given = config.params[of]
        for name, parameter in given._clsparams._extra_params.items():
            if given in parameter:
                setattr(own[of], name, getattr(given, name))
    return own
