"""The versions that a result was made with."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version


def versions(*packages):
    """One line with the versions of Python, NumPy, nengo, nengo-lmu and others."""
    names = dict.fromkeys(["nengo_lmu", "nengo", "numpy", *packages])
    found = [f"python {platform.python_version()}"]
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} {getattr(sys.modules.get(name), '__version__', '?')}")
    return "; ".join(found)
