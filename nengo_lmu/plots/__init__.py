"""Plots of memories on Matplotlib axes.

Each function takes the axes to draw on as ``ax`` and returns them. Without ``ax`` it
makes a figure in `style`, with a legend; call ``ax.legend()`` on axes of yours.
Matplotlib is imported when a function is called.
"""

from nengo_lmu.plots.neurons import predicted_error, raster, tuning_curves
from nengo_lmu.plots.windows import delay, error_over_delay, state, window
from nengo_lmu.report import CYCLE as COLORS
from nengo_lmu.report import style

__all__ = [
    "COLORS",
    "delay",
    "error_over_delay",
    "predicted_error",
    "raster",
    "state",
    "style",
    "tuning_curves",
    "window",
]
