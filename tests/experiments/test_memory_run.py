"""One run of a memory: the same on every backend, spikes counted without a record."""

from functools import partial

import nengo
import numpy as np
import pytest

from nengo_lmu.experiments.accuracy.network import PeersMemory
from nengo_lmu.experiments.memory_run import fresh_build, range_notes, run_memory
from nengo_lmu.networks import IdealMemory, SpikingMemory
from nengo_lmu.networks.range_watch import RangeWarning
from nengo_lmu.signals import white_noise

NOISE = white_noise(0.3, 20.0, seed=1)


def test_ideal_memory_has_no_error():
    result = run_memory(partial(IdealMemory, 6, 0.1), NOISE, 0.3)
    np.testing.assert_allclose(result.u, NOISE)
    assert result.nrmse < 1e-12 and result.rmse < 1e-12
    assert result.n_spikes == 0
    assert result.build_s > 0 and result.run_s > 0


@pytest.mark.parametrize("kind", [nengo.LIF(), nengo.PoissonSpiking(nengo.LIFRate())])
def test_spikes_are_counted(kind):
    probes = []

    def memory():
        network = PeersMemory(60, 3, 0.1, kind, seed=1)
        with network:
            probes.extend(nengo.Probe(e.neurons) for e in network.all_ensembles)
        return network

    class Recording(nengo.Simulator):
        def close(self):
            spikes.extend(self.data[probe] for probe in probes)
            super().close()

    spikes = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nengo, "Simulator", Recording)
        result = run_memory(memory, NOISE, 0.3)
    # nengo's spikes have the height 1 / dt
    assert result.n_spikes == pytest.approx(0.001 * np.sum(spikes))
    assert result.n_spikes > 100


def test_a_run_goes_on():
    """With its input from the beginning again, as one longer run."""
    lengths = []

    def more(result):
        lengths.append(len(result.u))
        return 0.3 if len(lengths) < 3 else 0

    make = partial(PeersMemory, 60, 3, 0.1, nengo.LIF(), seed=1)
    result = run_memory(make, NOISE, 0.3, more=more)
    whole = run_memory(make, np.tile(NOISE, 3), 0.9)
    assert lengths == [300, 600, 900]
    np.testing.assert_array_equal(result.u, np.tile(NOISE, 3))
    np.testing.assert_allclose(result.state, whole.state)
    assert result.n_spikes == whole.n_spikes


def test_another_time_step():
    noise = white_noise(0.3, 20.0, dt=0.0005, seed=1)
    result = run_memory(partial(IdealMemory, 6, 0.1, dt=0.0005), noise, 0.3, dt=0.0005)
    assert len(result.u) == 600 and result.nrmse < 1e-12


def test_cache_is_left_as_it_was():
    before = nengo.rc.get("decoder_cache", "enabled")
    nengo.rc.set("decoder_cache", "enabled", "True")
    try:
        with pytest.raises(ValueError), fresh_build():
            assert nengo.rc.get("decoder_cache", "enabled") == "False"
            raise ValueError
        assert nengo.rc.get("decoder_cache", "enabled") == "True"
    finally:
        nengo.rc.set("decoder_cache", "enabled", before)


def test_ranges_of_runs_are_noted():
    """What `nengo-lmu evaluate` prints; and a run by itself has it, too."""
    u = 4 * white_noise(2.0, 2.0, 0.5, seed=5)
    kind = nengo.SpikingRectifiedLinear()
    options = {"freq": 2.0, "seed": 0, "label": "m", "neuron_type": kind}
    make = partial(SpikingMemory, 60, 3, 0.25, **options)
    with range_notes() as notes, pytest.warns(RangeWarning, match="SpikingMemory m"):
        run = run_memory(make, u, 2.0, backend="nengo-lmu")
    assert notes == [f"SpikingMemory m: {run.range}"] and run.range.loudest > 3
