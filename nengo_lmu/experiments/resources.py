"""Resources of a run: peak memory of the process, and the machine."""

import os
import platform
import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


class PeakMemory:
    """Highest memory of this process above what it held at the beginning.

    Attributes
    ----------
    mb : float
        In 10**6 bytes, set at the end of the ``with`` block or, before, by `read`.
        Meaningful in a fresh process, with everything imported before: memory that an
        earlier run has freed is used again without being seen.
    total_mb : float
        The same with what it held at the beginning.
    """

    def __enter__(self):
        if _STATUS.exists():
            # Linux keeps a high-water mark and lowers it to the present on request.
            Path("/proc/self/clear_refs").write_text("5")
            # The code of packages comes in from their files as it is first used.
            self._start = _status_bytes("VmRSS") - _status_bytes("RssFile")
        else:
            self._start = _maximum_bytes()
        return self

    def __exit__(self, *_):
        self.read()

    def read(self):
        """Set the highest memory so far."""
        peak = _status_bytes("VmHWM") if _STATUS.exists() else _maximum_bytes()
        code = _status_bytes("RssFile") if _STATUS.exists() else 0
        self.total_mb = peak / 1e6
        self.mb = (peak - code - self._start) / 1e6


def machine():
    """One line that says where a time was measured."""
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}"


def _status_bytes(field):
    for line in _STATUS.read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(field)


def _maximum_bytes():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
