"""The figure of the ablation."""

import numpy as np

from nengo_lmu import report


def draw(curves, noise):
    """The errors of each system against the delay, without and with noise."""
    titles = "Exact state", f"Noise of {noise:.0%} in the state"
    with report.style():
        figure, axes = report.subplots(1, 2, size=(12, 4.4), sharey=True)
        for k, (ax, title) in enumerate(zip(axes[0], titles, strict=True)):
            for (name, errors), color in zip(curves.items(), report.CYCLE, strict=True):
                delays = np.linspace(0, 1, errors.shape[1])
                ax.plot(delays, errors[k], color=color, label=name)
            ax.set(title=title, xlabel="delay (parts of T)", yscale="log")
        axes[0, 0].set_ylabel("mean square error")
        axes[0, 1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
        return figure
