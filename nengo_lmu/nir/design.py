"""The design of a memory for the neurons of NIR.

NIR's LIF neuron has no refractory time, and most readers set its voltage to zero at the
end of the step in which it passes the threshold. What it has beyond is dropped, so it
fires as a LIF neuron with a refractory time of half a step, and for such neurons the
decoders are solved.
"""

import warnings
from dataclasses import dataclass, replace

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.design.designer import design_memory
from nengo_lmu.design.drawn import Drawn
from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.design.steady import Steady
from nengo_lmu.design.strategies import LIF_DRAWN, SLOWEST_MEMBRANE, own_choices
from nengo_lmu.evaluation.prediction import predict
from nengo_lmu.names import level_of_caller
from nengo_lmu.nir.neurons import LOST, design_neurons, reader_neurons
from nengo_lmu.signals import resample

LONGEST_STEP = 2e-4
"""Longest step, in seconds, that costs little: intervals of few whole steps make rates
a staircase. At order 6 with 600 neurons 0.004, 0.006, 0.022 and 0.059 at 0.1, 0.2, 0.5
and 1 ms (docs/results/nir-steps.csv)."""

SETTLED = 5
"""Time constants of the synapse after which the neurons have their bias currents."""


class NIRNotice(UserWarning):
    """States what NIR cannot represent, and what that costs."""


@dataclass(frozen=True, eq=False, repr=False)
class NIRDesign(MemoryDesign):
    """A memory in neurons that NIR can represent; it runs on every backend of a CPU.

    Parameters
    ----------
    reset : {"zero", "subtract"}
        What the reader's neurons do at a spike.
    """

    reset: str = "zero"


def nir_design(design, dt=None, reset="zero"):
    """Design a memory again, from the same choices, in neurons of NIR.

    They are LIF neurons without a refractory time that start at rest, with a single
    recurrent lowpass. The network of the design errs as the exported graph does in a
    reader.

    Parameters
    ----------
    design : MemoryDesign
    dt : float, optional
        Time step of the reader, in seconds; that of the design by default.
    reset : {"zero", "subtract"}, optional
        Whether the reader's neurons are set to zero at a spike, as NIR defines it, or
        lose the threshold, as those of Spyx, Rockpool and Xylo.

    Returns
    -------
    NIRDesign

    Raises
    ------
    ValidationError
        If NIR has no such neurons or no such synapse.
    """
    checks.one_of(reset, tuple(LOST), "reset", NIRDesign)
    dt = design.dt if dt is None else checks.dt(dt, NIRDesign)
    if isinstance(design, NIRDesign) and (dt, reset) == (design.dt, design.reset):
        return design
    if not isinstance(design.synapse, nengo.Lowpass):
        allowed = "a lowpass, the only synapse of NIR's neurons"
        checks.fail("synapse", allowed, design.synapse, NIRDesign)
    given = design.choices
    tau_rc = _lif_of(given.neuron_type).tau_rc
    made = design_memory(
        **given.but_for(
            neuron_type=design_neurons(tau_rc, reset, dt),
            synapse=design.synapse,
            dt=dt,
            sample=_sample(given, dt),
            tuning=_tuning(given, tau_rc),
        )
    )
    return in_reader(made, reset)


def in_reader(made, reset):
    """The design with the neurons of a reader for those with the same rates."""
    kind = reader_neurons(made.neuron_type.tau_rc, reset)
    return NIRDesign(*parts_with(made, kind), reset=reset)


def parts_with(design, kind):
    """What a design consists of, with neurons of another type at the same tuning."""
    loops = []
    for loop in design.loops:
        populations = (replace(p, neuron_type=kind) for p in loop.populations)
        loops.append(replace(loop, populations=tuple(populations)))
    return design.choices, kind, design.expected, design.synapse, tuple(loops)


def notify(design, made, lost):
    """Warn of what a design in neurons of NIR lacks, and of what that costs.

    Parameters
    ----------
    design : MemoryDesign
    made : NIRDesign
    lost : list of str
        What else is lost.
    """
    lost = list(lost)
    if not isinstance(design.neuron_type, nengo.LIF):
        lost.append(f"{type(design.neuron_type).__name__} (LIF takes its place)")
    if _lif_of(design.neuron_type).tau_ref > 0:
        lost.append("the refractory time")
    if any(loop.fast for loop in design.loops):
        lost.append("lowpasses in parallel")
    lost.append("initial voltages")
    before, after = (predict(each).nrmse for each in (design, made))
    text = (
        f"NIR cannot represent {', '.join(lost)}: the expected error is {after:.2g} in "
        f"place of {before:.2g}, and the first {SETTLED * made.synapse.tau:.2g} s are "
        "lost, in which the bias currents arrive"
    )
    if made.dt > LONGEST_STEP:
        text += (
            f"; much of it comes from the step of {1000 * made.dt:g} ms: export with "
            "dt = 0.0001, and run the reader with that"
        )
    warnings.warn(text, NIRNotice, stacklevel=level_of_caller())


def _lif_of(kind):
    """The LIF type whose rates a neuron type has."""
    base = getattr(kind, "base_type", kind)
    if not isinstance(base, (nengo.LIF, nengo.LIFRate)) or hasattr(base, "tau_n"):
        allowed = "LIF or a type with its rates, such as LIFRate, for NIR"
        checks.fail("neuron_type", allowed, kind, NIRDesign)
    return base


def _tuning(choices, tau_rc):
    """The strategy for neurons that start together, and so cannot take turns."""
    if isinstance(choices.tuning, (Drawn, Steady)):
        return choices.tuning
    if own_choices(choices):
        return Drawn()
    slow = tau_rc > SLOWEST_MEMBRANE or choices.order >= LIF_DRAWN
    return Drawn() if slow else Steady()


def _sample(choices, dt):
    """The sample at another time step."""
    if choices.sample is None or dt == choices.dt:
        return choices.sample
    times = choices.dt * np.arange(len(choices.sample))
    columns = (resample(times, column, dt) for column in choices.sample.T)
    return np.column_stack(list(columns))
