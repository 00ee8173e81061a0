import numpy as np
import pytest


# Measured: nengo 0.16, 0.09, 0.20; loihi 0.33, 0.16, 0.30. The chip's shorter synapse
# costs most where the beats are: above the band of twelve polynomials.
@pytest.mark.parametrize(
    "backend, bounds", [("nengo", (0.2, 0.12, 0.25)), ("loihi", (0.42, 0.21, 0.38))]
)
def test_window_and_feature(read_model, nrmse, backend, bounds):
    data = read_model("ecg_window", backend).run(3)
    delayed = data["0.25 s ago: neurons, ideal (mV)"][1000:]
    strength = data["RMS of the window: neurons, ideal (mV)"][1000:]
    # The feature of the signal itself, not of the memory's window of it.
    power = np.convolve(data["ECG (mV)"][:, 0] ** 2, np.full(500, 1 / 500))[1000:3000]
    signal = np.column_stack([strength[:, 0], np.sqrt(power)])
    errors = nrmse(delayed), nrmse(strength), nrmse(signal)
    assert all(np.less(errors, bounds)), errors


def test_gain(read_model):
    """Without a signal the window empties, and the feature falls: 0.26 to 0.12 mV."""
    model = read_model("ecg_window")
    model.names["gain"].output = lambda t: float(t < 1)
    strength = model.run(2.5)["RMS of the window: neurons, ideal (mV)"]
    assert strength[700:1000, 0].mean() > 0.22
    assert strength[2000:, 0].mean() < 0.15
    assert strength[2000:, 1].mean() < 0.01
