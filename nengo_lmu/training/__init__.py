"""Training with NengoDL. This is the only room that imports TensorFlow."""

from nengo_lmu.training.theta import TrainableMemory
from nengo_lmu.training.train import train
from nengo_lmu.training.watch import DivergedError

__all__ = ["DivergedError", "TrainableMemory", "train"]
