"""Training, in JAX or with NengoDL. No other package imports TensorFlow."""

from nengo_lmu.training.progress import DivergedError
from nengo_lmu.training.train import train

__all__ = ["DivergedError", "TrainableMemory", "train"]


def __getattr__(name):
    """`TrainableMemory`, imported when it is asked for: it needs NengoDL."""
    if name == "TrainableMemory":
        from nengo_lmu.training.theta import TrainableMemory

        return TrainableMemory
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
