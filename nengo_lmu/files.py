"""Files of results: written whole or not at all."""

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
    """Make a directory if need be, and make sure that it can be written.

    Raises
    ------
    ValidationError
        If it cannot: better before a long run than after it.
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
    """Write text or bytes such that the file is never seen half written."""
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data.encode() if isinstance(data, str) else data)
    os.replace(partial, path)


def csv_line(values):
    """One line of a CSV file, with its line break."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def write_table(path, rows, columns=None):
    """Write dicts as a CSV file; the columns are the keys of the first by default."""
    columns = list(rows[0]) if columns is None else columns
    lines = [columns, *([row[name] for name in columns] for row in rows)]
    write_whole(path, "".join(csv_line(values) for values in lines))


def write_columns(path, columns):
    """Write a dict of columns, numbers to six digits, as a CSV file."""
    rows = zip(*columns.values(), strict=True)
    lines = [columns, *([f"{x:.6g}" for x in row] for row in rows)]
    write_whole(path, "".join(csv_line(values) for values in lines))


def group_rows(rows, *names):
    """Rows with the same values of some columns: {values: rows}, in order of values."""
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return dict(sorted(groups.items()))


def read_table(path):
    """Rows of a CSV file as dicts, numbers as int or float."""
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
    """Write a header (a dict for JSON) and arrays as .npz, whole or not at all."""
    data = io.BytesIO()
    np.savez(data, header=np.array(to_json(header)), **arrays)
    write_whole(path, data.getvalue())


def to_json(value):
    """Text of what JSON holds, and of NumPy's numbers."""
    return json.dumps(value, default=lambda number: number.item())


def update_json(path, entries):
    """Add entries to a JSON file that holds a dict; make it if there is none."""
    path = Path(path)
    known = json.loads(path.read_text()) if path.exists() else {}
    write_whole(path, json.dumps({**known, **entries}, indent=2) + "\n")


def read_arrays(path, latest):
    """Header and arrays of a file of `write_arrays`.

    Raises
    ------
    ValidationError
        If it is cut off, no such file, or of a format later than ``latest``.
    """
    path = Path(path)
    data = io.BytesIO(path.read_bytes())
    try:
        with np.load(data, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(str(arrays.pop("header")))
        version = header["format"]
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        fail(path, "a whole file of nengo-lmu", "another, or one that is cut off")
    if version > latest:
        raise ValidationError(
            f"{path} has format {version}, this nengo-lmu reads up to {latest}: "
            "update nengo-lmu",
            "path",
        )
    return header, arrays


def fail(path, wanted, found):
    """Raise a ValidationError: what a file must be, and what it is."""
    raise ValidationError(f"{path} must be {wanted}, is {found}", "path")
