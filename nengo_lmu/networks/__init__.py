"""Nengo networks, one class a file."""

from nengo_lmu.networks.ideal_memory import IdealMemory
from nengo_lmu.networks.lmu import LMU
from nengo_lmu.networks.spiking_memory import SpikingMemory

__all__ = ["LMU", "IdealMemory", "SpikingMemory"]
