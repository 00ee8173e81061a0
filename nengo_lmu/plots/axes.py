"""Axes of a figure of its own, for plots that are given none."""

from nengo_lmu import report


def axes_of(draw, ax, size=(7, 4)):
    """Call ``draw(ax)``, on new axes with a legend if ``ax`` is None.

    Parameters
    ----------
    draw : callable
        Draws on axes.
    ax : matplotlib.axes.Axes or None
    size : (float, float), optional
        Width and height of a new figure, in inches.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if ax is not None:
        draw(ax)
        return ax
    from matplotlib import pyplot

    with report.style():
        _, ax = pyplot.subplots(figsize=size, layout="constrained")
        draw(ax)
        if ax.get_legend_handles_labels()[0]:
            ax.legend()
    return ax
