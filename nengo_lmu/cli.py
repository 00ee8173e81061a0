"""The command line: one thin command a verb.

A verb is a function here that turns options into one call of an experiment, which it
imports itself: ``nengo-lmu --help`` loads none of them. What is wrong is said in one
line, with exit code 2.
"""

import sys

import click
from nengo.exceptions import NengoException

from nengo_lmu.names import lookup
from nengo_lmu.version import version


class Commands(click.Group):
    """Commands whose errors are one line each, without a traceback."""

    def main(self, *args, **kwargs):
        kwargs["standalone_mode"] = False
        sys.exit(self._exit_code(*args, **kwargs))

    def _exit_code(self, *args, **kwargs):
        try:
            return super().main(*args, **kwargs) or 0
        except click.Abort:  # what click makes of Ctrl-C
            return _complain("stopped", 130)
        except click.ClickException as error:
            return _complain(error.format_message(), error.exit_code)
        except (NengoException, OSError) as error:
            return _complain(error, 2)

    def resolve_command(self, ctx, args):
        lookup("command", args[0], self.commands)
        return super().resolve_command(ctx, args)


def _complain(message, code):
    click.echo("nengo-lmu: " + " ".join(str(message).split()), err=True)
    return code


class Integers(click.ParamType):
    """``2,4,8`` or ``300:30000:5``: five values, equally spaced in the logarithm."""

    name = "list"

    def convert(self, value, param, ctx):
        try:
            if ":" in value:
                first, last, count = value.split(":")
                first, last, count = float(first), float(last), int(count)
                if not 0 < first <= last < 1e12 or count < 1:
                    raise ValueError
                ratio = (last / first) ** (1 / max(count - 1, 1))
                values = [round(first * ratio**k) for k in range(count)]
            else:
                values = [int(part) for part in value.split(",")]
            if min(values) < 1:
                raise ValueError
        except ValueError:
            self.fail(
                f"{value!r} is neither whole numbers above 0 (2,4,8) nor "
                "first:last:count (300:30000:5)",
                param,
                ctx,
            )
        return list(dict.fromkeys(values))


def _out(default):
    return click.option(
        "--out", default=default, show_default=True, help="Output directory."
    )


def _backend(default="nengo"):
    return click.option(
        "--backend",
        default=default,
        show_default=True,
        help="Simulator: nengo, nengo-lmu (compiled), loihi (emulator, compiled), "
        "nengo-loihi.",
    )


_workers = click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Runs at a time, each in a process of its own.",
)
_seed = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed."
)


