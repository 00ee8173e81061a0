"""Fixes for nengo-dl up to 3.6.0 with TensorFlow 2.13 and later.

Its module ``compat`` imports ``keras.engine.functional`` and ``keras.layers`` of
Keras 2. TensorFlow 2.16 and later come with Keras 3; Keras 2 is available as the
package tf-keras, which ``tf.keras`` becomes if the environment variable
``TF_USE_LEGACY_KERAS`` is set before its first use.

At import, nengo-dl also starts a second Python process that imports TensorFlow to
search for a GPU, which takes as long as the import itself. This is skipped if
TensorFlow is built without GPU support.
"""

import os
import subprocess
import sys
from importlib import import_module, metadata
from importlib.util import find_spec

from packaging.version import Version

from nengo_lmu.extras import import_extra, swapped

LAST_BROKEN = "3.6.0"
"""Last version of nengo-dl that needs the fix."""


def load():
    """Import nengo-dl, and fix it if necessary.

    The environment variable ``TF_USE_LEGACY_KERAS`` is set for this process and its
    children, so that ``tf.keras`` is Keras 2, for which nengo-dl is written.

    Returns
    -------
    module
        The package ``nengo_dl``.

    Raises
    ------
    MissingExtraError
        If nengo-dl, TensorFlow or tf-keras is not installed.
    ImportError
        If ``tf.keras`` is already in use as Keras 3.
    """
    if "nengo_dl" in sys.modules or not needed():
        return import_extra("nengo_dl", "dl")

    # nengo-dl sets this, too, but only after TensorFlow has printed its messages.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    if find_spec("tf_keras"):
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
    tensorflow = import_extra("tensorflow", "dl")
    tf_keras = import_extra("tf_keras", "dl")
    if tensorflow.keras.Model is not tf_keras.Model:
        raise ImportError(
            "tf.keras is already in use as Keras 3, and nengo-dl needs Keras 2: "
            "set TF_USE_LEGACY_KERAS=1 before the first use of tf.keras"
        )

    keras_2 = {
        "keras.engine.functional": import_module("tf_keras.src.engine.functional"),
        "keras.layers": import_module("tf_keras.src.layers"),
    }
    found_no_gpu = {}
    if not tensorflow.test.is_built_with_gpu_support():
        found_no_gpu["call"] = lambda *args, **kwargs: 1
    with swapped(sys.modules, keras_2), swapped(vars(subprocess), found_no_gpu):
        return import_extra("nengo_dl", "dl")


def needed():
    """Whether the installed nengo-dl needs the fix; False if it is not installed."""
    try:
        return Version(metadata.version("nengo-dl")) <= Version(LAST_BROKEN)
    except metadata.PackageNotFoundError:
        return False
