"""``nengo-lmu bench NAME``: comparisons with peers and with publications."""

from importlib import import_module

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


def comparison(name, *parameters, package=None, has_out=True):
    """Make the command ``bench NAME``, which calls ``run`` of an experiment.

    The decorated function is not called; its docstring is the help.
    """
    package = name.replace("-", "_") if package is None else package

    def add(function):
        def command(**settings):
            where = package if "." in package else f"{package}.run"
            module = import_module(f"nengo_lmu.experiments.{where}")
            module.run(**settings)

        command.__doc__ = function.__doc__
        own = [options.out(f"out/{name}")] if has_out else []
        for parameter in reversed([*parameters, *own]):
            command = parameter(command)
        return bench.command(name)(command)

    return add


@comparison("accuracy", options.workers)
def accuracy():
    """Error of the window: beside the peers' recipe, and by type, order and signal.

    White noise to order / (3 s) at orders 6 to 96, an electrocardiogram at orders 48
    and 96, and how the error falls with the neurons. Writes accuracy.csv, noise.csv,
    heartbeat.csv and exponents.csv. A run that was stopped goes on when the same
    command is given again.

    \b
    Example:
      nengo-lmu bench accuracy
    """


@comparison(
    "prediction",
    options.orders("2,6,12,24,48,96"),
    options.option(
        "--sizes", "50,200,800", "Neurons a dimension.", type=options.Integers()
    ),
    options.quick,
    options.workers,
)
def prediction():
    """Measured over predicted error, by neuron type, order, size and band.

    White noise to order / (3, 6 and 10 windows), seconds of an electrocardiogram that
    the layout did not see, and chains on a chip. The short runs come first. Writes
    results.csv, prediction.csv and prediction.png. A run that was stopped goes on when
    the same command is given again.

    \b
    Examples:
      nengo-lmu bench prediction --quick
      nengo-lmu bench prediction --orders 2,6,12,24 --sizes 50,200
    """


@comparison("outputs", options.workers)
def outputs():
    """Error of functions of the window beside nengo.networks.Product.

    Products, the RMS, the maximum and a delay, decoded from the memory, with the
    error that is expected of each. Writes results.csv and outputs.csv. A run that was
    stopped goes on when the same command is given again.

    \b
    Example:
      nengo-lmu bench outputs
    """


@comparison("robustness", options.trials(3, "Memories of each case."), options.workers)
def robustness():
    """Error of neurons that scatter, lose spikes, are noisy, or are disturbed.

    Neurons that take turns beside neurons drawn at random. Writes results.csv,
    robustness.csv and robustness.png. A run that was stopped goes on when the same
    command is given again.

    \b
    Example:
      nengo-lmu bench robustness
    """


@comparison(
    "stress",
    options.trials(3, "Signals of each input."),
    click.option(
        "--only",
        type=click.Choice(["events", "ranges"]),
        help="Bursts and the like, or inputs out of range throughout.",
    ),
    options.workers,
)
def stress():
    """Error under bursts, an offset, silence and other bands, and when it is back.

    And what memories say of inputs that are out of range throughout. Writes
    results.csv, stress.csv, ranges.csv, range.csv and false-alarms.csv. A run that was
    stopped goes on when the same command is given again.

    \b
    Example:
      nengo-lmu bench stress
      nengo-lmu bench stress --only ranges
    """


@comparison(
    "simulator",
    click.option(
        "--page",
        type=click.Path(exists=True, dir_okay=False),
        help="A page whose table is replaced, docs/simulator.md.",
    ),
)
def simulator():
    """Time of a step on the compiled backend, nengo.Simulator, and others.

    \b
    Examples:
      nengo-lmu bench simulator
      nengo-lmu bench simulator --page docs/simulator.md
    """


@comparison("emulator")
def emulator():
    """Time of a step on the compiled emulator of Loihi and on nengo-loihi's.

    \b
    Example:
      nengo-lmu bench emulator
    """


@comparison("build", package="build_time")
def build():
    """Time to build a memory, beside nengo's EnsembleArray.

    \b
    Example:
      nengo-lmu bench build
    """


@comparison("record")
def record():
    """Error, predicted error, speed and build time of this version, in a minute.

    Adds a row for each to benchmarks.csv, beside those of earlier versions and commits,
    and draws benchmarks.png. Speeds are ratios to nengo's in the same process, so that
    machines can be compared.

    \b
    Example:
      nengo-lmu bench record --out docs/results
    """


@comparison(
    "delay-network",
    options.backend(help="nengo, loihi (emulator), nengo-loihi, or analog neurons."),
    options.trials(5, "Networks, each with all twenty signals."),
    click.option("--effects", is_flag=True, help="Also the effect of each choice."),
    options.workers,
)
def delay_network():
    """Error of a window of 0.1 s in 384 LIF neurons, as on Loihi.

    Writes results.csv and table.csv; with --effects, effects.csv and effects.png too
    (on analog, against the mismatch of the neurons, mismatch.csv and mismatch.png), in
    some minutes for each trial. A run that was stopped goes on when the same command is
    given again.

    \b
    Examples:
      nengo-lmu bench delay-network --backend loihi --out out/loihi
      nengo-lmu bench delay-network --backend analog --effects --trials 2
    """


