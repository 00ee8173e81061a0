import numpy as np


def test_names_words(read_model):
    """Of eight words in a row; chance is less than one."""
    model = read_model("spoken_digits", "nengo-lmu")
    ends, n = model.names["ends"][:8], 8
    seconds = ends[-1] * model.names["frame"] + 0.2
    outputs = model.run(seconds)["which word"]
    at = np.round(ends * 10).astype(int)
    found = [outputs[k : k + 100].sum(axis=0).argmax() for k in at]
    assert np.sum(found == model.names["spoken"][:n]) >= 7
