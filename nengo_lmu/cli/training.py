"""Commands on networks that are trained: train, evaluate."""

import click

from nengo_lmu.cli import options


@click.command()
@click.argument("name")
@options.data
@options.quick
@options.seed
@click.option("--out", help="Output directory; out/NAME by default.")
def train(name, out, **settings):
    """Train the network of a task NAME.

    The tasks are psmnist, mackey-glass, beats, heart-waves and spoken-digits.

    Writes model.npz, the history and figures. A training that was stopped goes on when
    the same command is given again.

    \b
    Examples:
      nengo-lmu train psmnist --data mnist.npz --out out/psmnist
      nengo-lmu train mackey-glass --quick
      nengo-lmu train heart-waves --data qtdb
    """
    from nengo_lmu.experiments.tasks import run_training

    run_training(name, f"out/{name}" if out is None else out, **settings)


@click.command()
@click.argument("directory", type=click.Path())
@options.backend()
@options.option("--memory", "ideal", "ideal (exact, without neurons) or spiking.")
@options.data
def evaluate(directory, **settings):
    """Run the network that was trained into DIRECTORY, its hidden layer in spikes.

    TensorFlow is not needed.

    \b
    Example:
      nengo-lmu evaluate out/psmnist --backend nengo-lmu --memory spiking
    """
    from nengo_lmu.experiments.tasks import run_evaluation

    run_evaluation(directory, **settings)


@click.command()
@click.argument("directory", type=click.Path())
@click.option("--file", type=click.Path(), help="WAV file; test words by default.")
@options.backend("nengo-lmu")
@options.data
@options.out("out/listen")
def listen(directory, out, **settings):
    """Recognize the spoken digits of a WAV file as a stream, in spikes.

    DIRECTORY is the output of `nengo-lmu train spoken-digits`. The recording may have
    any rate, mono or stereo, with pauses between its words. Writes words.csv and a
    figure.

    \b
    Example:
      nengo-lmu listen out/spoken-digits --data recordings --backend loihi
    """
    from nengo_lmu.experiments.spoken_digits.listen import listen

    listen(directory, out, **settings)
