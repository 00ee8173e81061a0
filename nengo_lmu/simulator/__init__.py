"""A compiled backend for Nengo: any network, the same interface, in Numba."""

from nengo_lmu.simulator.simulator import Simulator

__all__ = ["Simulator"]
