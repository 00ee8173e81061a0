"""The command line: one thin command a verb.

A command turns options into one call of an experiment, which it imports itself:
``nengo-lmu --help`` loads none of them. An error is one line, with exit code 2.
"""

import click

from nengo_lmu.cli.comparisons import bench
from nengo_lmu.cli.memories import demo, scaling, window
from nengo_lmu.cli.models import export, gui, partition, predict, run
from nengo_lmu.cli.options import Commands
from nengo_lmu.cli.training import evaluate, listen, train
from nengo_lmu.version import version


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
    nengo-lmu bench accuracy                the error beside that of peers
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for _command in (
    demo,
    window,
    run,
    gui,
    predict,
    partition,
    export,
    scaling,
    train,
    evaluate,
    listen,
    bench,
):
    main.add_command(_command)
