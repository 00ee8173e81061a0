"""Training with NengoDL. No other package of nengo-lmu imports TensorFlow."""

from nengo_lmu.training.progress import DivergedError
from nengo_lmu.training.theta import TrainableMemory
from nengo_lmu.training.train import train

__all__ = ["DivergedError", "TrainableMemory", "train"]
