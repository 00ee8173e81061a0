"""Nengo networks, one class a file."""

from nengo_lmu.networks.given_state import GivenState
from nengo_lmu.networks.ideal_memory import IdealMemory
from nengo_lmu.networks.lmu import FEED_FORWARD, LMU
from nengo_lmu.networks.spiking_memory import SpikingMemory
from nengo_lmu.networks.stack import Stack
from nengo_lmu.networks.to_spiking import to_spiking

__all__ = [
    "FEED_FORWARD",
    "LMU",
    "GivenState",
    "IdealMemory",
    "SpikingMemory",
    "Stack",
    "to_spiking",
]
