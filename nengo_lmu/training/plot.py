"""Figure of the history of a training."""

from nengo_lmu import report


def draw(history):
    """Plot the loss, and the accuracy if there is one, against the epochs.

    Parameters
    ----------
    history : list of dict
        Rows with ``epoch``, ``loss`` and optionally ``val_loss``, ``val_accuracy``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

    epochs = [row["epoch"] for row in history]
    classes = "val_accuracy" in history[0]
    with report.style():
        figure, axes = report.subplots(1, 1 + classes, size=(6 + 5 * classes, 4))
        loss = axes[0, 0]
        for name, label in (("loss", "training"), ("val_loss", "validation")):
            if name in history[0]:
                values = [row[name] for row in history]
                loss.plot(epochs, values, "o-", ms=3, label=label)
        loss.set(yscale="log", xlabel="epoch", ylabel="loss")
        loss.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        loss.yaxis.set_major_formatter("{x:g}")
        loss.yaxis.set_minor_locator(NullLocator())
        loss.legend()
        if classes:
            error = axes[0, 1]
            values = [100 * (1 - row["val_accuracy"]) for row in history]
            error.plot(epochs, values, "o-", ms=3, color=report.CYCLE[1])
            error.set(xlabel="epoch", ylabel="validation error (%)", ylim=(0, None))
        for ax in axes[0]:
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        return figure
