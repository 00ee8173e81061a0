"""Commands on memories: demo, window, scaling."""

import click

from nengo_lmu.cli import options


@click.command()
@options.out("out/demo")
@options.workers
def demo(out, workers):
    """Hold an electrocardiogram in spiking neurons; write report.html.

    \b
    Example:
      nengo-lmu demo --out out/demo
    """
    from nengo_lmu.experiments.demo import run_demo

    run_demo(out, workers=workers)


@click.command()
@options.file
@click.option("--rate", type=float, help="Sampling rate of a file of one column (Hz).")
@options.theta
@options.option("--order", 12, "Number of polynomials.", type=int)
@options.option("--neurons", 1200, "Number of neurons.", type=int)
@options.neuron_type("lif")
@options.backend()
@click.option("--seconds", type=float, help="Length to hold; all of it by default.")
@click.option(
    "--layout-from",
    help="Signal that the memory is designed for: FILE, or START:END of this file (s). "
    "By default the signal itself; the error is then in-sample.",
)
@options.seed
@options.out("out/window")
def window(file, out, **settings):
    """Hold the signal of FILE in spiking neurons and measure the error.

    FILE has one column (values; give --rate) or two (seconds, values).

    \b
    Examples:
      nengo-lmu window pressure.csv --rate 100 --theta 2 --order 16
      nengo-lmu window gait.csv --neuron-type poisson --neurons 6000 --out out/gait
      nengo-lmu window ecg.csv --order 48 --neurons 4800 --seconds 8 --layout-from 20:80
    """
    from nengo_lmu.experiments.window.run import run

    run(file, out, **settings)


@click.command()
@options.orders("2,4,8,16")
@options.option(
    "--neurons",
    "300:30000:5",
    "Numbers of neurons m, a list or first:last:count.",
    type=options.Integers(),
)
@options.trials(5, "Seeds of each combination.")
@options.neuron_type("poisson")
@options.backend("nengo-lmu")
@options.theta
@click.option(
    "--freq",
    help="Band of the noise (Hz), default 0.5/theta; or order, for order/(3 theta).",
)
@options.option(
    "--tolerance", 0.03, "Standard error at which a run ends, in parts.", type=float
)
@options.workers
@click.option(
    "--scheduler",
    help="Address of the scheduler of a Dask cluster that does the runs in place of "
    "local workers: tcp://host:8786.",
)
@options.seed
@options.out("out/scaling")
def scaling(orders, neurons, out, **settings):
    """Measure error, time and memory against order and neurons; fit exponents.

    Writes results.csv, exponents.csv, scaling.md and scaling.png. A sweep that was
    stopped goes on when the same command is given again.

    \b
    Examples:
      nengo-lmu scaling --orders 2,4,8,16 --neurons 300:30000:5 --trials 5
      nengo-lmu scaling --neurons 1e2:1e6:9 --scheduler tcp://10.0.0.1:8786
      nengo-lmu scaling --neuron-type regular --backend nengo --out out/regular
    """
    from nengo_lmu.experiments.scaling.run import run

    run(orders, neurons, out, **settings)
