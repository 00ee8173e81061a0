"""Additions to the Nengo GUI: a plot of a memory's window, and a faster start.

Whenever the GUI reads a model, it imports every simulator that it knows. One of them,
NengoDL, imports TensorFlow, which takes half a minute; `serve` excludes it.
"""

import webbrowser
from itertools import cycle

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.bundled import editable_model
from nengo_lmu.extras import import_extra
from nengo_lmu.names import lookup

COLORS = ("#d1495b", "#22303c", "#1f6f8b", "#e09f3e")
"""Colors of the curves of a plot."""

MODULES = {"nengo": "nengo", "nengo-lmu": "nengo_lmu"}
"""Modules in which the GUI looks for the ``Simulator`` of a backend."""

REDRAW = 0.02
"""Simulated time between two updates of a plot, in seconds."""


def window_plot(
    *memories: nengo.Network,
    limits: tuple[float, float] = (-1.0, 1.0),
    n_points: int = 60,
    label: str = "window",
) -> nengo.Node:
    """Add a node that plots the windows of memories in the Nengo GUI.

    The right edge is the present, the left edge is theta ago. The plot is an HTML view
    of the GUI; without the GUI the node has no effect. Call this function inside
    ``with model:``.

    Parameters
    ----------
    *memories : Memory
        `SpikingMemory` or `IdealMemory` with one channel; the first is drawn on top.
    limits : (float, float), optional
        Lowest and highest value of the plot.
    n_points : int, optional
        Number of samples of each curve.
    label : str, optional
        Label of the node.

    Returns
    -------
    nengo.Node
        Size ``len(memories) * n_points``.

    Examples
    --------
    >>> from nengo_lmu.gui import window_plot
    >>> with nengo.Network() as model:
    ...     memory = nengo_lmu.IdealMemory(order=6, theta=1.0)
    ...     window = window_plot(memory, limits=(-1, 1))
    """
    low, high = limits
    if not (checks.is_number(low) and checks.is_number(high) and low < high):
        checks.fail("limits", "a lower and a higher number", limits)
    x = np.linspace(98, 2, n_points).round(1)

    def height(values):
        return np.clip(58 - 56 * (values - low) / (high - low), 0, 60).round(1)

    zero = f'<path d="M2 {height(0):g}H98" stroke="#cbd2d9" stroke-width=".3"/>'

    def draw(t, values):
        if draw.drawn <= t < draw.drawn + REDRAW:
            return
        draw.drawn = t
        y = height(values).reshape(len(memories), n_points)
        curves = [_curve(c, x, curve) for c, curve in zip(cycle(COLORS), y)]
        draw._nengo_html_ = _svg([zero, *reversed(curves)])

    draw.drawn = -REDRAW
    draw._nengo_html_ = _svg([zero])
    node = nengo.Node(draw, size_in=len(memories) * n_points, label=label)
    for k, memory in enumerate(memories):
        points = node[k * n_points : (k + 1) * n_points]
        nengo.Connection(memory.add_window(n_points), points, synapse=None)
    return node


def _svg(shapes):
    return (
        '<svg width="100%" height="100%" viewBox="0 0 100 60" '
        'preserveAspectRatio="none"><rect width="100" height="60" fill="white"/>'
        f"{''.join(shapes)}</svg>"
    )


def _curve(color, x, y):
    points = " ".join(f"{a:g},{b:g}" for a, b in zip(x, y, strict=True))
    style = f'fill="none" stroke="{color}" stroke-width=".8"'
    return f'<polyline {style} points="{points}"/>'


def serve(file, *, backend="nengo", port=0, browser=True):
    """Open a model in the Nengo GUI, and return when its last page is closed.

    Parameters
    ----------
    file : path_like
        A Python file with a `nengo.Network` called ``model``. The GUI stores the layout
        in a file with the suffix ``.cfg``. For the name of an example
        (`nengo_lmu.bundled`) a copy is opened; "save as" keeps changes.
    backend : {"nengo", "nengo-lmu"}, optional
        The initial simulator; the settings of the GUI offer the others.
    port : int, optional
        Port of the server; a free one by default.
    browser : bool, optional
        Whether to open a browser. The address is always printed.

    Raises
    ------
    ValidationError
        If the file does not exist, or the GUI does not support the backend.
    MissingExtraError
        If nengo-gui is not installed.
    """
    module = lookup("backend", backend, MODULES)
    with editable_model(file) as path:
        _serve(path, module, port, browser)


def _serve(file, module, port, browser):
    nengo_gui = import_extra("nengo_gui", "gui")
    simulators = nengo_gui.exec_env.known_modules
    if "nengo_dl" in simulators:
        simulators.remove("nengo_dl")
    simulators.append("nengo_lmu")
    gui = nengo_gui.gui.InteractiveGUI(
        nengo_gui.guibackend.ModelContext(filename=str(file)),
        nengo_gui.guibackend.GuiServerSettings(("localhost", port)),
        nengo_gui.page.PageSettings(backend=module),
    )
    if browser:
        webbrowser.open(str(gui.server.get_url(token="one-time")))
    gui.start()
