"""The table of a comparison with peers, printed and written in three formats."""

import json

from nengo_lmu import report
from nengo_lmu.experiments.resources import machine
from nengo_lmu.files import write_table, write_whole
from nengo_lmu.versions import versions


def publish(out, name, title, rows, note):
    """Print a table and write it as CSV, Markdown and JSON.

    Parameters
    ----------
    out : pathlib.Path
        Output directory, for ``<name>.csv``, ``.md`` and ``.json``.
    name, title : str
    rows : list of dict
    note : str
        A sentence on the table.

    Returns
    -------
    list of dict
        The rows.
    """
    where = f"{versions()}; {machine()}"
    report.print_table(rows, title)
    print(f"{note}\n")
    write_table(out / f"{name}.csv", rows)
    text = f"# {title}\n\n{report.markdown(rows)}\n{note}\n\n{where}\n"
    write_whole(out / f"{name}.md", text)
    data = {"title": title, "rows": rows, "note": note, "where": where}
    write_whole(out / f"{name}.json", json.dumps(data, indent=2) + "\n")
    return rows
