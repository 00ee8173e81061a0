"""Versions of the packages that make a result."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version


def versions(*packages):
    """Return the versions of Python, NumPy, nengo, nengo-lmu and others as one line."""
    names = dict.fromkeys(["nengo_lmu", "nengo", "numpy", *packages])
    found = [f"python {platform.python_version()}"]
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} {getattr(sys.modules.get(name), '__version__', '?')}")
    return "; ".join(found)
