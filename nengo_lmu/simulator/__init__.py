"""A backend for Nengo that runs any network in code compiled by Numba."""

from nengo_lmu.simulator.simulator import Simulator

__all__ = ["Simulator"]
