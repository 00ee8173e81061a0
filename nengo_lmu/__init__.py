"""Legendre Memory Units in spiking neurons, for Nengo."""

from nengo_lmu.version import version as __version__

__all__ = ["__version__"]
