"""Several channels, long windows, other time steps, and irregular samples."""

import nengo
import numpy as np
import pytest

from nengo_lmu import Simulator, SpikingMemory
from nengo_lmu.data import ecg
from nengo_lmu.evaluation.error import window_nrmse
from nengo_lmu.signals import white_noise


def errors(memory_of, u, theta, order, dt=0.001):
    """NRMSE of each channel of a memory, driven with signals (n_steps, n_channels)."""
    with nengo.Network(seed=0) as network:
        memory = memory_of()
        source = nengo.Node(nengo.processes.PresentInput(u, dt), size_out=u.shape[1])
        nengo.Connection(source, memory.input, synapse=None)
        state = nengo.Probe(memory.state, synapse=None)
    with Simulator(network, dt=dt, progress_bar=False) as simulator:
        simulator.run_steps(len(u))
        states = np.split(np.array(simulator.data[state]), u.shape[1], axis=1)
    return [
        window_nrmse(own, u[:, k], theta, dt, n_points=2 * order + 50)
        for k, own in enumerate(states)
    ]


def test_channels_of_their_own_band_and_scale():
    """Each errs as a memory of its own would, however different the others are."""
    bands, scales = [0.5, 1.0, 2.0], [0.01, 1.0, 30.0]
    u = np.column_stack(
        [
            white_noise(6.0, band, scale, seed=k)
            for k, (band, scale) in enumerate(zip(bands, scales, strict=True))
        ]
    )

    def make(**band):
        return SpikingMemory(600, 6, 1.0, n_channels=3, seed=0, **band)

    own = errors(lambda: make(freq=bands, rms=scales), u, 1.0, 6)
    assert max(own) < 0.12
    shared = errors(lambda: make(freq=1.0, rms=1.0), u, 1.0, 6)
    # A channel a hundred times below the expected input is lost in the noise.
    assert shared[0] > 10 * own[0] and shared[2] > 3 * own[2]


def test_a_sample_for_each_channel():
    """Twenty bands of a rectified sound, each as its own sample says."""
    rng = np.random.RandomState(0)
    n_steps, n_channels = 4000, 20
    smooth = nengo.Alpha(0.05).filt(rng.randn(n_steps, n_channels), dt=0.001, y0=0)
    bands = np.abs(smooth) * 10.0 ** np.linspace(0, -2, n_channels)

    def make():
        return SpikingMemory(
            400,
            6,
            0.5,
            n_channels=n_channels,
            sample=bands,
            neuron_type=nengo.SpikingRectifiedLinear(),
            seed=0,
        )

    found = errors(make, bands, 0.5, 6)
    assert max(found) < 0.05


@pytest.mark.parametrize("dt", [0.0001, 0.005])
def test_time_steps(dt):
    """Ten steps a millisecond, and five milliseconds a step."""
    u = white_noise(3.0, 1.0, 0.5, dt=dt, seed=4)[:, None]

    def make():
        return SpikingMemory(600, 6, 1.0, freq=1.0, dt=dt, seed=0)

    (found,) = errors(make, u, 1.0, 6, dt)
    assert found < 0.12


def test_half_a_minute():
    u = white_noise(45.0, 0.05, 0.5, seed=3)[:, None]
    (found,) = errors(
        lambda: SpikingMemory(600, 6, 30.0, freq=0.05, seed=0), u, 30.0, 6
    )
    assert found < 0.06


def test_an_electrocardiogram_sampled_at_random_times():
    """Samples at random times, each held until the next, as a step of the input."""
    voltage, rate = ecg()
    rng = np.random.RandomState(0)
    times = np.cumsum(rng.exponential(1 / rate, round(8 * rate)))
    samples = np.interp(times, np.arange(len(voltage)) / rate, voltage)
    steps = 0.001 * np.arange(6000)
    held = samples[np.searchsorted(times, steps, side="right") - 1]
    u = (held - held.mean())[:, None]

    def make():
        return SpikingMemory(
            960,
            24,
            0.5,
            sample=u[:3000, 0],
            neuron_type=nengo.SpikingRectifiedLinear(),
            max_rates=np.full(40, 200.0),
            intercepts=np.zeros(40),
            seed=0,
        )

    (found,) = errors(make, u[3000:], 0.5, 24)
    assert found < 0.06
