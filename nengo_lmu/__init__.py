"""Legendre Memory Units in spiking neurons, for Nengo."""

from typing import TYPE_CHECKING

from nengo_lmu.design.decoders import NoiseAware
from nengo_lmu.design.designer import design_memory, redesign
from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.design.synapses import map_to_synapse
from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.evaluation.prediction import fewest_neurons, neurons_needed, predict
from nengo_lmu.keras_lmu import from_keras_lmu
from nengo_lmu.networks import LMU, IdealMemory, SpikingMemory
from nengo_lmu.nir import from_nir, to_nir
from nengo_lmu.theory.legendre import delay_readout, state_space
from nengo_lmu.version import version as __version__

if TYPE_CHECKING:
    from nengo_lmu.simulator import Simulator

__all__ = [
    "LMU",
    "IdealMemory",
    "MemoryDesign",
    "NoiseAware",
    "Simulator",
    "SpikingMemory",
    "__version__",
    "delay_readout",
    "design_memory",
    "fewest_neurons",
    "from_keras_lmu",
    "from_nir",
    "map_to_synapse",
    "neurons_needed",
    "predict",
    "redesign",
    "state_space",
    "to_nir",
    "window_nrmse",
]

if not TYPE_CHECKING:  # for a checker, other names are mistakes

    def __getattr__(name):
        """`Simulator`, imported when it is asked for: Numba takes a second to load."""
        if name == "Simulator":
            from nengo_lmu.simulator import Simulator

            return Simulator
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
