"""What the model of a file takes of a board of Loihi chips, on one page."""

from pathlib import Path

from nengo_lmu import report
from nengo_lmu.experiments.model_file import load_model
from nengo_lmu.files import group_rows, write_json
from nengo_lmu.loihi.board import Board, read_board
from nengo_lmu.loihi.partition import partition

LIMITS = ("compartments", "input_axons", "output_axons", "synapse_bits")


def run_partition(file, out=None, *, board=None, dt=0.001, inference=None):
    """Print the report of a model, and write it.

    Parameters
    ----------
    file : path_like
        A Python file with a `nengo.Network` called ``model``, or the name of an
        example (`nengo_lmu.bundled`). It is executed.
    out : path_like, optional
        A JSON file with everything that `nengo_lmu.loihi.partition.Partition` holds.
        Nothing is written by default.
    board : path_like, optional
        A JSON file with a board, see `nengo_lmu.loihi.board`, or the name of one that
        comes with the package; by default one chip.
    dt, inference : float, optional
        Time step of the chip and seconds of one inference.

    Returns
    -------
    nengo_lmu.loihi.partition.Partition

    Raises
    ------
    ValidationError
        If the board cannot hold the model, after the report is printed and written.
    """
    board = read_board(board) if board else Board()
    model = load_model(file)
    result = partition(model, board, dt=dt, inference=inference)
    report.print_table(_limits(result), f"{Path(file).stem} on {board.name}")
    for rows, title in (
        (_quantization(result), "Quantization, all that comes into a block"),
        (result.memories, "Expected error"),
        ([result.totals], "Each second"),
    ):
        if rows:
            report.print_table(rows, title)
    print(f"On the host: {', '.join(result.host) or 'nothing'}")
    if out is not None:
        write_json(out, result.as_dict())
    result.check()
    return result


def _limits(result):
    """A row for each limit: the core that comes closest to it."""
    rows = []
    for limit in LIMITS:
        fullest = max(result.cores, key=lambda core: core[limit])
        allowed = getattr(result.board, limit)
        rows.append(_limit(limit, fullest[limit], allowed, fullest["block"]))
    chips = result.totals["chips"]
    rows.append(_limit("chips", chips, result.board.chips, "the network"))
    return rows


def _limit(limit, used, allowed, where):
    return {
        "limit": limit.replace("_", " "),
        "most used": used,
        "allowed": allowed,
        "used / allowed": used / allowed,
        "by": where,
    }


def _quantization(result):
    """A row for each block and kind of synapse; the report has one for each source."""
    groups = group_rows(result.connections, "block", "synapse")
    return [
        {
            "block": block,
            "synapse": synapse,
            "weights": sum(row["weights"] for row in rows),
            "zeros": sum(row["zeros"] for row in rows),
            "bits lost": max(row["bits_lost"] for row in rows),
            "largest error": max(row["weight_error"] for row in rows),
        }
        for (block, synapse), rows in groups.items()
    ]
