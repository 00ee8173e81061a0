"""The error of the delay network, measured as in the thesis."""

import nengo
import numpy as np

from nengo_lmu.design.recorded_spikes import behind_lowpass
from nengo_lmu.design.synapses import correct_lead, map_to_synapse
from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.evaluation.intervals import interval
from nengo_lmu.experiments.delay_network import data as task
from nengo_lmu.experiments.delay_network.data import DT, ORDER, THETA
from nengo_lmu.experiments.memory_run import run_network
from nengo_lmu.theory.legendre import state_space

READOUT_TAU = 0.02


def errors_of(make, backend, signals, seed, **options):
    """NRMSE of a memory on some signals, a list.

    ``make`` makes the memory within a network, ``signals`` are seeds of signals,
    ``seed`` is that of network and simulator, ``options`` are those of the simulator.
    """
    with nengo.Network(seed=seed) as network:
        source = nengo.Node([0.0])
        memory = make()
        nengo.Connection(source, memory.input, synapse=None)
    network = memory.laid_out(network)
    settings = {"backend": backend, "dt": DT, "seed": seed, **options}
    errors = []
    for u in map(task.task_signal, signals):
        source.output = nengo.processes.PresentInput(u[:, None], DT)
        data = run_network(network, memory.probes, len(u), **settings).data
        errors.append(_nrmse(read_out(memory, memory.decoded(data), u), u))
    return errors


def read_out(memory, decoded, u):
    """State in Legendre coordinates, (n_steps, order), by discrete Principle 3.

    ``decoded`` (n_steps, order) is decoded from the spikes of the memory, and not
    filtered; ``u`` (n_steps,) is its input.
    """
    system = memory.realization.system(*state_space(ORDER, THETA))
    transforms = map_to_synapse(*system, READOUT_TAU, DT)
    recurrent, drive = correct_lead(*transforms, *system, memory.leads)
    pole = np.exp(-DT / READOUT_TAU)
    fed = decoded @ recurrent.T + u[:, None] @ drive.T
    x = behind_lowpass(fed, pole)
    return x @ memory.realization.inverse.T


def _nrmse(state, u):
    """From the first step on: the window is measured from theta on, so that long."""
    before = round(THETA / DT) - 1
    state = np.vstack([np.zeros((before, ORDER)), state])
    u = np.concatenate([np.zeros(before), u])
    return window_nrmse(state, u, THETA, DT, n_points=100, lag=0)


def by_signal(errors):
    """Errors on all the signals as columns of a table."""
    return dict(zip(task.BY_SIGNAL, errors, strict=True))


def summary(errors):
    """Mean and its 95 % interval, by bootstrap, as in the thesis."""
    names = "nrmse_mean", "ci95_low", "ci95_high"
    return dict(zip(names, interval(errors, "bootstrap"), strict=True))