@click.group(cls=Commands, invoke_without_command=True)
@click.version_option(version, prog_name="nengo-lmu")
@click.pass_context
def main(ctx):
    """Legendre Memory Units in spiking neurons, with a known error.

    \b
    nengo-lmu demo                          an electrocardiogram held in spikes
    nengo-lmu window my.csv --rate 100      your own signal
    nengo-lmu run models/delay.py           a model, with a figure of its probes
    nengo-lmu scaling --out out/scaling     the law of the error
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@main.command()
@_out("out/demo")
@_workers
def demo(out, workers):
    """An electrocardiogram in spiking neurons: report.html with figures and errors.

    \b
    Example:
      nengo-lmu demo --out out/demo
    """
    from nengo_lmu.experiments.demo import run_demo

    run_demo(out, workers=workers)


@main.command()
@click.argument("file", type=click.Path())
@click.option("--rate", type=float, help="Samples a second, for a file of one column.")
@click.option("--theta", type=float, default=1.0, show_default=True, help="Window (s).")
@click.option("--order", type=int, default=12, show_default=True, help="Polynomials.")
@click.option(
    "--neurons", type=int, default=1200, show_default=True, help="Number of neurons."
)
@click.option(
    "--neuron",
    default="lif",
    show_default=True,
    help="poisson, lif, regular, rectified, rate, ...",
)
@_backend()
@click.option("--seconds", type=float, help="How much of the file; all by default.")
@_seed
@_out("out/window")
def window(file, out, **settings):
    """Hold a signal of your own, from FILE, and say with what error.

    FILE has one column (values; give --rate) or two (seconds, values).

    \b
    Examples:
      nengo-lmu window pressure.csv --rate 100 --theta 2 --order 16
      nengo-lmu window gait.csv --neuron poisson --neurons 6000 --out out/gait
    """
    from nengo_lmu.experiments.window import run_window

    run_window(file, out, **settings)


@main.command()
@click.argument("file", type=click.Path())
@_backend()
@click.option(
    "--seconds", type=float, default=2.0, show_default=True, help="Simulated time."
)
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the network.")
@_out("out/run")
def run(file, backend, seconds, seed, out):
    """Run the model that FILE defines and draw what its probes recorded.

    FILE is a Python file with a nengo.Network called `model`, as the Nengo GUI opens
    it. Where it has no probe, its nodes and ensembles are probed.

    \b
    Examples:
      nengo-lmu run models/delay.py
      nengo-lmu run models/ecg_window.py --backend loihi --seconds 2
    """
    from nengo_lmu.experiments.run import run_model

    run_model(file, out, backend=backend, seconds=seconds, seed=seed)


@main.command()
@click.argument("file", type=click.Path())
@click.option(
    "--backend", default="nengo", show_default=True, help="nengo, nengo-lmu (compiled)."
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the server.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def gui(file, backend, port, no_browser):
    """Open the model that FILE defines in the Nengo GUI.

    As `nengo FILE` does, without the wait for TensorFlow where it is installed.

    \b
    Examples:
      nengo-lmu gui models/delay.py
      nengo-lmu gui models/delay.py --backend nengo-lmu
    """
    from nengo_lmu.gui import serve

    serve(file, backend=backend, port=port, browser=not no_browser)


@main.command()
@click.option(
    "--orders", type=Integers(), default="2,4,8,16", show_default=True, help="Orders d."
)
@click.option(
    "--neurons",
    type=Integers(),
    default="300:30000:5",
    show_default=True,
    help="Numbers of neurons m, a list or first:last:count.",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Seeds of each combination.",
)
@click.option(
    "--neuron",
    "neuron_name",
    default="poisson",
    show_default=True,
    help="poisson, lif, regular, rectified, rate, ...",
)
@_backend("nengo-lmu")
@click.option("--theta", type=float, default=1.0, show_default=True, help="Window (s).")
@click.option(
    "--freq", type=float, help="Band of the noise (Hz); 0.5/theta by default."
)
@click.option("--seconds", type=float, help="Simulated time; 3 theta by default.")
@_workers
@click.option(
    "--scheduler",
    help="Of a Dask cluster that does the runs in place of local workers: "
    "tcp://host:8786.",
)
@_seed
@_out("out/scaling")
def scaling(orders, neurons, out, **settings):
    """Error, time and memory against order and neurons, with fitted exponents.

    Writes results.csv, fit.json, scaling.md and scaling.png. A sweep that was stopped
    goes on when the same command is given again.

    \b
    Examples:
      nengo-lmu scaling --orders 2,4,8,16 --neurons 300:30000:5 --trials 5
      nengo-lmu scaling --neurons 1e2:1e6:9 --scheduler tcp://10.0.0.1:8786
      nengo-lmu scaling --neuron regular --backend nengo --out out/regular
    """
    from nengo_lmu.experiments.scaling.scaling import run_scaling

    run_scaling(orders, neurons, out, **settings)


@main.command()
@click.argument("sections", nargs=-1)
@_workers
@_out("out/bench")
def bench(sections, out, workers):
    """Error and speed side by side with what they replace; all SECTIONS by default.

    \b
    Examples:
      nengo-lmu bench
      nengo-lmu bench accuracy build
    """
    from nengo_lmu.experiments.bench.bench import run_bench

    run_bench(sections, out, workers=workers)


@main.command()
@click.argument("file", type=click.Path())
@click.option("--board", type=click.Path(), help="A board as JSON, see hardware/.")
@click.option("--inference", type=float, help="Seconds of one inference.")
@click.option("--out", type=click.Path(), help="JSON file of the whole report.")
def partition(file, board, inference, out):
    """What the model in FILE takes of a board of Loihi chips, without simulation.

    Exit code 2 if it does not fit, with the limit, by how much, and what to change.

    \b
    Examples:
      nengo-lmu partition models/delay.py
      nengo-lmu partition models/delay.py --board hardware/nahuku-32.json
    """
    from nengo_lmu.experiments.partition import run_partition

    run_partition(file, out, board=board, inference=inference)


_data = click.option("--data", type=click.Path(), help="File of the data, if any.")


@main.command()
@click.argument("name")
@_data
@click.option("--quick", is_flag=True, help="A small form of it, in seconds.")
@_seed
@click.option("--out", help="Output directory; out/NAME by default.")
def train(name, out, **settings):
    """Train NAME: psmnist, mackey-glass, capacity, ablation or beats.

    Writes model.npz, the history and figures. A training that was stopped goes on when
    the same command is given again.

    \b
    Examples:
      nengo-lmu train psmnist --data mnist.npz --out out/psmnist
      nengo-lmu train mackey-glass --quick
    """
    from nengo_lmu.experiments.trained.by_name import run_training

    run_training(name, f"out/{name}" if out is None else out, **settings)


@main.command()
@click.argument("directory", type=click.Path())
@_backend()
@click.option(
    "--memory",
    default="ideal",
    show_default=True,
    help="ideal (exact, without neurons) or spiking.",
)
@_data
def evaluate(directory, **settings):
    """Run what was trained into DIRECTORY, its hidden layer in spikes.

    TensorFlow is not needed.

    \b
    Example:
      nengo-lmu evaluate out/psmnist --backend nengo-lmu --memory spiking
    """
    from nengo_lmu.experiments.trained.by_name import run_evaluation

    run_evaluation(directory, **settings)


@main.group(cls=Commands)
def benchmark():
    """Published benchmarks, the published recipe beside ours.

    \b
    Example:
      nengo-lmu benchmark delay-network --backend loihi --out out/loihi
    """


@benchmark.command("delay-network")
@click.option(
    "--backend",
    default="nengo",
    show_default=True,
    help="nengo, loihi (emulator), nengo-loihi, or analog (mismatched neurons).",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Networks, each with the ten signals.",
)
@click.option(
    "--effects",
    is_flag=True,
    help="Also what each choice is worth; on analog, the error against mismatch.",
)
@_workers
@_out("out/delay-network")
def delay_network(out, effects, **settings):
    """A window of 0.1 s in 3 x 128 LIF neurons, as on Braindrop and Loihi.

    Writes results.csv and table.json; with --effects, effects.csv and effects.png too
    (on analog mismatch.csv and mismatch.png), in some minutes for each trial. A run
    that was stopped goes on when the same command is given again.

    \b
    Examples:
      nengo-lmu benchmark delay-network --backend loihi --out out/loihi
      nengo-lmu benchmark delay-network --backend analog --effects --trials 2
    """
    from nengo_lmu.experiments.delay_network.delay_network import run_delay_network

    run_delay_network(out, **settings)
    if effects:
        from nengo_lmu.experiments.delay_network.effects import run_effects

        run_effects(out, **settings)


@benchmark.command("psmnist")
@click.argument("directory", type=click.Path())
@_data
@click.option(
    "--images",
    "n_images",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="First images of the test data.",
)
@_workers
def psmnist_curve(directory, **settings):
    """Accuracy of psMNIST in spikes against the neurons of the memory.

    DIRECTORY is what `nengo-lmu train psmnist` wrote into; it gets curve.csv and
    curve.png.

    \b
    Example:
      nengo-lmu benchmark psmnist out/psmnist --data mnist.npz
    """
    from nengo_lmu.experiments.trained.psmnist_curve import run_curve

    run_curve(directory, **settings)


@benchmark.command("chip-size")
@click.option(
    "--orders", type=Integers(), default="6,12", show_default=True, help="Orders d."
)
@click.option(
    "--seconds", type=float, default=60.0, show_default=True, help="Simulated time."
)
@click.option(
    "--trials", type=click.IntRange(min=1), default=3, show_default=True, help="Seeds."
)
@_workers
@_out("out/chip-size")
def chip_size(out, **settings):
    """Error, synapses and cores of a memory on Loihi against its neurons.

    One dense loop, loops of a core or a few each, a loop through decode neurons.

    Writes results.csv, table.csv and chip-size.png. A run that was stopped goes on when
    the same command is given again.

    \b
    Example:
      nengo-lmu benchmark chip-size --orders 6 --out out/chip-size
    """
    from nengo_lmu.experiments.chip_size.chip_size import run_chip_size

    run_chip_size(out, **settings)
