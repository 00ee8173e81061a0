"""Commands on the model that a file defines: run, gui, predict, partition, export."""

import click

from nengo_lmu.cli import options


@click.command()
@options.file
@options.backend()
@options.seconds(2.0)
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the network.")
@options.out("out/run")
def run(file, out, **settings):
    """Run the model of FILE and draw the data of its probes.

    FILE is a Python file with a nengo.Network called `model`, as the Nengo GUI opens
    it. If it has no probe, its nodes and ensembles are probed.

    \b
    Examples:
      nengo-lmu run models/delay.py
      nengo-lmu run models/ecg_window.py --backend loihi --seconds 2
    """
    from nengo_lmu.experiments.model_file import run_model

    run_model(file, out, **settings)


@click.command()
@options.file
@options.backend(help="nengo, nengo-lmu (compiled).")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: a free one.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def gui(file, backend, port, no_browser):
    """Open the model of FILE in the Nengo GUI.

    As `nengo FILE` does, without the wait for TensorFlow where it is installed.

    \b
    Examples:
      nengo-lmu gui models/delay.py
      nengo-lmu gui models/delay.py --backend nengo-lmu
    """
    from nengo_lmu.gui import serve

    serve(file, backend=backend, port=port, browser=not no_browser)


@click.command()
@options.file
@options.backend()
def predict(file, backend):
    """Print the expected errors of the memories of FILE, without a simulation.

    Against the ideal memory, of the ideal memory against the true past, and the whole,
    with the order that balances the two. FILE is a Python file with a nengo.Network
    called `model`, or the file of a design (.npz).

    \b
    Examples:
      nengo-lmu predict models/delay.py
      nengo-lmu predict models/delay.py --backend loihi
    """
    from nengo_lmu.experiments.model_prediction import run_prediction

    run_prediction(file, backend=backend)


@click.command()
@options.file
@click.option("--board", type=click.Path(), help="A board as JSON, see hardware/.")
@click.option("--inference", type=float, help="Seconds of one inference.")
@click.option("--out", type=click.Path(), help="JSON file of the whole report.")
def partition(file, out, **settings):
    """Report how much of a board of Loihi chips the model of FILE takes.

    Nothing is simulated. If the model does not fit, the exit code is 2, and the message
    gives the limit, by how much it is exceeded, and what to change.

    \b
    Examples:
      nengo-lmu partition models/delay.py
      nengo-lmu partition models/delay.py --board hardware/nahuku-32.json
    """
    from nengo_lmu.experiments.partition import run_partition

    run_partition(file, out, **settings)


@click.command()
@options.file
@click.option("--to", "path", required=True, help="The file to write, FILE.nir.")
@options.option(
    "--form", "dense", "Weights as one matrix, or factored.", type=click.STRING
)
@click.option("--dt", type=float, help="Time step of the reader, 0.0001 for most (s).")
@options.option(
    "--reset", "zero", "Reset of the reader's neurons: zero, subtract.", type=str
)
def export(file, path, **settings):
    """Export the memory of FILE to NIR, for other tools and chips.

    FILE is a Python file with a nengo.Network called `model` that has one
    SpikingMemory in LIF neurons, or one Stack or LMU that is trained and went through
    to_spiking; or the file of a design (.npz).

    \b
    Examples:
      nengo-lmu export model.py --to memory.nir --dt 0.0001
      nengo-lmu export design.npz --to memory.nir --form factored
    """
    from nengo_lmu.experiments.nir.export import run_export

    run_export(file, path, **settings)
