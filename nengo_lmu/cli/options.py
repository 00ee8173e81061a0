"""What the commands share: one-line errors, a type of argument, and options."""

import sys
import warnings

import click
from nengo.exceptions import NengoException

from nengo_lmu.names import lookup


class Commands(click.Group):
    """Commands whose errors and warnings are one line each, without a traceback."""

    def main(self, *args, **kwargs):
        kwargs["standalone_mode"] = False
        sys.exit(self._exit_code(*args, **kwargs))

    def _exit_code(self, *args, **kwargs):
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _in_a_line(warnings.showwarning)
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


def _in_a_line(show):
    """Show warnings of this package in a line each, and others as ``show`` does."""

    def showwarning(message, category, *where, **kwargs):
        if not category.__module__.startswith("nengo_lmu"):
            return show(message, category, *where, **kwargs)
        text = " ".join(str(message).split())
        return click.echo(f"nengo-lmu: warning: {text}", err=True)

    return showwarning


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


def option(name, default, help, **settings):
    """An option whose default is part of its help."""
    return click.option(name, default=default, show_default=True, help=help, **settings)


def out(default):
    """The option ``--out``."""
    return option("--out", default, "Output directory.")


def backend(default="nengo", help=None):
    """The option ``--backend``."""
    names = "nengo, nengo-lmu (compiled), loihi (emulator, compiled), nengo-loihi."
    return option("--backend", default, f"Simulator: {names}" if help is None else help)


def neuron_type(default):
    """The option ``--neuron-type``."""
    types = "poisson, lif, regular, rectified, rate, ..."
    return option("--neuron-type", default, f"Type of the neurons: {types}")


def orders(default):
    """The option ``--orders``."""
    return option("--orders", default, "Orders d.", type=Integers())


def seconds(default):
    """The option ``--seconds``."""
    return option("--seconds", default, "Simulated time.", type=float)


def trials(default, help):
    """The option ``--trials``."""
    return option("--trials", default, help, type=click.IntRange(min=1))


file = click.argument("file", type=click.Path())
theta = option("--theta", 1.0, "Window in seconds.", type=float)
workers = option("--workers", 2, "Processes at a time.", type=click.IntRange(min=1))
seed = option("--seed", 0, "Seed.", type=click.IntRange(min=0))
data = click.option(
    "--data", type=click.Path(), help="Data, if any: a file or a folder."
)
quick = click.option("--quick", is_flag=True, help="A small form of it, in seconds.")
images = click.option(
    "--images",
    "n_images",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Images of the test data.",
)
