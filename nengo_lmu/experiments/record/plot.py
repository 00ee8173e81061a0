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
        figure, axes = report.subplots(1, len(kinds), size=(3.6 * len(kinds), 4.2))
        for ax, kind in zip(axes[0], kinds, strict=True):
            for (case,), own in group_rows(
                [row for row in rows if row["kind"] == kind], "case"
            ).items():
                x = [labels.index(label(row)) for row in own]
                ax.plot(x, [row["value"] for row in own], "o-", label=case)
            ax.set(title=kind, yscale="log", xlim=(-0.5, len(labels) - 0.5))
            ax.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
            ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.45))
    return figure
