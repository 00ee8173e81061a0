"""Build one memory, drive it with a signal, and measure it; on any backend."""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import nengo
import numpy as np

from nengo_lmu import backends
from nengo_lmu.evaluation.error import window_nrmse, window_rmse


@dataclass
class MemoryRun:
    """What came out of a run.

    Attributes
    ----------
    memory : nengo.Network
        The memory that ran.
    u : (n_steps,) ndarray
        Its input.
    state : (n_steps, order) ndarray
        Its state, in Legendre coordinates.
    n_spikes : float
        Spikes of all its neurons; 0 for neurons that do not spike.
    build_s, run_s : float
        Seconds of building (network and simulator) and of simulation.
    dt : float
        Time step, in seconds.
    """

    memory: nengo.Network
    u: np.ndarray
    state: np.ndarray
    n_spikes: float
    build_s: float
    run_s: float
    dt: float

    @property
    def nrmse(self):
        """NRMSE of the window, see `nengo_lmu.evaluation.error.window_nrmse`."""
        return window_nrmse(self.state, self.u, self.memory.theta, self.dt)

    @property
    def rmse(self):
        """RMSE of the window, in units of the input."""
        return window_rmse(self.state, self.u, self.memory.theta, self.dt)


def run_memory(make_memory, signal, seconds, *, backend="nengo", dt=0.001, seed=0):
    """Run a memory on a signal.

    Parameters
    ----------
    make_memory : callable
        Makes the memory network when called; its time is part of ``build_s``.
    signal : nengo.Process or (n_steps,) array_like
        Input of the memory, one value a time step.
    seconds : float
        Simulated time.
    backend : str, optional
        Name of a backend, see `nengo_lmu.backends`.
    dt : float, optional
        Time step, in seconds.
    seed : int, optional
        Seed of the whole network; the memory and the signal may have their own.

    Returns
    -------
    MemoryRun
    """
    Simulator = backends.get(backend)
    if not isinstance(signal, nengo.Process):
        values = np.asarray(signal, dtype=float)[:, None]
        signal = nengo.processes.PresentInput(values, presentation_time=dt)
    begin = perf_counter()
    with nengo.Network(seed=seed) as network:
        memory = make_memory()
        source = nengo.Node(signal, label="signal")
        nengo.Connection(source, memory.input, synapse=None)
        u = nengo.Probe(source, synapse=None)
        state = nengo.Probe(memory.state, synapse=None)
        spikes = _spike_counter(memory, dt)
    with fresh_build():
        simulator = Simulator(network, dt=dt, seed=seed, progress_bar=None)
    with simulator:
        built = perf_counter()
        simulator.run_steps(round(seconds / dt))
        ended = perf_counter()
        return MemoryRun(
            memory=memory,
            u=np.array(simulator.data[u])[:, 0],
            state=np.array(simulator.data[state]),
            n_spikes=0.0 if spikes is None else float(simulator.data[spikes].sum()),
            build_s=built - begin,
            run_s=ended - built,
            dt=dt,
        )


def _spike_counter(memory, dt):
    """A probe of the spikes of all neurons in each step.

    One number a step: recording every neuron would need more memory than the network.
    """
    spiking = [e for e in memory.all_ensembles if e.neuron_type.spiking]
    if not spiking:
        return None
    total = nengo.Node(size_in=1, label="spikes in this step")
    for ensemble in spiking:
        # nengo's spikes have the height 1 / dt.
        transform = np.full((1, ensemble.n_neurons), dt)
        nengo.Connection(ensemble.neurons, total, transform=transform, synapse=None)
    return nengo.Probe(total, synapse=None)


@contextmanager
def fresh_build():
    """Build without nengo's decoder cache, which would make its time meaningless.

    Without warnings, too, that come with every memory and say nothing of this one: of
    merged Poisson populations, of what a chip rounds.
    """
    before = nengo.rc.get("decoder_cache", "enabled")
    nengo.rc.set("decoder_cache", "enabled", "False")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Extra state has been modified")
            warnings.filterwarnings("ignore", module="nengo_loihi")
            warnings.filterwarnings("ignore", "invalid value encountered in cast")
            yield
    finally:
        nengo.rc.set("decoder_cache", "enabled", before)
