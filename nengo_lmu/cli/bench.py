"""``nengo-lmu bench NAME``: comparisons with peers and with publications."""

import click

from nengo_lmu.cli import options


@click.group(cls=options.Commands)
def bench():
    """Compare error and speed with peers and with publications.

    \b
    Examples:
      nengo-lmu bench accuracy
      nengo-lmu bench delay-network --backend loihi --out out/loihi
    """


@bench.command()
@options.workers
@options.out("out/accuracy")
def accuracy(out, workers):
    """Error of the window beside that of the peers' recipe in nengo.

    \b
    Example:
      nengo-lmu bench accuracy
    """
    from nengo_lmu.experiments.accuracy.run import run

    run(out, workers=workers)


@bench.command()
@options.out("out/simulator")
def simulator(out):
    """Time of a step on the compiled backend, nengo.Simulator, and others.

    \b
    Example:
      nengo-lmu bench simulator
    """
    from nengo_lmu.experiments.simulator.run import run

    run(out)


@bench.command()
@options.out("out/emulator")
def emulator(out):
    """Time of a step on the compiled emulator of Loihi and on nengo-loihi's.

    \b
    Example:
      nengo-lmu bench emulator
    """
    from nengo_lmu.experiments.emulator.run import run

    run(out)


@bench.command()
@options.out("out/build")
def build(out):
    """Time to build a memory, beside nengo's EnsembleArray.

    \b
    Example:
      nengo-lmu bench build
    """
    from nengo_lmu.experiments.build_time.run import run

    run(out)


@bench.command()
@click.option(
    "--backend",
    default="nengo",
    show_default=True,
    help="nengo, loihi (emulator), nengo-loihi, or analog (mismatched neurons).",
)
@options.trials(5, "Networks, each with the ten signals.")
@click.option(
    "--effects",
    is_flag=True,
    help="Also measure the effect of each choice; on analog, of the mismatch.",
)
@options.workers
@options.out("out/delay-network")
def delay_network(out, effects, **settings):
    """Error of a window of 0.1 s in 384 LIF neurons, as on Braindrop and Loihi.

    Writes results.csv and table.json; with --effects, effects.csv and effects.png too
    (on analog mismatch.csv and mismatch.png), in some minutes for each trial. A run
    that was stopped goes on when the same command is given again.

    \b
    Examples:
      nengo-lmu bench delay-network --backend loihi --out out/loihi
      nengo-lmu bench delay-network --backend analog --effects --trials 2
    """
    from nengo_lmu.experiments.delay_network.run import run

    run(out, **settings)
    if effects:
        from nengo_lmu.experiments.delay_network.effects import run_effects

        run_effects(out, **settings)


@bench.command()
@options.orders("6,12")
@click.option(
    "--seconds", type=float, default=60.0, show_default=True, help="Simulated time."
)
@options.trials(3, "Seeds.")
@options.workers
@options.out("out/chip-size")
def chip_size(out, **settings):
    """Error, synapses and cores of a memory on Loihi against its neurons.

    One dense loop, loops of a core or a few each, a loop through decode neurons.
    Writes results.csv, table.csv and chip-size.png. A run that was stopped goes on when
    the same command is given again.

    \b
    Example:
      nengo-lmu bench chip-size --orders 6 --out out/chip-size
    """
    from nengo_lmu.experiments.chip_size.run import run

    run(out, **settings)


@bench.command()
@options.quick
@options.seed
@options.workers
@options.out("out/capacity")
def capacity(out, **settings):
    """Error of five delays of up to 100,000 steps, without training.

    Writes results.csv, table.csv and capacity.png. A run that was stopped goes on when
    the same command is given again.

    \b
    Example:
      nengo-lmu bench capacity --quick
    """
    from nengo_lmu.experiments.capacity.run import run

    run(out, **settings)


@bench.command()
@options.data
@options.quick
@options.seed
@options.out("out/ablation")
def ablation(out, **settings):
    """Error of delays, and of digits with --data, of other linear systems.

    Writes table.csv and ablation.png.

    \b
    Example:
      nengo-lmu bench ablation --data mnist.npz
    """
    from nengo_lmu.experiments.ablation.run import run

    run(out, **settings)


@bench.command()
@click.argument("directory", type=click.Path())
@options.data
@click.option(
    "--images",
    "n_images",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="First images of the test data.",
)
@options.workers
def psmnist(directory, **settings):
    """Accuracy of psMNIST in spikes against the neurons of the memory.

    DIRECTORY is the output of `nengo-lmu train psmnist`. Writes curve.csv and curve.png
    into it.

    \b
    Example:
      nengo-lmu bench psmnist out/psmnist --data mnist.npz
    """
    from nengo_lmu.experiments.psmnist.run import run

    run(directory, **settings)
