"""The figure of the simulators."""

from nengo_lmu import report

KINDS = ("nengo", "nengo-ocl", "nengo-dl", "compiled", "float32", "threads", "floor")
LABELS = {
    "nengo": "nengo.Simulator",
    "nengo-ocl": "nengo-ocl on pocl",
    "nengo-dl": "nengo-dl",
    "compiled": "nengo_lmu.Simulator",
    "float32": "nengo_lmu.Simulator, 32 bits",
    "threads": "nengo_lmu.Simulator, all threads",
    "floor": "floor: only drawing the spikes\nand adding up their decoders",
}


def draw(rows):
    """Time of a step against the number of neurons, a panel a network."""
    names = list(dict.fromkeys(row["network"] for row in rows))
    with report.style():
        figure, axes = report.subplots(2, 3, size=(12, 7), sharex=True, sharey=True)
        axes = axes.ravel()
        for ax, name in zip(axes, names, strict=False):
            for key, color in zip(KINDS, report.CYCLE, strict=False):
                points = [
                    (row["neurons"], row[f"{key}, us"])
                    for row in rows
                    if row["network"] == name
                    and isinstance(row[f"{key}, us"], int | float)
                ]
                if not points:
                    continue
                floor = {"color": report.INK, "linestyle": "--", "linewidth": 1.2}
                line = {"color": color, "marker": "o", "markersize": 4}
                ax.plot(
                    *zip(*points, strict=True),
                    label=LABELS[key],
                    **(floor if key == "floor" else line),
                )
            ax.set_title(name)
            report.logarithmic(ax)
        for ax in axes[2:5]:
            ax.set_xlabel("neurons")
            ax.tick_params(labelbottom=True)
        for ax in axes[::3]:
            ax.set_ylabel("time of a step in µs")
        lines = {line.get_label(): line for ax in axes for line in ax.lines}
        labels = [label for label in LABELS.values() if label in lines]
        for ax in axes[len(names) :]:
            ax.axis("off")
        axes[-1].legend(
            [lines[label] for label in labels], labels, loc="center left", fontsize=12
        )
    return figure
