"""Loihi: the chip's arithmetic, the layout of a memory on it, its emulator."""


def __getattr__(name):
    """`Simulator`, imported when it is asked for: it needs nengo-loihi."""
    if name == "Simulator":
        from nengo_lmu.loihi.simulator import Simulator

        return Simulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
