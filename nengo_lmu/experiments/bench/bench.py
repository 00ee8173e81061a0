"""Benchmarks: what this package does beside what it replaces."""

import json
from importlib import import_module

from nengo_lmu import report
from nengo_lmu.experiments.resources import machine, versions
from nengo_lmu.files import output_directory, write_table, write_whole
from nengo_lmu.names import lookup

SECTIONS = {
    "accuracy": "nengo_lmu.experiments.bench.accuracy",
    "build": "nengo_lmu.experiments.bench.build",
    "emulator": "nengo_lmu.experiments.bench.emulator",
    "simulator": "nengo_lmu.experiments.bench.simulator",
}
"""Where each section is. It has a ``TITLE`` and ``run(out, workers)``, which returns
the rows of a table, a list of dicts, and a sentence on them."""


def run_bench(sections, out, *, workers=2):
    """Run sections; print their tables and write them as CSV, Markdown and JSON.

    Parameters
    ----------
    sections : sequence of str
        Names from `SECTIONS`; all of them if there are none.
    out : path_like
        Output directory; a table is in ``<section>.csv``, ``.md`` and ``.json``.
    workers : int, optional
        Runs at a time, where a section has many that are not timed.

    Returns
    -------
    dict
        Rows by section.
    """
    names = list(sections) or list(SECTIONS)
    modules = [lookup("section", name, SECTIONS) for name in names]
    out = output_directory(out)
    tables = {}
    for name, module in zip(names, modules, strict=True):
        section = import_module(module)
        rows, sentence = section.run(out, workers)
        where = f"{versions()}; {machine()}"
        report.print_table(rows, section.TITLE)
        print(f"{sentence}\n")
        write_table(out / f"{name}.csv", rows)
        text = f"# {section.TITLE}\n\n{report.markdown(rows)}\n{sentence}\n\n{where}\n"
        write_whole(out / f"{name}.md", text)
        data = {"title": section.TITLE, "rows": rows, "note": sentence, "where": where}
        write_whole(out / f"{name}.json", json.dumps(data, indent=2) + "\n")
        tables[name] = rows
    return tables
