"""The figure of the record: each figure over the versions."""

from nengo_lmu import report
from nengo_lmu.files import group_rows


def label(row):
    """Version and commit of a row, as the figure and the table name them."""
    return f"{row['version']}\n{row['commit']}".strip()


def draw(rows):
    """Draw rows of the record; versions in the order of the file.

    Returns
    -------
    matplotlib.figure.Figure
    """
    labels = list(dict.fromkeys(label(row) for row in rows))
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    with report.style():
        figure, axes = report.subplots(len(kinds), 1, size=(9, 2.3 * len(kinds)))
        for ax, kind in zip(axes[:, 0], kinds, strict=True):
            own = [row for row in rows if row["kind"] == kind]
            for (case,), found in group_rows(own, "case").items():
                x = [labels.index(label(row)) for row in found]
                ax.plot(x, [row["value"] for row in found], "o-", label=case)
            if "error" in kind:
                ax.set_yscale("log")
            else:
                ax.set_ylim(0, 1.15 * max(row["value"] for row in own))
            ax.set(title=kind, xlim=(-0.5, len(labels) - 0.5))
            ax.set_xticks(range(len(labels)), labels if ax is axes[-1, 0] else [])
            ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure
