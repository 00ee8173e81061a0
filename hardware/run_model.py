"""Run the model of a Python file on a Loihi board.

    python hardware/run_model.py models/delay.py --board hardware/kapoho-bay.json

It needs Intel's NxSDK 0.9 beside ``pip install "nengo-lmu[loihi]"``, and goes the way
of nengo-loihi: the same network, built as for the emulator, on the cores of the board.
What the probes recorded is written to an ``.npz`` file, with the seconds of the steps.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from nengo.exceptions import NengoException, ValidationError

from nengo_lmu.experiments.model_file import load_model
from nengo_lmu.loihi import Simulator, compatibility
from nengo_lmu.loihi.board import Board, read_board
from nengo_lmu.loihi.partition import partition


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="defines a nengo.Network called model")
    parser.add_argument("--board", help="JSON file; one chip by default")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--out", type=Path, default=Path("board.npz"))
    arguments = parser.parse_args()
    try:
        run(arguments)
    except NengoException as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


def run(arguments):
    """Check that the model fits, run it and write what its probes recorded."""
    if not compatibility.load().hardware.HAS_NXSDK:
        raise ValidationError(
            "needs NxSDK 0.9, which is not installed: Intel gives it to members of its "
            "Neuromorphic Research Community, install it with pip; the emulator needs "
            "no board: nengo-lmu run FILE --backend loihi",
            attr="board",
        )
    model = load_model(arguments.file)
    board = read_board(arguments.board) if arguments.board else Board()
    partition(model, board).check()
    options = {"n_chips": board.chips}
    with Simulator(model, target="loihi", hardware_options=options) as simulator:
        simulator.run(arguments.seconds)
        recorded = {
            f"{i}_{probe.label or type(probe.target).__name__}": simulator.data[probe]
            for i, probe in enumerate(model.all_probes)
        }
        np.savez(arguments.out, seconds=simulator.trange(), **recorded)


if __name__ == "__main__":
    main()
