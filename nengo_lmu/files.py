"""Result files. They are written atomically: completely or not at all."""

import csv
import io
import json
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from nengo.exceptions import ValidationError


def output_directory(path):
    """Make a directory if necessary, and check that it is writable before a long run.

    Raises
    ------
    ValidationError
        If it is not writable.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise ValidationError(
            f"cannot write into the directory {str(path)!r} ({error.strerror})",
            attr="out",
        ) from None
    return path


def write_whole(path, data):
    """Write text or bytes atomically, so that no reader sees a partial file."""
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data.encode() if isinstance(data, str) else data)
    os.replace(partial, path)


def csv_line(values):
    """Format one line of a CSV file, with its line break."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def write_table(path, rows, columns=None):
    """Write dicts as a CSV file; by default the columns are the keys of the first."""
    columns = list(rows[0]) if columns is None else columns
    lines = [columns, *([row[name] for name in columns] for row in rows)]
    write_whole(path, "".join(csv_line(values) for values in lines))


def write_columns(path, columns):
    """Write a dict of columns as a CSV file, numbers with six digits."""
    rows = zip(*columns.values(), strict=True)
    lines = [columns, *([f"{x:.6g}" for x in row] for row in rows)]
    write_whole(path, "".join(csv_line(values) for values in lines))


def group_rows(rows, *names):
    """Group rows by the values of some columns: {values: rows}, sorted by values."""
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return dict(sorted(groups.items()))


def read_table(path):
    """Read the rows of a CSV file as dicts, numbers as int or float."""
    with open(path, newline="") as file:
        return [
            {name: _number(value) for name, value in row.items()}
            for row in csv.DictReader(file)
        ]


def _number(value):
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            pass
    return value


def write_arrays(path, header, arrays):
    """Write a header (a dict for JSON) and arrays as .npz, atomically."""
    write_whole(path, arrays_to_bytes(header, arrays))


def arrays_to_bytes(header, arrays):
    """Content of a file with a header (a dict for JSON) and arrays."""
    data = io.BytesIO()
    np.savez(data, header=np.array(to_json(header)), **arrays)
    return data.getvalue()


def to_json(value):
    """Encode a value, which may contain NumPy numbers, as JSON."""
    return json.dumps(value, default=lambda number: number.item())


def write_json(path, value):
    """Write a value as indented JSON, atomically."""
    write_whole(path, json.dumps(value, indent=2) + "\n")


def update_json(path, entries):
    """Add entries to the dict in a JSON file, which is created if necessary."""
    path = Path(path)
    known = json.loads(path.read_text()) if path.exists() else {}
    write_json(path, {**known, **entries})


def read_npz(path, names):
    """Read arrays of a data file, in the order of their names.

    Raises
    ------
    ValidationError
        If it is another file or cut off, or lacks one of them.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return [file[name] for name in names]
    except KeyError:
        listed = ", ".join(names)
        raise ValidationError(f"{path} must have the arrays {listed}", "data") from None
    except (ValueError, TypeError, EOFError, zipfile.BadZipFile):
        raise ValidationError(
            f"{path} must be a .npz file of arrays, is another file or cut off", "data"
        ) from None


def read_arrays(path, latest):
    """Read the header and arrays of a file written by `write_arrays`.

    Raises
    ------
    ValidationError
        If the file is truncated, of another kind, or of a format later than ``latest``.
    """
    return arrays_from_bytes(Path(path).read_bytes(), latest, path)


def arrays_from_bytes(data, latest, path):
    """Header and arrays of a file's content; errors name its path."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(str(arrays.pop("header")))
        version = header["format"]
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        fail(path, "a whole file of nengo-lmu", "another file or cut off")
    if version > latest:
        raise ValidationError(
            f"{path} has format {version}, this nengo-lmu reads up to {latest}: "
            "update nengo-lmu",
            "path",
        )
    return header, arrays


def fail(path, wanted, found):
    """Raise a ValidationError that states what a file must be and what it is."""
    raise ValidationError(f"{path} must be {wanted}, is {found}", "path")
