"""The network with functions of the window, what is true, and Product beside them."""

from collections.abc import Callable
from dataclasses import dataclass

import nengo
import numpy as np

from nengo_lmu.experiments.memory_run import play
from nengo_lmu.networks import IdealMemory, SpikingMemory
from nengo_lmu.signals import white_noise

ORDER, THETA, FREQ, RMS, DT = 6, 1.0, 1.0, 0.5, 0.001
N_POINTS = 11
MEMORY_NEURONS = 1200
MAGNITUDE = 1.5
"""Range of `nengo.networks.Product`: three standard deviations of its inputs."""

PRODUCT_SYNAPSE = 0.02


def of_channels(windows):
    """Product of two channels a second ago."""
    return windows[0, -1] * windows[1, -1]


def of_delays(window):
    """Product of what was half a second ago and a second ago."""
    return window[5] * window[-1]


def rms(window):
    return np.sqrt(np.mean(window**2))


def delay(window):
    return window[5]


@dataclass(frozen=True)
class Case:
    """A function and what it is measured against.

    Attributes
    ----------
    function : callable
    channels, neurons : int
    bar : float or None
        Largest error on a CPU; None: 0.01 above that of `add_delay`.
    factors : tuple or None
        Samples of the window that `nengo.networks.Product` multiplies.
    """

    function: Callable
    channels: int
    neurons: int
    bar: float | None = None
    factors: tuple | None = None


CASES = {
    "product of channels": Case(of_channels, 2, 800, 0.10, (10, 21)),
    "product of delays": Case(of_delays, 1, 800, 0.10, (5, 10)),
    "rms": Case(rms, 1, 1200, 0.08),
    "maximum": Case(np.max, 1, 1200, 0.08),
    "delay": Case(delay, 1, 800),
}


def build(neuron_type, seed, seconds, *, compared=True):
    """Two memories, of one and of two channels, with all outputs.

    Parameters
    ----------
    neuron_type : nengo.neurons.NeuronType
    seed : int
        Of the network and of its signals.
    seconds : float
        Length of the signals.
    compared : bool, optional
        Whether to add `nengo.networks.Product`.

    Returns
    -------
    network : nengo.Network
    probes : dict of {str: dict of {str: nengo.Probe}}
        By case, then by what is probed.
    outputs : dict of {str: (SpikingMemory, WindowOutput)}
    """
    signals = [white_noise(seconds, FREQ, RMS, seed=10 * seed + k) for k in range(2)]
    probes, outputs, memories = {}, {}, {}
    with nengo.Network(seed=seed) as network:
        for n in (1, 2):
            ideal = IdealMemory(ORDER, THETA, n_channels=n)
            memory = SpikingMemory(
                MEMORY_NEURONS,
                ORDER,
                THETA,
                neuron_type=neuron_type,
                n_channels=n,
                freq=FREQ,
                seed=seed,
            )
            source = play(np.transpose(signals[:n]), memory.input, DT)
            nengo.Connection(source, ideal.input, synapse=None)
            memories[n] = memory, ideal
        for name, case in CASES.items():
            memory, ideal = memories[case.channels]
            node = memory.add_output(case.function, N_POINTS, n_neurons=case.neurons)
            outputs[name] = memory, memory.outputs[-1]
            nodes = {"output": node, "true": ideal.add_output(case.function, N_POINTS)}
            if case.bar is None:
                nodes["add_delay"] = memory.add_delay(THETA / 2)
            probes[name] = {k: nengo.Probe(node) for k, node in nodes.items()}
            if case.factors and compared:
                probes[name]["Product"] = product(memory, case)
    return network, probes, outputs


def product(memory, case):
    """A probe of `nengo.networks.Product` on delays, with as many neurons."""
    both = nengo.networks.Product(
        case.neurons // 2, 1, input_magnitude=MAGNITUDE, label="Product"
    )
    window = memory.add_window(N_POINTS)
    for k, factor in zip(case.factors, (both.input_a, both.input_b), strict=True):
        nengo.Connection(window[k], factor, synapse=None)
    return nengo.Probe(both.output, synapse=PRODUCT_SYNAPSE)
