"""Figures in one style, tables, and an HTML report.

Figures do not use ``matplotlib.pyplot``, so its state and the user's settings do not
change.
"""

import base64
import io
import math

import numpy as np

from nengo_lmu.files import write_whole

INK = "#22303c"
GREY = "#9aa5b1"
CYCLE = ["#1f6f8b", "#d1495b", "#4f772d", "#e09f3e", "#7b5ea7", INK]

_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "figure.facecolor": "white",
    "font.size": 11,
    "grid.color": "#e8ecf0",
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.dpi": 150,
    "xtick.color": INK,
    "ytick.color": INK,
}


def style():
    """Return a context manager that applies the style of all figures."""
    import matplotlib
    from cycler import cycler

    return matplotlib.rc_context({**_STYLE, "axes.prop_cycle": cycler(color=CYCLE)})


def subplots(rows=1, columns=1, size=(8, 4.5), **kwargs):
    """Make a figure and an array (rows, columns) of axes; ``size`` is in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **kwargs)


def shades(n):
    """``n`` colors from light to dark, for an ordered quantity."""
    from matplotlib import colormaps

    return colormaps["viridis_r"](np.linspace(0.15, 0.95, n))


def logarithmic(ax):
    """Make both axes logarithmic, labelled at 1 and 3 times the powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    ax.set(xscale="log", yscale="log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 3)))
        axis.set_major_formatter(FuncFormatter(_short))
        axis.set_minor_locator(NullLocator())


def _short(x, _position):
    """Format a number as the label of an axis: 0.03, 3,000, 300k, 3M."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if x >= 10 * size or (unit == "M" and x >= size):
            return f"{x / size:,.12g}{unit}"
    return f"{x:,.12g}"


def save(figure, path):
    """Write a figure as PNG, atomically."""
    data = io.BytesIO()
    figure.savefig(data, format="png")
    write_whole(path, data.getvalue())


def text(value):
    """Format a value for a table: numbers to three digits, NaN as an empty string."""
    if value is None or isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1e4 else f"{value:.0f}"
    return str(value)


def print_table(rows, title=None):
    """Print dicts as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for name in rows[0]:
        number = isinstance(rows[0][name], int | float)
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(text(value) for value in row.values()))
    # A table is never cut to the width of the terminal, which would drop numbers.
    width = Console(width=10_000).measure(table).maximum
    Console(width=max(Console().width, width)).print(table)


def print_values(values, title=None):
    """Print a dict as a table of two columns."""
    rows = [{"": name, "value": text(value)} for name, value in values.items()]
    print_table(rows, title)


def markdown(rows):
    """Dicts as a Markdown table."""
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[text(value) for value in row.values()] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def page(path, title, lead, sections, notes=()):
    """Write a self-contained HTML page with figures and tables.

    Parameters
    ----------
    path : path_like
        The HTML file.
    title, lead : str
        Heading, and the sentence below it.
    sections : list of dict
        Each has a ``title`` and optionally ``text``; ``figure``, the path of a PNG
        file; ``rows``, a table as a list of dicts; ``command``, the command line that
        makes the section.
    notes : list of str, optional
        Lines at the end: versions, machine.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("nengo_lmu"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["text"] = text
    environment.filters["inline_png"] = _inline_png
    environment.tests["number"] = lambda value: isinstance(value, int | float)
    template = environment.get_template("report.html")
    page = template.render(title=title, lead=lead, sections=sections, notes=notes)
    write_whole(path, page)


def _inline_png(path):
    with open(path, "rb") as file:
        return "data:image/png;base64," + base64.b64encode(file.read()).decode()
