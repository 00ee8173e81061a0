"""Configurations whose states and spikes are held through every move of code."""

import nengo
import numpy as np

import nengo_lmu
from nengo_lmu.experiments.memory_run import fresh_build

DT = 0.001


def memory(n_neurons, order, theta, **settings):
    return nengo_lmu.SpikingMemory(n_neurons, order, theta, **settings)


def on_chip(n_neurons, order, theta, n_loops=None, **settings):
    memory = nengo_lmu.SpikingMemory(n_neurons, order, theta, **settings)
    memory.n_loops = n_loops
    return memory


def ideal(order, theta, **settings):
    return nengo_lmu.IdealMemory(order, theta, **settings)


def lmu(size_in, n_hidden, order, theta, **settings):
    return nengo_lmu.LMU(size_in, n_hidden, order, theta, **settings)


def sample(seconds=3.0, seed=5):
    return nengo.processes.WhiteSignal(seconds, high=2, rms=0.4, seed=seed).run(
        seconds, dt=DT
    )[:, 0]


LIF, SRL = nengo.LIF, nengo.SpikingRectifiedLinear
REGULAR = nengo.RegularSpiking
SMALL = {"freq": 1.0, "seed": 3}
DRAWN = {"tuning": "drawn"}  # regular neurons take turns or stay awake by default

#: name: (make, backend, seconds)
CONFIGURATIONS = {
    "poisson": (lambda: memory(120, 6, 1.0, **SMALL), "nengo", 0.3),
    "default band": (lambda: memory(60, 4, 0.5, seed=1), "nengo", 0.3),
    "lif": (
        lambda: memory(120, 6, 1.0, neuron_type=LIF(), **DRAWN, **SMALL),
        "nengo",
        0.3,
    ),
    "lif recorded": (
        lambda: memory(60, 3, 0.2, neuron_type=LIF(), recorded=True, freq=3.0, seed=2),
        "nengo",
        0.3,
    ),
    "regular": (
        lambda: memory(
            90, 6, 1.0, neuron_type=REGULAR(nengo.LIFRate()), **DRAWN, **SMALL
        ),
        "nengo",
        0.3,
    ),
    "rectified": (
        lambda: memory(90, 6, 1.0, neuron_type=SRL(), **DRAWN, **SMALL),
        "nengo",
        0.3,
    ),
    "turns": (
        lambda: memory(
            90,
            6,
            1.0,
            neuron_type=SRL(),
            max_rates=np.full(15, 200.0),
            intercepts=np.zeros(15),
            **SMALL,
        ),
        "nengo",
        0.3,
    ),
    "rates": (
        lambda: memory(60, 4, 1.0, neuron_type=nengo.LIFRate(), **SMALL),
        "nengo",
        0.3,
    ),
    "stochastic": (
        lambda: memory(
            60, 4, 1.0, neuron_type=nengo.StochasticSpiking(nengo.LIFRate()), **SMALL
        ),
        "nengo",
        0.3,
    ),
    "adaptive": (
        lambda: memory(60, 4, 1.0, neuron_type=nengo.AdaptiveLIF(), **SMALL),
        "nengo",
        0.3,
    ),
    "single": (
        lambda: memory(150, 3, 1.0, layout="single", neuron_type=LIF(), **SMALL),
        "nengo",
        0.3,
    ),
    "single poisson": (
        lambda: memory(100, 3, 1.0, layout="single", **SMALL),
        "nengo",
        0.3,
    ),
    "balanced": (
        lambda: memory(60, 4, 1.0, realization="balanced", **SMALL),
        "nengo",
        0.3,
    ),
    "normalized": (
        lambda: memory(60, 4, 1.0, realization="normalized", **SMALL),
        "nengo",
        0.3,
    ),
    "legendre": (
        lambda: memory(60, 4, 1.0, realization="legendre", **SMALL),
        "nengo",
        0.3,
    ),
    "channels": (
        lambda: memory(60, 4, 1.0, n_channels=2, neuron_type=LIF(), **DRAWN, **SMALL),
        "nengo",
        0.3,
    ),
    "alpha": (
        lambda: memory(60, 4, 1.0, synapse=nengo.Alpha(0.05), **SMALL),
        "nengo",
        0.3,
    ),
    "short synapse": (
        lambda: memory(60, 4, 1.0, synapse=0.05, neuron_type=LIF(), **DRAWN, **SMALL),
        "nengo",
        0.3,
    ),
    "sample": (
        lambda: memory(90, 6, 1.0, sample=sample(), **DRAWN, neuron_type=LIF(), seed=4),
        "nengo",
        0.3,
    ),
    "radii": (
        lambda: memory(60, 4, 1.0, radii=[0.8, 1.0, 1.2, 1.5], **SMALL),
        "nengo",
        0.3,
    ),
    "solver": (
        lambda: memory(60, 4, 1.0, solver=nengo.solvers.LstsqL2(reg=0.05), **SMALL),
        "nengo",
        0.3,
    ),
    "short steps": (
        lambda: memory(
            60, 4, 0.5, dt=0.0005, **DRAWN, neuron_type=LIF(), freq=2.0, seed=9
        ),
        "nengo",
        0.15,
    ),
    "long steps": (
        lambda: memory(60, 4, 1.0, dt=0.002, neuron_type=LIF(), **DRAWN, **SMALL),
        "nengo",
        0.4,
    ),
    "compiled": (lambda: memory(120, 6, 1.0, **SMALL), "nengo-lmu", 0.5),
    "compiled lif": (
        lambda: memory(120, 6, 1.0, neuron_type=LIF(), **DRAWN, **SMALL),
        "nengo-lmu",
        0.5,
    ),
    "ideal": (lambda: ideal(6, 0.5, n_channels=2), "nengo", 0.3),
    "chip": (lambda: on_chip(60, 3, 0.1, freq=3.0, seed=3), "loihi", 0.4),
    "chip two loops": (
        lambda: on_chip(80, 4, 0.5, n_loops=2, freq=1.0, seed=3),
        "loihi",
        0.4,
    ),
    "chip rectified": (
        lambda: on_chip(60, 3, 0.3, neuron_type=SRL(), freq=3.0, seed=5),
        "loihi",
        0.4,
    ),
    "chip channels": (
        lambda: on_chip(45, 3, 0.3, n_channels=2, freq=3.0, seed=5),
        "loihi",
        0.4,
    ),
    "chip sample": (lambda: on_chip(90, 6, 1.0, sample=sample(), seed=4), "loihi", 0.4),
    "chip long steps": (
        lambda: on_chip(60, 3, 0.3, freq=2.0, dt=0.002, seed=5),
        "loihi",
        0.4,
    ),
}


