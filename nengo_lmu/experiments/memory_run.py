"""Build networks, feed them with signals, and measure them; on any backend."""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter

import nengo
import numpy as np

from nengo_lmu import backends
from nengo_lmu.evaluation.error import window_nrmse, window_rmse
from nengo_lmu.evaluation.spikes import spike_counter
from nengo_lmu.networks.range_watch import ranges_of, watched

_NOTES = ContextVar("range_notes", default=None)


@contextmanager
def range_notes():
    """A list of what is seen of the range of memories, by `run_network`, meanwhile."""
    notes = []
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)


@dataclass
class NetworkRun:
    """Records of a simulation.

    Attributes
    ----------
    data : list of ndarray
        Recorded values (n_samples, size), one array for each probe.
    model : object
        Built model of the simulator.
    build_s, run_s : float
        Seconds of building the simulator, and of the simulation.
    """

    data: list
    model: object
    build_s: float
    run_s: float


def run_network(
    network,
    probes,
    n_steps,
    *,
    backend="nengo",
    dt=0.001,
    seed=0,
    more=None,
    **options,
):
    """Simulate a network.

    Parameters
    ----------
    network : nengo.Network
    probes : list of nengo.Probe
    n_steps : int
    backend : str, optional
        Name of a backend, see `nengo_lmu.backends`.
    dt : float, optional
        Time step in seconds.
    seed : int, optional
        Seed of the simulator.
    more : callable, optional
        Number of further steps, given the `NetworkRun` so far; 0 ends the run.
    **options
        Further arguments of the simulator.

    Returns
    -------
    NetworkRun
    """
    Simulator = backends.get(backend)
    begin = perf_counter()
    with fresh_build():
        simulator = Simulator(network, dt=dt, seed=seed, progress_bar=None, **options)
    with simulator:
        run = NetworkRun([], simulator.model, perf_counter() - begin, 0.0)
        while True:
            begin = perf_counter()
            simulator.run_steps(n_steps)
            run.run_s += perf_counter() - begin
            run.data = [np.array(simulator.data[probe]) for probe in probes]
            n_steps = 0 if more is None else more(run)
            if not n_steps:
                break
        if _NOTES.get() is not None:
            _NOTES.get().extend(ranges_of(simulator))
    return run


def play(values, target, dt):
    """Connect a node to ``target`` that outputs one of the ``values`` after the other.

    Parameters
    ----------
    values : (n,) or (n, size) array_like
    target : nengo.Node
    dt : float
        Seconds for which each value is held.

    Returns
    -------
    nengo.Node
    """
    values = np.reshape(np.asarray(values, dtype=float), (len(values), -1))
    source = nengo.Node(nengo.processes.PresentInput(values, dt), label="signal")
    nengo.Connection(source, target, synapse=None)
    return source


@dataclass
class MemoryRun:
    """Results of a run of one memory.

    Attributes
    ----------
    memory : nengo.Network
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
    raster : (n_steps, n_shown) ndarray or None
        Spikes of the first neurons of the first population.
    """

    memory: nengo.Network
    u: np.ndarray
    state: np.ndarray
    n_spikes: float
    build_s: float
    run_s: float
    dt: float
    raster: np.ndarray | None = None

    @property
    def nrmse(self):
        """NRMSE of the window, see `nengo_lmu.evaluation.error.window_nrmse`."""
        return window_nrmse(self.state, self.u, self.memory.theta, self.dt)

    @property
    def range(self):
        """Whether input and state were in range, see `networks.range_watch`."""
        return watched(self.memory.design, self.u, self.state)

    @property
    def rmse(self):
        """RMSE of the window, in units of the input."""
        return window_rmse(self.state, self.u, self.memory.theta, self.dt)


def run_memory(
    make_memory,
    signal,
    seconds,
    *,
    backend="nengo",
    dt=0.001,
    seed=0,
    n_shown=0,
    more=None,
):
    """Run a memory on a signal.

    Parameters
    ----------
    make_memory : callable
        Makes the memory network when called; its time is part of ``build_s``.
    signal : nengo.Process or (n_steps,) array_like
        Input of the memory, one value a time step; it begins again at its end.
    seconds : float
        Simulated time.
    backend : str, optional
        Name of a backend, see `nengo_lmu.backends`.
    dt : float, optional
        Time step, in seconds.
    seed : int, optional
        Seed of the whole network; the memory and the signal may have their own.
    n_shown : int, optional
        Neurons of the first population whose spikes are recorded.
    more : callable, optional
        Number of further seconds, given the `MemoryRun` so far; 0 ends the run.

    Returns
    -------
    MemoryRun
    """
    begin = perf_counter()
    with nengo.Network(seed=seed) as network:
        memory = make_memory()
        if isinstance(signal, nengo.Process):
            source = nengo.Node(signal, label="signal")
            nengo.Connection(source, memory.input, synapse=None)
        else:
            source = play(signal, memory.input, dt)
        spiking = [e.neurons for e in memory.all_ensembles if e.neuron_type.spiking]
        if hasattr(memory, "add_spike_count"):
            spiking = [memory] if spiking else []
        count = spike_counter(spiking, dt)
        probes = [nengo.Probe(of, synapse=None) for of in (source, memory.state, count)]
    if n_shown:
        with backends.quiet():
            network = backends.find(backend).lay_out(network)
        with network:
            probes.append(nengo.Probe(_first_neurons(network, n_shown)))
    made = perf_counter() - begin

    def of_memory(run):
        u, state, n_spikes, *raster = run.data
        return MemoryRun(
            memory=memory,
            u=u[:, 0],
            state=state,
            n_spikes=float(n_spikes[-1, 0]),
            build_s=made + run.build_s,
            run_s=run.run_s,
            dt=dt,
            raster=raster[0] > 0 if raster else None,
        )

    def more_steps(run):
        return 0 if more is None else round(more(of_memory(run)) / dt)

    settings = {"backend": backend, "dt": dt, "seed": seed, "more": more_steps}
    return of_memory(run_network(network, probes, round(seconds / dt), **settings))


def _first_neurons(network, n):
    """Some neurons of the first population of the memory in a network."""
    populations = (getattr(inner, "neurons", []) for inner in network.all_networks)
    neurons = next(found[0] for found in populations if found)
    # On a chip a population may be a part of an ensemble.
    first = neurons.slice.start or 0 if hasattr(neurons, "slice") else 0
    return getattr(neurons, "obj", neurons)[first : first + min(n, neurons.size_out)]


@contextmanager
def fresh_build():
    """Build without nengo's decoder cache, which would make its time meaningless.

    Warnings that every memory causes are silenced.
    """
    before = nengo.rc.get("decoder_cache", "enabled")
    nengo.rc.set("decoder_cache", "enabled", "False")
    try:
        with backends.quiet():
            yield
    finally:
        nengo.rc.set("decoder_cache", "enabled", before)
