"""Tables of tasks: psMNIST, heart waves, spoken digits, Mackey-Glass, functions."""

from result_files import CHIP, RESULTS

from nengo_lmu.data.heart_waves import WAVES
from nengo_lmu.files import group_rows, read_table

BACKENDS = {"rates": "rates", "nengo-lmu": "nengo-lmu", "loihi": "emulator"}
HEART = (
    ("memory neurons", "memory_neurons", 0),
    ("hidden units", "hidden_neurons", 0),
    ("memory spikes a step", "memory_spikes", 0),
    ("hidden spikes a step", "hidden_spikes", 0),
    ("joules a second", "joules_per_s", 4),
)


def trainers():
    """psMNIST by both trainers."""
    return [
        {
            "": {"jax": "JAX", "nengo-dl": "NengoDL"}[row["trainer"]],
            "accuracy on validation images": f"{row['validation_accuracy']:.2f} %",
            "seconds an epoch": f"{row['seconds'] / row['epochs']:.1f}",
            "processor time of all": f"{row['processor_seconds']:.0f} s",
        }
        for row in read_table(RESULTS / "trainers.csv")
    ]


def heart_waves():
    """Waves of the heart: accuracy, neurons, spikes and energy."""
    rows = []
    for row in read_table(RESULTS / "heart-waves.csv"):
        spiking = row["backend"] != "rates"
        many = row["seeds"] > 1
        rows.append(
            {
                "": BACKENDS[row["backend"]],
                "hidden layers": "spiking" if spiking else "rates",
                "memories": row["memory"],
                "seeds": row["seeds"],
                "test sequences": row["sequences"],
                "accuracy": f"{row['accuracy']:.2f} %"
                + (f" ({row['low']:.2f} to {row['high']:.2f})" if many else ""),
                "standard error": f"{row['error']:.2f}",
                "rates on the same": f"{row['rates']:.2f} %" if spiking else "",
                "labelled": f"{row['labelled']:.2f} %",
                **{
                    title: f"{row[name]:,.{digits}f}" if spiking else ""
                    for title, name, digits in HEART
                },
            }
        )
    return rows


def heart_waves_parts():
    """Waves of the heart without spikes: accuracy and onset of each wave."""
    row = read_table(RESULTS / "heart-waves.csv")[0]
    onsets = {name: f"{row[f'onset {name} (ms)']:.0f} ms" for name in WAVES}
    return [
        {"": "accuracy"} | {name: f"{row[name]:.1f} %" for name in WAVES},
        {"": "error of the onset (median)"} | onsets,
    ]


def spoken_digits():
    """Spoken digits: spikes, noise, and speakers left out."""
    rows = []
    for row in read_table(RESULTS / "spoken-digits.csv"):
        measured = {
            name: _counts(row, "memory", "hidden", what)
            for name, what in (
                ("neurons of memories, hidden", "neurons"),
                ("spikes a second of memories, hidden", "spikes_per_s"),
            )
        }
        rows.append(
            {
                "": row["part"],
                "backend": row["backend"],
                "memories": row["memory"],
                "words": str(row["words"]),
                "accuracy": f"{row['accuracy']:.1f} %",
                "rates on the same": _or_dash(row["rates"], "{:.1f} %"),
                **measured,
                "joules a second": _or_dash(row["joules_per_s"], "{:.2g}"),
                "cores": _or_dash(row.get("cores", ""), "{}"),
            }
        )
    return rows


def _counts(row, first, second, what):
    """Two whole numbers of a row."""
    values = [row[f"{part}_{what}"] for part in (first, second)]
    return ", ".join(f"{value:,.0f}" for value in values) if "" not in values else "–"


def _or_dash(value, form):
    return "–" if value == "" else form.format(value)


