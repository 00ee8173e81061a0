import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.evaluation.energy import DEVICES, Device, joules, work


def test_factored_work_grows_with_neurons_dense_with_their_square():
    few, many = (work(m, 6, n_spikes=100 * m, n_steps=1000) for m in (600, 6000))
    assert many.updates == 10 * few.updates == 6e6
    # 600 encoders, 600 decoders and the 6 x 6 matrix at each of 1000 steps
    assert few.synops_clocked == 1000 * (600 + 600 + 36)
    assert few.synops_event == 60_000 + 1000 * (600 + 36)
    few, many = (
        work(m, 6, n_spikes=100 * m, n_steps=1000, dense=True) for m in (600, 6000)
    )
    assert few.synops_event == 60_000 * 600
    assert few.synops_clocked == 1000 * 600**2
    assert many.synops_event == 100 * few.synops_event


def test_single_population_has_more_weights_a_neuron():
    array, single = (work(600, 6, 100, 10, layout=x) for x in ("array", "single"))
    matrix = 36 * 10
    assert single.synops_clocked - matrix == 6 * (array.synops_clocked - matrix)


def test_joules_of_loihi():
    done = work(100, 1, n_spikes=1000, n_steps=50, dense=True)
    spikes = 1000 * (100 * 23.6e-12 + 3.5e-12)
    assert joules(done, "loihi") == pytest.approx(spikes + 5000 * 81e-12)
    assert joules(done, "loihi", active=0) == pytest.approx(spikes + 5000 * 52e-12)


def test_a_clocked_device_pays_for_silence():
    silent = work(100, 2, n_spikes=0, n_steps=10, dense=True)
    assert joules(silent, "gpu") == pytest.approx((100_000 + 1000) * 0.3e-9)
    own = Device(1.0, 0.0, 0.0, 0.0, event_driven=True, source="test")
    assert joules(silent, own) == 0


def test_every_figure_has_a_source():
    assert all(device.source for device in DEVICES.values())


def test_wrong_arguments():
    done = work(100, 2, 0, 10)
    with pytest.raises(ValidationError, match="did you mean 'loihi'"):
        joules(done, "lohi")
    with pytest.raises(ValidationError, match="active"):
        joules(done, "loihi", active=1.5)
    with pytest.raises(ValidationError, match="layout"):
        work(100, 2, 0, 10, layout="ring")
