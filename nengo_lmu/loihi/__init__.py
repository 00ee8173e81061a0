"""Loihi: the chip's arithmetic, the layout of memories on it, its emulator."""

from nengo_lmu.loihi.chain import ChainDesign
from nengo_lmu.loihi.chip_design import chip_design
from nengo_lmu.loihi.dense import ChipDesign
from nengo_lmu.loihi.layout import LayoutNotice, lay_out

__all__ = [
    "ChainDesign",
    "ChipDesign",
    "LayoutNotice",
    "Simulator",
    "chip_design",
    "lay_out",
]


def __getattr__(name):
    """`Simulator`, imported when it is asked for: it needs nengo-loihi."""
    if name == "Simulator":
        from nengo_lmu.loihi.simulator import Simulator

        return Simulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
