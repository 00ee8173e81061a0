"""Progress bar of a training, and a check of its loss."""

import math

from nengo.exceptions import NengoException
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


class DivergedError(NengoException):
    """The loss is NaN or infinite. The best weights until then are kept."""


class TrainingProgress:
    """Show the progress of a training, and stop it if the loss is NaN or infinite.

    Parameters
    ----------
    epochs, n_batches : int
        Epochs of the whole training, and batches per epoch.
    done : int
        Epochs that are already completed.
    show : bool
        Whether to show a progress bar.
    """

    def __init__(self, epochs, n_batches, done, show):
        self.n_batches, self.epoch = n_batches, done
        self.bar = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(),
            TextColumn("loss {task.fields[loss]:.4g}"),
            TimeRemainingColumn(),
            disable=not show,
        )
        self.task = self.bar.add_task(
            "training",
            total=epochs * n_batches,
            completed=done * n_batches,
            epoch=done + 1,
            loss=math.nan,
        )

    def end_batch(self, batch, loss):
        """Check and show the loss, the mean of the epoch so far."""
        self.check(loss, batch + 1)
        self.bar.update(self.task, advance=1, epoch=self.epoch + 1, loss=loss)

    def check(self, loss, batch):
        """Raise a DivergedError if the loss is NaN or infinite."""
        if not math.isfinite(loss):
            step = self.epoch * self.n_batches + batch
            raise DivergedError(
                f"the loss is {loss} at step {step} (epoch {self.epoch + 1}); the best "
                "weights until then are kept; try a lower learning rate"
            )
