"""The error of the delay network, measured as in the thesis."""

import nengo
import numpy as np

from nengo_lmu import backends
from nengo_lmu.design.recorded_spikes import behind_lowpass
from nengo_lmu.design.synapses import correct_lead, map_to_synapse
from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.evaluation.intervals import interval
from nengo_lmu.experiments.chip_size.run import count_synapses
from nengo_lmu.experiments.delay_network import data as task
from nengo_lmu.experiments.delay_network.data import DT, ORDER, THETA
from nengo_lmu.experiments.memory_run import run_network
from nengo_lmu.theory.legendre import state_space

READOUT_TAU = 0.02


def errors_of(make, backend, signals, seed, **options):
    """NRMSE of a memory on some signals, a list; arguments are those of `runs_of`."""
    runs = runs_of(make, backend, signals, seed, **options)
    return [run["nrmse"] for run in runs]


def runs_of(make, backend, signals, seed, **options):
    """Run a memory on some signals.

    Parameters
    ----------
    make : callable
        Makes the memory within a network.
    backend : str
    signals : iterable of int
        Seeds of signals.
    seed : int
        Of network and simulator.
    **options
        Those of the simulator.

    Returns
    -------
    list of dict
        For each signal ``nrmse``, ``spike_rate`` (a second, of all neurons), and the
        ``synapses`` between neurons and ``input_lines`` of spikes of a chip; elsewhere
        each neuron reaches each, and the input is a number.
    """
    with nengo.Network(seed=seed) as network:
        source = nengo.Node([0.0])
        memory = make()
        nengo.Connection(source, memory.input, synapse=None)
    network = memory.laid_out(network)
    settings = {"backend": backend, "dt": DT, "seed": seed, **options}
    probes, n_values = list(memory.probes), len(memory.probes)
    probes += memory.spikes or memory.probes
    runs = []
    for u in map(task.task_signal, signals):
        source.output = nengo.processes.PresentInput(u[:, None], DT)
        found = run_network(network, probes, len(u), **settings)
        decoded = memory.decoded(found.data[:n_values])
        n_spikes = DT * sum(np.sum(spikes) for spikes in found.data[n_values:])
        run = {
            "nrmse": _nrmse(read_out(memory, decoded, u), u),
            "spike_rate": float(n_spikes) / (len(u) * DT),
            "synapses": task.N_NEURONS**2,
            "input_lines": 0,
        }
        if backends.find(backend).chip:
            run["synapses"] = count_synapses(found.model)
            run["input_lines"] = sum(i.n_neurons for i in found.model.inputs)
        runs.append(run)
    return runs


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
