"""What comparisons with peers share: a stopwatch, and the table."""

from time import perf_counter

from nengo_lmu import report
from nengo_lmu.experiments.resources import machine
from nengo_lmu.files import write_json, write_table, write_whole
from nengo_lmu.versions import versions


def seconds(function, *args):
    """Seconds that a call takes."""
    begin = perf_counter()
    function(*args)
    return perf_counter() - begin


def publish(out, name, title, rows, note):
    """Print a table, and write it as ``<name>.csv``, ``.md`` and ``.json``.

    The note is a sentence on the table. Returns the rows.
    """
    where = f"{versions()}; {machine()}"
    report.print_table(rows, title)
    print(f"{note}\n")
    write_table(out / f"{name}.csv", rows)
    text = f"# {title}\n\n{report.markdown(rows)}\n{note}\n\n{where}\n"
    write_whole(out / f"{name}.md", text)
    data = {"title": title, "rows": rows, "note": note, "where": where}
    write_json(out / f"{name}.json", data)
    return rows