@comparison(
    "chip-size",
    options.orders("6,12"),
    options.seconds(60.0),
    options.trials(3, "Seeds."),
    options.workers,
)
def chip_size():
    """Error, synapses and cores of a memory on Loihi against its neurons.

    One dense loop, loops of a core or a few each, a loop through decode neurons, a
    chain.
    Writes results.csv, table.csv and chip-size.png. A run that was stopped goes on when
    the same command is given again.

    \b
    Example:
      nengo-lmu bench chip-size --orders 6 --out out/chip-size
    """


@comparison(
    "chip-orders",
    options.orders("6,12,24,32,64,128"),
    options.seconds(20.0),
    options.trials(3, "Signals of each order."),
    options.workers,
    package="chip_size.orders",
)
def chip_orders():
    """Error, synapses and cores of a memory on Loihi against its order.

    Chains beside dense loops, 100 neurons a dimension; chains of other numbers, over a
    minute, and on unseen seconds of an electrocardiogram. Writes results.csv,
    table.csv, chip-orders.png and chain.png. A run that was stopped goes on when the
    same command is given again.

    \b
    Example:
      nengo-lmu bench chip-orders --orders 6,12 --out out/chip-orders
    """


@comparison("capacity", options.quick, options.seed, options.workers)
def capacity():
    """Error of five delays of up to 100,000 steps, without training.

    Writes results.csv, table.csv and capacity.png. A run that was stopped goes on when
    the same command is given again.

    \b
    Example:
      nengo-lmu bench capacity --quick
    """


@comparison("ablation", options.data, options.quick, options.seed)
def ablation():
    """Error of delays, and of digits with --data, of other linear systems.

    Writes table.csv and ablation.png.

    \b
    Example:
      nengo-lmu bench ablation --data mnist.npz
    """


@comparison(
    "psmnist",
    click.argument("directory", type=click.Path()),
    options.data,
    options.images,
    click.option("--neuron", help="regular, balanced or poisson; all by default."),
    click.option(
        "--n-each", type=options.Integers(), help="Neurons for each dimension."
    ),
    options.workers,
    has_out=False,
)
def psmnist():
    """Accuracy of psMNIST in spikes against the neurons of the memory.

    DIRECTORY is the output of `nengo-lmu train psmnist`. Writes curve.csv and curve.png
    into it. A run that was stopped goes on when the same command is given again.

    \b
    Examples:
      nengo-lmu bench psmnist out/psmnist --data mnist.npz
      nengo-lmu bench psmnist out/poisson --neuron poisson --n-each 600,1200
    """


@comparison(
    "nir",
    options.option("--workers", 1, "Processes at a time.", type=click.IntRange(min=1)),
    click.option("--chains", is_flag=True, help="The ladder as a chain, too; slow."),
)
def nir():
    """Error of exported memories in readers of NIR, beside ours.

    A memory of order 6 and a ladder of order 12, 600 LIF neurons each, in Norse,
    snnTorch, SpikingJelly and Spyx, where they are installed, and on nengo-lmu by the
    time step. Writes results.csv, nir.csv and nir-steps.csv. A run that was stopped
    goes on when the same command is given again.

    \b
    Example:
      nengo-lmu bench nir
    """


@comparison(
    "heart-waves",
    options.data,
    options.option("--seeds", 5, "Trainings.", type=click.IntRange(min=1)),
    options.option(
        "--sequences", 141, "Test sequences in spikes.", type=click.IntRange(min=1)
    ),
    options.option(
        "--on-chip",
        4,
        "Sequences on the emulator, 0 for none.",
        type=click.IntRange(min=0),
    ),
    package="heart_waves.bench",
)
def heart_waves():
    """Accuracy of the waves of an electrocardiogram, in rates and in spikes.

    Trains with several seeds, and evaluates the first one with an exact and with
    spiking memories, and on the emulator of Loihi. Writes heart-waves.csv. A run that
    was stopped goes on when the same command is given again.

    \b
    Example:
      nengo-lmu bench heart-waves --data qtdb --out out/heart-waves
    """


@comparison("xylo", package="nir.xylo")
def xylo():
    """Error of a memory of order 6 in the arithmetic of SynSense's Xylo.

    Up to 1,000 neurons, weights of 8 bits, states of 16 bits. Writes xylo.csv.

    \b
    Example:
      nengo-lmu bench xylo
    """


@comparison("spoken-digits", options.data, package="spoken_digits.bench")
def spoken_digits():
    """Accuracy of spoken digits, in rates and in spikes, and of speakers left out.

    Also in noise at 20, 10 and 0 dB. Writes spoken-digits.csv. A run that was stopped
    goes on when the same command is given again.

    \b
    Example:
      nengo-lmu bench spoken-digits --data recordings --out out/spoken-digits
    """
