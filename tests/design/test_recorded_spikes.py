import nengo
import numpy as np
import pytest

from nengo_lmu.design.recorded_spikes import filtered, record
from nengo_lmu.design.tuning import Tuning
from nengo_lmu.loihi import responses as on_loihi

DT, POLE = 0.001, 0.98


def _tuning(kind):
    rng = np.random.RandomState(0)
    gain, bias = kind.gain_bias(rng.uniform(100, 300, 20), rng.uniform(-0.8, 0.5, 20))
    return Tuning(kind, gain, bias, rng.choice([-1.0, 1.0], (20, 1)))


@pytest.mark.parametrize("on_chip", [False, True])
def test_as_simulated(on_chip):
    """The same spikes as under nengo, or, but for its rounding, nengo-loihi."""
    kind = nengo.LIF(initial_state={"voltage": nengo.dists.Choice([0])})
    tuning = _tuning(kind)
    x = 0.8 * np.sin(2 * np.pi * 2 * DT * np.arange(1000))[:, None]
    currents = tuning.gain * (x @ tuning.encoders.T)
    ours = (on_loihi.record if on_chip else record)(tuning, x, POLE, DT)
    if on_chip:
        voltage, resting = np.zeros(20), np.zeros(20, int)
        decay = round(-np.expm1(-DT / 0.02) * 4095) / 4096
        spikes = np.zeros((1000, 20))
        for k, current in enumerate(currents + tuning.bias):
            voltage = np.maximum(voltage * (1 - decay) + decay * current, 0)
            voltage[resting > 0] = 0
            spikes[k] = voltage > 1
            resting = np.maximum(np.where(voltage > 1, 3, resting) - 1, 0)
            voltage[voltage > 1] = 0
    else:
        with nengo.Network(seed=0) as network:
            source = nengo.Node(nengo.processes.PresentInput(currents, DT))
            ensemble = nengo.Ensemble(
                20, 1, neuron_type=kind, gain=np.ones(20), bias=tuning.bias
            )
            nengo.Connection(source, ensemble.neurons, synapse=None)
            probe = nengo.Probe(ensemble.neurons)
        with nengo.Simulator(network, dt=DT, progress_bar=False) as simulator:
            simulator.run_steps(1000)
        spikes = simulator.data[probe] * DT
    theirs = filtered(spikes / DT, POLE)
    assert np.sum(spikes) > 1000
    assert np.allclose(ours, theirs)


def test_long_recordings_are_thinned():
    x = np.zeros((25_000, 1))
    rows = record(_tuning(nengo.LIF()), x, POLE, DT)
    assert rows.shape == (8333, 20)
    assert len(filtered(x, POLE)) == 8333
