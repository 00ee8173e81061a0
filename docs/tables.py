"""Tables and figures of the documentation, from the files of results.

``python docs/tables.py`` writes the tables between ``<!-- begin NAME -->`` and
``<!-- end -->`` anew, from docs/results, and those of the reference from docstrings.
With ``--check`` it changes nothing and fails where a page and the results differ; so do
numbers of a paragraph or table behind ``<!-- figures: FILE ... -->`` that no value of
these files rounds to.
"""

import re
import sys
from functools import partial
from itertools import pairwise

from api_tables import API
from api_tables import table as api_table
from result_files import RESULTS, ROOT, error, read_rows
from task_tables import (
    capacity,
    chip_orders,
    delay_network,
    heart_waves,
    heart_waves_parts,
    mackey_glass,
    outputs,
    spoken_digits,
    trainers,
)

from nengo_lmu import report
from nengo_lmu.experiments.accuracy import bars
from nengo_lmu.experiments.prediction import run as grid
from nengo_lmu.experiments.record.plot import label
from nengo_lmu.experiments.scaling.tables import tables as scaling_tables
from nengo_lmu.experiments.stress.ranges import INPUTS
from nengo_lmu.files import group_rows, read_table

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

BLOCK = re.compile(r"(<!-- begin ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
FIGURES = re.compile(r"<!-- figures: (.+?) -->\n(.*?)(?:\n\s*\n|\Z)", re.DOTALL)
NUMBER = re.compile(r"(?<![\w.^-])\d[\d,]*\.\d+(?![\w.]*\d)")

N_RECORDED = 3
"""Columns of the record of benchmarks."""

NAMES = {
    "poisson": "Poisson (`LIFRate`)",
    "poisson-rectified": "Poisson (`RectifiedLinear`)",
    "lif": "LIF",
    "regular": "regular",
    "rectified": "rectified",
}
LONG = NAMES | {
    "lif": "`LIF`",
    "regular": "`RegularSpiking(LIFRate)`",
    "rectified": "`SpikingRectifiedLinear`",
}


def _accuracy(signal):
    rows = [r for r in read_table(RESULTS / "accuracy.csv") if r["signal"] == signal]
    return [row | {"seconds": str(row["seconds"])} for row in rows]


def _cell(key, value, errors):
    if key == "neuron":
        return NAMES[value]
    if key in errors:
        return error(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.2f}" if isinstance(value, float) else value


def _shown(rows, errors, *by):
    """Rows in the order of `NAMES`, then by columns; errors rounded."""
    order = list(NAMES)
    rows = sorted(rows, key=lambda r: (order.index(r["neuron"]), *(r[k] for k in by)))
    return [{k: _cell(k, v, errors) for k, v in row.items()} for row in rows]


def noise():
    """White noise by type and order."""
    long = [r for r in _accuracy("noise") if float(r["seconds"]) == bars.NOISE_SECONDS]
    rows = bars.noise_table(long)
    rows = [{k: v for k, v in row.items() if k != "spikes a second"} for row in rows]
    return _shown(rows, ("NRMSE", "predicted", "drawn"), "order", "a dimension")


def heartbeat():
    """The electrocardiogram on unseen seconds."""
    errors = "predicted", *(f"{a} to {b} s" for a, b in bars.MEASURED)
    return _shown(bars.heart_table(_accuracy("heartbeat")), errors, "order")


def exponents():
    """How the error falls with the neurons."""
    short = [
        r for r in _accuracy("noise") if float(r["seconds"]) == bars.EXPONENT_SECONDS
    ]
    errors = [f"{n} a dimension" for n in bars.SIZES]
    return _shown(bars.exponent_table(short), errors, "order")


def _of_peers(row, names=("neuron", "neurons")):
    """A row beside the peers' recipe, under two names."""
    return {
        names[0]: LONG[row["neuron"]],
        names[1]: f"{row['neurons']:,}",
        "nengo-lmu": error(row["ours"]),
        "peers' recipe": error(row["peers"]),
        "peers, our synapse": error(row["peers, our synapse"]),
    }


def peers():
    """Beside the peers' recipe."""
    return [
        _of_peers(row) | {"spikes a second": f"{row['spikes a second']:,}"}
        for row in read_table(RESULTS / "peers.csv")
    ]


def peers_short():
    """The same for the first page."""
    sizes, order = {"poisson": (600, 6000)}, list(NAMES)
    rows = [
        row
        for row in read_table(RESULTS / "peers.csv")
        if row["neurons"] in sizes.get(row["neuron"], (600, 9600))
    ]
    rows.sort(key=lambda row: order.index(row["neuron"]))
    return [_of_peers(row, ("Neurons", "")) for row in rows]


def demo():
    """The electrocardiogram of the demonstration."""
    rows = []
    for row in read_table(RESULTS / "demo.csv"):
        past = f"{row['nrmse_past']:.3f} ({row['nrmse_past_ideal']:.3f})"
        on_chip = row["backend"] == "loihi"
        rows.append(
            {
                "Neurons": "Loihi emulator" if on_chip else LONG[row["neuron"]],
                "": f"{row['neurons']:,}",
                "Order": row["order"],
                "against the ideal memory": f"{row['nrmse']:.3f}",
                "predicted": f"{row['nrmse_predicted']:.3f}",
                "against the true past (ideal memory)": past,
            }
        )
    return rows


def stress():
    """Unexpected inputs."""
    rows = []
    for row in read_table(RESULTS / "stress.csv"):
        chip = row["backend"] == "loihi"
        back = "never" if row["back"] == float("inf") else f"{row['back']:.1f}"
        rows.append(
            {
                "input": row["stress"],
                "neuron": NAMES[row["neuron"]] + (", emulator" if chip else ""),
                "error without": f"{row['before']:.4f}",
                "largest error": f"{row['largest']:.3f}",
                "windows until it is back": back,
            }
        )
    return rows


def ranges():
    """Inputs out of range: errors, and warnings."""
    rows = {name: {"input": name} for name in INPUTS}
    for row in read_table(RESULTS / "range.csv"):
        chip = row["backend"] == "loihi"
        name = NAMES[row["neuron"]] + (", emulator" if chip else "")
        after = f", {row['after']:.0f}" if row["warned"] else ""
        cell = f"{error(row['nrmse'])} ({row['warned']} of {row['trials']}{after})"
        rows[row["input"]][name] = cell
    return list(rows.values())


def false_alarms():
    """Warnings for inputs as designed."""
    return read_table(RESULTS / "false-alarms.csv")


def predictions():
    """Measured over predicted errors, by kind of memory."""
    rows = grid.summary(read_table(RESULTS / "prediction.csv"))
    return [
        {k: report.text(v) if isinstance(v, float) else v for k, v in row.items()}
        for row in rows
    ]


def predictions_by_size():
    """How many of them are close, by order and neurons a dimension."""
    rows = read_table(RESULTS / "prediction.csv")
    rows = [r for r in rows if r["signal"] == "noise" and r["target"] != "loihi"]
    table = []
    for (order,), some in group_rows(rows, "order").items():
        sizes = group_rows(some, "n_each")
        cells = {
            f"{n} a dimension": grid.closeness(sizes[n,])["within"]
            if (n,) in sizes
            else ""
            for n in grid.SIZES
        }
        table.append({"order": order} | cells)
    return sorted(table, key=lambda row: row["order"])


def benchmarks():
    """The record of benchmarks: the last commits, the newest first."""
    columns = {}
    for row in read_table(RESULTS / "benchmarks.csv"):
        figures = columns.setdefault(label(row).replace("\n", " "), {})
        figures[row["kind"], row["case"]] = row["value"]
    shown = list(columns)[: -N_RECORDED - 1 : -1]
    return [
        {"": kind, "memory": case}
        | {name: report.text(columns[name].get((kind, case))) for name in shown}
        for kind, case in columns[shown[0]]
    ]


def scaling():
    """Errors of the scaling sweeps, and their exponents."""
    rows = read_table(RESULTS / "scaling.csv")
    return scaling_tables(rows, read_table(RESULTS / "scaling-exponents.csv"))


TABLES = {
    "delay-network": delay_network,
    "capacity": capacity,
    "chip-orders": chip_orders,
    "mackey-glass": mackey_glass,
    "outputs": outputs,
    "benchmarks": benchmarks,
    "spoken-digits": spoken_digits,
    "scaling": scaling,
    "stress": stress,
    "range": ranges,
    "false-alarms": false_alarms,
    "heart-waves": heart_waves,
    "heart-waves-parts": heart_waves_parts,
    "noise": noise,
    "heartbeat": heartbeat,
    "exponents": exponents,
    "peers": peers,
    "peers-short": peers_short,
    "demo": demo,
    "trainers": trainers,
    "predictions": predictions,
    "predictions-by-size": predictions_by_size,
    **{f"api-{subject}": partial(api_table, subject) for subject in API},
}


def renewed(text):
    """A page with its tables written anew."""

    def table(found):
        name = found[2]
        if name not in TABLES:
            return found[0]  # of another command
        found_table = TABLES[name]()
        if not isinstance(found_table, str):
            found_table = report.markdown(found_table)
        return f"{found[1]}{found_table}{found[3]}"

    return BLOCK.sub(table, text)


def strays(text):
    """Numbers behind a ``figures`` mark that stand in none of its files."""
    found = []
    for files, part in FIGURES.findall(text):
        values = [
            value
            for name in files.split()
            for row in read_rows(ROOT / name)
            for value in row.values()
            if isinstance(value, float)
        ]
        for number in NUMBER.findall(part):
            decimals = len(number.split(".")[1])
            wanted = float(number.replace(",", ""))
            near = any(
                abs(v * unit - wanted) < 0.5001 * 10.0**-decimals
                for v in values
                for unit in (1, 100, 1000)
            )
            if not near:
                found.append((files, number))
    return found


def main():
    check = "--check" in sys.argv[1:]
    wrong = []
    for page in PAGES:
        text = page.read_text()
        new = renewed(text)
        wrong += [f"{page.name}: {number} ({file})" for file, number in strays(new)]
        if new != text:
            if check:
                changed = [a for a, b in pairwise(new.splitlines()) if a not in text]
                wrong.append(f"{page.name}: {' / '.join(changed[:3])}")
            else:
                page.write_text(new)
                print(page)
    if wrong:
        sys.exit("Not as in the results:\n" + "\n".join(wrong))


if __name__ == "__main__":
    main()
