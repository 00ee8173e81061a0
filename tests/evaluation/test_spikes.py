"""The spike counter counts the spikes that a probe of the neurons records."""

import nengo
import numpy as np
import pytest

from nengo_lmu import backends
from nengo_lmu.evaluation.spikes import spike_counter


@pytest.mark.parametrize("backend", ["nengo", "nengo-lmu"])
@pytest.mark.parametrize("dt", [0.001, 0.002])
def test_count(backend, dt):
    with nengo.Network(seed=0) as model:
        ensembles = [nengo.Ensemble(n, 1) for n in (20, 30)]
        probes = [nengo.Probe(ensemble.neurons) for ensemble in ensembles]
        count = nengo.Probe(spike_counter([e.neurons for e in ensembles], dt))
    with backends.get(backend)(model, dt=dt, seed=0, progress_bar=None) as simulator:
        simulator.run_steps(50)
        spikes = sum(dt * simulator.data[probe].sum(axis=1) for probe in probes)
        assert spikes.sum() > 20
        np.testing.assert_allclose(simulator.data[count][:, 0], np.cumsum(spikes))
