"""Signals: band-limited white noise, and signals from files."""

import math
import warnings
from os import PathLike
from pathlib import Path

import numpy as np
from nengo.exceptions import ValidationError
from nengo.processes import WhiteSignal
from numpy.typing import ArrayLike, NDArray

from nengo_lmu.names import level_of_caller

GAP = 10
"""A step of the times so many times longer than usual is a gap."""

COARSE = 0.5
"""Steps of the times, in seconds, from which on they are probably in milliseconds."""


class SignalWarning(UserWarning):
    """A file was read in a way that may not be meant."""


def white_noise(
    seconds: float, freq: float, rms: float = 0.5, *, dt: float = 0.001, seed: int = 0
) -> NDArray:
    """White noise below a frequency, scaled to exactly the given root mean square.

    Nengo's `WhiteSignal` has the given rms on average only; over a few seconds its rms
    differs by a factor of two between seeds, and so does the error of a memory. The
    signal starts near zero, as a memory does.

    Parameters
    ----------
    seconds : float
        Length and longest period, in seconds.
    freq : float
        Highest frequency, in Hz; at least ``1 / seconds``.
    rms : float, optional
        Root mean square of the values.
    dt : float, optional
        Time step in seconds.
    seed : int, optional

    Returns
    -------
    (n_steps,) ndarray

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from nengo_lmu.signals import white_noise
    >>> for freq in 1.0, 5.0:
    ...     _ = plt.plot(white_noise(2.0, freq), label=f"to {freq} Hz")
    >>> _ = plt.legend()
    """
    process = WhiteSignal(seconds, freq, y0=0, seed=seed)
    values = process.run(seconds, dt=dt)[:, 0]
    return values * (rms / np.sqrt(np.mean(values**2)))


def read_signal(
    path: str | PathLike[str], rate: float | None = None
) -> tuple[NDArray, NDArray]:
    """Read a signal from a text file.

    Parameters
    ----------
    path : path_like
        One column (values), or two (times in seconds, values), separated by commas,
        semicolons, tabs or spaces. The first line may be a heading.
    rate : float, optional
        Sampling rate in Hz, for a file with one column.

    Returns
    -------
    times : (n,) ndarray
        Times in seconds, starting at 0, increasing, not necessarily evenly spaced.
    values : (n,) ndarray

    Raises
    ------
    ValidationError
        If the file is missing, empty, not numeric, contains a value that is not finite,
        or has other columns. The message gives the line.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from nengo_lmu.signals import read_signal
    >>> with TemporaryDirectory() as directory:
    ...     path = Path(directory, "my.csv")
    ...     _ = path.write_text("time,value\\n0,1.5\\n0.1,2.5\\n0.3,2\\n")
    ...     times, values = read_signal(path)
    >>> times, values
    (array([0. , 0.1, 0.3]), array([1.5, 2.5, 2. ]))
    """
    rows = _read_rows(Path(path))
    n_columns = len(rows[0])
    if n_columns > 2:
        _fail(path, f"has {n_columns} columns, not one (values) or two (times, values)")
    if n_columns == 1 and rate is None:
        _fail(path, "has one column, so its sampling rate must be given (--rate)")
    if n_columns == 2 and rate is not None:
        _fail(path, "has a column of times, so no sampling rate can be given (--rate)")
    if rate is not None and not (math.isfinite(rate) and rate > 0):
        raise ValidationError(f"must be a finite number above 0 Hz, got {rate}", "rate")
    if len(rows) < 2:
        _fail(path, "has one sample only")
    columns = np.array(rows).T
    if n_columns == 1:
        return np.arange(len(rows)) / rate, columns[0]
    times, values = columns
    if np.any(np.diff(times) <= 0):
        where = int(np.argmax(np.diff(times) <= 0)) + 1
        _fail(path, f"has times that do not increase (at {times[where]:g} s)")
    _warn_of_steps(path, times)
    return times - times[0], values


def _warn_of_steps(path, times):
    """Warn of times that are hardly in seconds, and of gaps."""
    steps = np.diff(times)
    usual, longest = np.median(steps), int(np.argmax(steps))
    if usual >= COARSE:
        warn(
            f"{str(path)!r} has a sample every {usual:g} s over {np.ptp(times):g} s "
            "if its times are in seconds, as assumed; if they are in milliseconds, "
            "divide them by 1000"
        )
    if steps[longest] > GAP * usual:
        gaps = int(np.sum(steps > GAP * usual))
        others = f" (the longest of {gaps})" if gaps > 1 else ""
        warn(
            f"{str(path)!r} has a gap of {steps[longest]:g} s after t = "
            f"{times[longest] - times[0]:g} s{others}, a sample every {usual:g} s "
            "elsewhere; a straight line is assumed in it"
        )


def warn(text):
    """Warn of what was found in a file, and assumed, in a line."""
    warnings.warn(text, SignalWarning, stacklevel=level_of_caller())


def resample(times: ArrayLike, values: ArrayLike, dt: float) -> NDArray:
    """Interpolate samples linearly at every time step.

    Parameters
    ----------
    times, values : (n,) array_like
        Samples; times in seconds, increasing.
    dt : float
        Time step in seconds. There is no filter, so power above half the new rate is
        aliased.

    Returns
    -------
    (n_steps,) ndarray
        Values from the first time to the last.

    Examples
    --------
    >>> from nengo_lmu.signals import resample
    >>> resample([0, 0.1, 0.3], [1.5, 2.5, 2.0], dt=0.05)
    array([1.5  , 2.   , 2.5  , 2.375, 2.25 , 2.125, 2.   ])
    """
    n_steps = int(np.floor(round((times[-1] - times[0]) / dt, 6))) + 1
    return np.interp(times[0] + dt * np.arange(n_steps), times, values)


def _read_rows(path):
    try:
        lines = path.read_text().splitlines()
    except UnicodeDecodeError:
        _fail(path, "is not a text file")
    except OSError as error:
        raise ValidationError(
            f"cannot read {str(path)!r} ({error.strerror})", "file"
        ) from None
    rows = []
    for number, line in enumerate(lines, start=1):
        fields = _fields(line)
        if not any(fields):
            continue
        if number == 1 and not any(_is_number(field) for field in fields):
            continue  # a heading
        for field in fields:
            if not _is_number(field):
                allowed = (
                    "allowed: one column of values, or times in seconds and values"
                )
                _fail(path, f"line {number}: {field!r} is not a number; {allowed}")
            if not math.isfinite(float(field)):
                _fail(path, f"line {number}: {field} is not a finite number")
        if rows and len(fields) != len(rows[0]):
            _fail(
                path,
                f"line {number} has {len(fields)} columns, the lines before "
                f"{len(rows[0])}",
            )
        rows.append([float(field) for field in fields])
    if not rows:
        _fail(path, "holds no numbers")
    return rows


def _fields(line):
    for separator in ",;":
        if separator in line:
            return [field.strip() for field in line.split(separator)]
    return line.split()


def _is_number(field):
    try:
        float(field)
    except ValueError:
        return False
    return True


def _fail(path, message):
    raise ValidationError(f"{str(path)!r} {message}", "file")
