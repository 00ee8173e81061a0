"""LIF neurons in turn, and the rhythm that comes back to them: table, figure.

100 LIF neurons a dimension, 20 windows of noise to order / (3 theta). Writes
docs/results/lif-in-turn.csv and draws docs/images/lif-in-turn.png.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import nengo
import numpy as np

from nengo_lmu import design_memory, predict
from nengo_lmu.design import layout
from nengo_lmu.design.count_prediction import loop_gain
from nengo_lmu.design.interleaved import LIF_RATE, RHYTHM
from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.files import write_table
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.signals import white_noise

HERE = Path(__file__).parent
N, WINDOWS, RMS, SEEDS = 100, 20, 0.5, (301, 302, 303)
CASES = [(order, 1.0) for order in (6, 12, 18, 24, 26, 28, 32, 40)] + [(48, 4.0)]


def measure(order, theta, n_fast, seed):
    """One memory with so many faster lowpasses."""
    freq = order / (3 * theta)
    layout.N_FAST = n_fast
    layout._KNOWN.clear()
    design = design_memory(
        N * order,
        order,
        theta,
        neuron_type=nengo.LIF(),
        tuning="interleaved",
        freq=freq,
        rms=RMS,
        seed=seed,
    )
    seconds = WINDOWS * theta
    result = run_memory(
        lambda: SpikingMemory.from_design(design),
        white_noise(seconds, freq, RMS, seed=seed),
        seconds,
        backend="nengo-lmu",
        seed=seed,
    )
    rhythm = float(loop_gain(design, design.loops[0]).rhythm(LIF_RATE))
    return rhythm, float(result.nrmse), float(predict(design).nrmse)


def main():
    rows = []
    for order, theta in CASES:
        for n_fast in (0, 1, 2):
            runs = [measure(order, theta, n_fast, seed) for seed in SEEDS]
            rhythm, errors, predicted = map(np.array, zip(*runs, strict=True))
            row = {"order": order, "theta": theta, "lowpasses": 1 + n_fast}
            row |= {"rhythm": rhythm[0], "nrmse": float(np.mean(errors))}
            row |= {"largest": np.max(errors), "predicted": float(np.mean(predicted))}
            rows.append(row)
            print(row, flush=True)
    write_table(HERE / "results" / "lif-in-turn.csv", rows)
    draw(rows)


def draw(rows):
    """Error against the rhythm that comes back."""
    figure, ax = plt.subplots(figsize=(7.5, 4.6), constrained_layout=True)
    for n, marker in ((1, "o"), (2, "s"), (3, "D")):
        some = [row for row in rows if row["lowpasses"] == n]
        label = "one lowpass" if n == 1 else f"{n} lowpasses in parallel"
        ax.loglog(*np.transpose([[r["rhythm"], r["nrmse"]] for r in some]), marker)
        ax.lines[-1].set_label(label)
        for row in some:
            long = f" in {row['theta']:g} s" if row["theta"] != 1 else ""
            where = {"textcoords": "offset points", "xytext": (5, 4), "fontsize": 8}
            ax.annotate(f"{row['order']}{long}", (row["rhythm"], row["nrmse"]), **where)
    ax.axvline(RHYTHM, color="0.6", lw=0.8, ls="--", label="limit of the default")
    ax.set_xlabel("part of the neurons' rhythm that comes back in step")
    ax.set_ylabel("NRMSE of the window")
    ax.set_title("LIF neurons in turn; the numbers are orders")
    ax.legend()
    figure.savefig(HERE / "images" / "lif-in-turn.png", dpi=110)


if __name__ == "__main__":
    main()