def record(name):
    """State, delayed window and spikes a population and step of a configuration."""
    make, backend, seconds = CONFIGURATIONS[name]
    with nengo.Network(seed=7) as model:
        own = make()
        signal = nengo.processes.WhiteSignal(2.0, high=3, rms=0.5, seed=11)
        source = nengo.Node(signal, size_out=1)
        for channel in range(own.n_channels):
            nengo.Connection(
                source, own.input[channel], transform=1 - 2 * channel, synapse=None
            )
        state = nengo.Probe(own.state, synapse=None)
        delayed = nengo.Probe(own.add_delay(own.theta / 2), synapse=None)
        spikes = []
        if backend != "loihi":
            spikes = [nengo.Probe(e.neurons) for e in own.ensembles]
    with fresh_build():
        if backend == "loihi":
            simulator = chip_simulator(model, own)
        else:
            from nengo_lmu import backends

            simulator = backends.get(backend)(
                model, dt=own.dt, seed=2, progress_bar=False
            )
    with simulator:
        simulator.run(seconds)
        arrays = {
            "state": np.array(simulator.data[state]),
            "delayed": np.array(simulator.data[delayed]),
        }
        if spikes:
            arrays["spikes"] = np.stack(
                [simulator.data[p].sum(axis=1) for p in spikes], axis=1
            )
    return arrays


def chip_simulator(model, memory):
    from nengo_lmu.loihi import Simulator, chip_design, lay_out

    design = chip_design(memory.design, n_loops=memory.n_loops)
    return Simulator(lay_out(model, {memory: design}), dt=memory.dt, seed=1)


def record_others():
    """Figures and states that come without a simulation of a memory alone."""
    from nengo_lmu import backends
    from nengo_lmu.design.prediction import state_noise
    from nengo_lmu.theory.lti import VariableStep

    rng = np.random.RandomState(0)
    times = np.cumsum(rng.exponential(0.02, 200))
    step = VariableStep(*nengo_lmu.state_space(6, 1.0))
    found = {"irregular": step.run(times, rng.randn(200))}
    for name in ("poisson", "lif", "single poisson", "rectified", "chip", "channels"):
        own = CONFIGURATIONS[name][0]()
        backend = CONFIGURATIONS[name][1]
        design = backends.find(backend).design(own.design)
        found[f"predict {name}"] = np.array(nengo_lmu.predict(own, backend).nrmse)
        found[f"noise {name}"] = state_noise(design)
    with nengo.Network(seed=3) as model:
        layer = lmu(2, 10, 4, 0.3, n_channels=1, n_neurons=80, freq=2.0, seed=5)
        source = nengo.Node(lambda t: [np.sin(9 * t), np.cos(7 * t)])
        nengo.Connection(source, layer.input, synapse=None)
        probe = nengo.Probe(layer.hidden)
    with fresh_build(), nengo.Simulator(model, seed=1, progress_bar=False) as sim:
        sim.run(0.2)
        found["lmu"] = np.array(sim.data[probe])
    return found
