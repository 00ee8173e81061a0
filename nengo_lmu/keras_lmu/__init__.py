"""Layers that were trained with keras-lmu, from their files."""

from nengo_lmu.keras_lmu.layer import from_keras_lmu

__all__ = ["from_keras_lmu"]
