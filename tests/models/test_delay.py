import numpy as np
import pytest


# Measured: 0.037 and 0.056 against the ideal, 0.038 and 0.051 against the signal.
@pytest.mark.parametrize("backend, bound", [("nengo", 0.055), ("loihi", 0.08)])
def test_delay(read_model, nrmse, backend, bound):
    data = read_model("delay", backend).run(3)
    signal, delayed = data["signal"][:, 0], data["0.5 s ago: neurons, ideal"][1000:]
    assert nrmse(delayed) < bound
    # The signal itself, half a second earlier; another delay fits worse.
    errors = {
        lag: nrmse(np.column_stack([delayed[:, 0], signal[1000 - lag : 3000 - lag]]))
        for lag in (460, 500, 540)
    }
    assert errors[500] < bound
    assert errors[500] < min(errors[460], errors[540])


def test_push(read_model):
    """What a hand pushes comes back after the delay."""
    model = read_model("delay")
    model.names["noise"].output = np.zeros(1)
    model.names["push"].output = lambda t: 0.8 * (1.5 < t < 2.2)
    neurons = model.run(3)["0.5 s ago: neurons, ideal"][:, 0]
    assert abs(neurons[1400:1850].mean()) < 0.1
    assert abs(neurons[2200:2500].mean() - 0.8) < 0.1
    assert abs(neurons[2900:].mean()) < 0.1