def mackey_glass():
    """Prediction of the Mackey-Glass series."""
    return [
        {
            "model": row["model"],
            "weights": f"{row['weights']:,}",
            "NRMSE": f"{row['NRMSE %']:.2f}",
            "after the first window": f"{row['after a window %']:.2f}",
            "published": row["published %"],
            "test series × samples": f"{row['series']} × {row['samples']:,}",
            "memory spikes": f"{row['memory spikes']:,.0f}",
            "hidden spikes": f"{row['hidden spikes']:,.0f}",
        }
        for row in read_table(RESULTS / "mackey-glass.csv")
    ]


def delay_network():
    """The delay network: both recipes, and what they take."""
    names = {"loihi": "emulator", "nengo": "nengo"}
    return [
        {
            "": name,
            "recipe": row["recipe"],
            "signals": row["signals"],
            "NRMSE": "{nrmse_mean:.4f} ({ci95_low:.4f} to {ci95_high:.4f})".format(
                **row
            ),
            "thesis": row["thesis"],
            "spikes a second": f"{row['spike_rate']:,.0f}",
            "synapses": f"{row['synapses']:,.0f}",
            "input lines": f"{row['input_lines']:.0f}",
        }
        for backend, name in names.items()
        for row in read_table(CHIP / f"delay-network-{backend}.csv")
    ]


def outputs():
    """Functions of the window: mean error, and in brackets the expected one."""
    table = []
    for (name, n), rows in group_rows(
        read_table(RESULTS / "outputs.csv"), "function", "neurons"
    ).items():
        of = {row["memory"]: row for row in rows}
        bar = of["rectified"]["bar"]
        cells = {
            memory: f"{of[memory]['error']:.2g} ({of[memory]['expected']:.2g})"
            for memory in ("lif", "poisson", "regular", "rectified", "emulator")
        }
        products = [row["Product"] for row in rows if row["Product"] != ""]
        ends = f"{min(products):.2f} to {max(products):.2f}" if products else ""
        bar = "`add_delay` + 0.01" if name == "delay" else f"{bar:g}"
        table.append(
            {"function": name, "neurons": n, "bar": bar, **cells, "Product": ends}
        )
    return table


def capacity():
    """Five delays in windows of up to 100,000 steps."""
    return [
        {
            "memory": {"poisson": "Poisson"}.get(row["memory"], row["memory"]),
            "order": row["order"],
            "neurons": f"{row['neurons']:,}",
            "T (steps)": f"{row['T']:,}",
            "MSE": f"{row['MSE']:.2g}",
            "95 %": _unbroken(row["95 %"]),
            **{name: f"{row[name]:.2g}" for name in ("least", "largest")},
            "published, without spikes": _unbroken(row["published"]),
            "spikes": f"{row['spikes']:,.0f}",
        }
        for row in read_table(RESULTS / "capacity.csv")
    ]


def _unbroken(text):
    """Numbers with exponents, which a narrow column would break at their hyphens."""
    return text.replace("-", "\N{NON-BREAKING HYPHEN}")


def chip_orders():
    """Memories of higher orders on the emulator, in one chip."""
    signals = {"heart": "electrocardiogram", "noise": "noise"}
    table = []
    for row in read_table(CHIP / "chip-orders.csv"):
        measured = f"{row['nrmse']:.4f}"
        if row["signals"] > 1:
            ends = f"{row['least']:.4f} to {row['largest']:.4f}"
            measured += f" ({ends}; {row['signals']})"
        seconds = f"{row['seconds']:.0f} s"
        table.append(
            {
                "signal, form": f"{signals[row['signal']]}, {row['form']}, {seconds}",
                "order": row["order"],
                "window": f"{row['theta']:g} s",
                "neurons a dimension": row["n_each"],
                "NRMSE": measured,
                "last quarter": f"{row['nrmse_last']:.4f}",
                "predicted": f"{row['predicted']:.4f}",
                "cores": row["cores"],
                "synapses": f"{row['synapses']:,}",
            }
        )
    return table
