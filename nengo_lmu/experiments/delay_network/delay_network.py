"""The delay network of neuromorphic hardware: the published recipe and ours.

Source: A. R. Voelker, "Dynamical Systems in Spiking Neuromorphic Hardware", PhD thesis,
University of Waterloo 2019, section on neuromorphic hardware. A window of 0.1 s and
order 3 in 3 populations of 128 LIF neurons; 2 s of white noise to 3 Hz, of rms 1; what
is decoded from the spikes is read out through a lowpass of 20 ms by discrete
Principle 3, and its window compared at 100 delays, over all 2 s.
"""

import json
import warnings

import nengo
import numpy as np
from nengo.dists import Uniform
from nengo.processes import WhiteSignal
from nengo.solvers import LstsqL2
from scipy.linalg import solve_continuous_lyapunov
from scipy.special import chdtri

from nengo_lmu import backends, report
from nengo_lmu.design.responses import behind_lowpass
from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.experiments.delay_network.analog import AnalogMemory, undo_leads
from nengo_lmu.experiments.memory_run import fresh_build
from nengo_lmu.experiments.resources import versions
from nengo_lmu.files import output_directory, write_whole
from nengo_lmu.names import lookup
from nengo_lmu.networks import SpikingMemory
from nengo_lmu.networks.spiking_memory import ROOM_ON_CHIP
from nengo_lmu.sweep.sweep import sweep
from nengo_lmu.theory.legendre import delay_readout, state_space
from nengo_lmu.theory.lti import gramian, map_to_synapse
from nengo_lmu.theory.realizations import Realization

THETA, ORDER, FREQ, RMS, SECONDS, DT = 0.1, 3, 3.0, 1.0, 2.0, 0.001
N_NEURONS = 3 * 128
SIGNALS = range(1, 11)
READOUT_TAU = 0.02
RATES = Uniform(250, 350)
PUBLISHED = {
    "nengo": "0.055-0.059",
    "loihi": "0.145-0.151",
    "nengo-loihi": "0.145-0.151",
    "analog": "0.156-0.163",
}
BY_SIGNAL = [f"signal {k}" for k in SIGNALS]
COLUMNS = ["recipe", "backend", "signal", "seed", "nrmse", "versions"]


MISMATCH = 0.3

_DEGREES = 2 * FREQ * SECONDS
LOUDEST = RMS * float(np.sqrt(chdtri(_DEGREES, 0.05) / _DEGREES))
"""The rms that our memories are laid out for: 1 signal in 20 is louder.

White noise of 2 s below 3 Hz is 12 independent Gaussian numbers, so the mean square of
one signal, over that of all, is a twelfth of a chi-squared number of 12 degrees."""


class PublishedMemory:
    """The network of the thesis: continuous Principle 3, nengo's own decoders.

    Parameters
    ----------
    on_chip : bool
        Whether with the settings for Loihi (100 to 120 Hz, intercepts from -1 to 0.5,
        full weights, regularization 0.1). Otherwise nengo's defaults.
    tau : float, optional
        Time constant of the synapses, in seconds.
    """

    leads = np.zeros((ORDER, 1))

    def __init__(self, on_chip, tau=0.01):
        settings, solver = {}, LstsqL2()
        if on_chip:
            settings = {"max_rates": Uniform(100, 120), "intercepts": Uniform(-1, 0.5)}
            solver = LstsqL2(reg=0.1, weights=True)
        self.realization = published_realization()
        system = self.realization.system(*state_space(ORDER, THETA))
        recurrent, drive = map_to_synapse(*system, tau)
        self.input = nengo.Node(size_in=1)
        ensembles = [
            nengo.Ensemble(N_NEURONS // ORDER, 1, neuron_type=nengo.LIF(), **settings)
            for _ in range(ORDER)
        ]
        for i, post in enumerate(ensembles):
            nengo.Connection(self.input, post, transform=drive[i], synapse=tau)
            for j, pre in enumerate(ensembles):
                nengo.Connection(
                    pre, post, transform=recurrent[i, j], solver=solver, synapse=tau
                )
        self.probes = [nengo.Probe(ensemble, synapse=None) for ensemble in ensembles]

    def decoded(self, data):
        """What the spikes say, (n_steps, order)."""
        return np.hstack(data)


class OurMemory:
    """A `SpikingMemory` with decoders from recorded spikes."""

    def __init__(self, on_chip, seed):
        memory = SpikingMemory(
            N_NEURONS,
            ORDER,
            THETA,
            neuron_type=nengo.LIF(),
            freq=FREQ,
            # On the chip there is room for a quarter more than that anyway.
            rms=LOUDEST / (ROOM_ON_CHIP if on_chip else 1.0),
            max_rates=RATES,
            recorded=True,
            on_chip=on_chip,
            n_loops=1,
            seed=seed,
        )
        self.input, self.realization = memory.input, memory.realization
        self.leads = np.array([[p.lead] for p in memory.populations])
        self.decoders = [p.decoders for p in memory.populations]
        self.probes = [nengo.Probe(p.neurons, synapse=None) for p in memory.populations]

    def decoded(self, data):
        """What the spikes say, (n_steps, order)."""
        return np.hstack([s @ d for s, d in zip(data, self.decoders, strict=True)])


def measure(run):
    """One network on one signal.

    Parameters
    ----------
    run : dict
        ``recipe`` (published or ours), ``backend`` (a backend's name or analog),
        ``signal`` (its seed) and ``seed`` (of the network).

    Returns
    -------
    dict
        ``nrmse`` and ``versions``.
    """
    name, seed, ours = run["backend"], run["seed"], run["recipe"] == "ours"
    backend = backends.find("nengo" if name == "analog" else name)

    def make():
        if name == "analog":
            return analog_memory(MISMATCH, ours, ours, seed)
        return OurMemory(backend.chip, seed) if ours else PublishedMemory(backend.chip)

    (error,) = errors_of(make, backend, [run["signal"]], seed)
    return {"nrmse": error, "versions": versions(backend.package)}


def errors_of(make, backend, signals, seed, **options):
    """NRMSE of a memory on some of the signals, a list.

    Parameters
    ----------
    make : callable
        Makes the memory, within a network.
    backend : nengo_lmu.backends.Backend
    signals : sequence of int
        Their seeds.
    seed : int
        Of network and simulator.
    **options
        Of the simulator.
    """
    with nengo.Network(seed=seed) as network:
        source = nengo.Node([0.0])
        memory = make()
        nengo.Connection(source, memory.input, synapse=None)
    options = {"dt": DT, "seed": seed, "progress_bar": None, **options}
    return [
        _error_on(task_signal(signal), source, network, memory, backend, options)
        for signal in signals
    ]


def _error_on(u, source, network, memory, backend, options):
    source.output = nengo.processes.PresentInput(u[:, None], DT)
    with fresh_build(), warnings.catch_warnings():
        # nengo-loihi says of the published recipe that it loses bits, which it does.
        warnings.simplefilter("ignore")
        with backend.load()(network, **options) as simulator:
            simulator.run_steps(len(u))
            data = [np.array(simulator.data[probe]) for probe in memory.probes]
    return _nrmse(read_out(memory, memory.decoded(data), u), u)


def task_signal(seed, dt=DT):
    """One of the signals, (n_steps,)."""
    noise = WhiteSignal(SECONDS, FREQ, RMS, y0=0, seed=seed)
    return noise.run(SECONDS, dt=dt)[:, 0]


def analog_memory(mismatch, mapped, retrained, seed):
    """An `AnalogMemory` for the task."""
    return AnalogMemory(
        N_NEURONS,
        ORDER,
        THETA,
        mismatch,
        mapped=mapped,
        retrained=retrained,
        seed=seed,
        freq=FREQ,
        rms=LOUDEST,
        max_rates=RATES,
    )


def read_out(memory, decoded, u):
    """State in Legendre coordinates, (n_steps, order), by discrete Principle 3.

    Parameters
    ----------
    memory : PublishedMemory, OurMemory or AnalogMemory
    decoded : (n_steps, order) array
        What its spikes say, not filtered.
    u : (n_steps,) array
        Its input.
    """
    system = memory.realization.system(*state_space(ORDER, THETA))
    transforms = map_to_synapse(*system, READOUT_TAU, DT)
    recurrent, drive = undo_leads(*transforms, *system, memory.leads)
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


def published_realization():
    """The balanced realization of the delay of theta, with radii 1, 1/2 and 1/3."""
    A, B = state_space(ORDER, THETA)
    C = delay_readout(ORDER, 1.0)
    observability = solve_continuous_lyapunov(A.T, -C.T @ C)
    balanced = Realization.balanced(gramian(A, B), observability)
    return balanced.scaled(1 / np.arange(1.0, ORDER + 1))


def run_delay_network(out, *, backend="nengo", trials=5, workers=2):
    """Run both recipes on ten signals; print and write what came out.

    Parameters
    ----------
    out : path_like
        Directory of ``results.csv`` and ``table.json``, `{row name: {"nrmse_mean",
        "ci95", "published"}}`. A run that was stopped goes on with what is missing.
    backend : str, optional
        See `nengo_lmu.backends`; or "analog", neurons with a mismatch of 30 %.
    trials : int, optional
        Seeds of the network, 0, 1, ..., with each signal.
    workers : int, optional
        Runs at a time.

    Returns
    -------
    dict
        The table.
    """
    if backend != "analog":
        backends.get(backend)
    lookup("backend", backend, PUBLISHED)
    out = output_directory(out)
    runs = [
        {"recipe": recipe, "backend": backend, "signal": signal, "seed": seed}
        for recipe in ("published", "ours")
        for seed in range(trials)
        for signal in SIGNALS
    ]
    rows = sweep(measure, runs, COLUMNS, out / "results.csv", workers=workers)
    table = {}
    for recipe in ("published", "ours"):
        found = summary([r["nrmse"] for r in rows if r["recipe"] == recipe])
        table[recipe] = {
            "nrmse_mean": found["nrmse_mean"],
            "ci95": [found["ci95_low"], found["ci95_high"]],
            "published": PUBLISHED[backend] if recipe == "published" else "",
        }
    write_whole(out / "table.json", json.dumps(table, indent=2) + "\n")
    shown = [{"recipe": name, **row} for name, row in table.items()]
    report.print_table(
        [{**row, "ci95": "{:.4f} to {:.4f}".format(*row["ci95"])} for row in shown],
        f"NRMSE of the delay network on {backend}: {trials} networks, 10 signals",
    )
    return table


def by_signal(errors):
    """Errors on all the signals as columns of a table."""
    return dict(zip(BY_SIGNAL, errors, strict=True))


def summary(errors, n_draws=3000):
    """Mean and its 95 % interval, by bootstrap, as in the thesis."""
    draws = np.random.RandomState(0).choice(errors, (n_draws, len(errors)))
    low, high = np.quantile(draws.mean(axis=1), [0.025, 0.975])
    return {
        "nrmse_mean": float(np.mean(errors)),
        "ci95_low": float(low),
        "ci95_high": float(high),
    }
