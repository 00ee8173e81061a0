"""One file holds what was trained, and says what is wrong with another."""

import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.files import read_arrays, write_arrays
from nengo_lmu.networks.trained_network import Trained


@pytest.fixture
def trained():
    rng = np.random.RandomState(0)
    return Trained(
        "digits",
        {"order": np.int64(6), "permutation_seed": 3, "layers": [{"theta": 0.1}]},
        {"0.W_m": rng.randn(4, 6), "0.b": rng.randn(4)},
        {"0": rng.rand(4)},
        "python 3",
    )


@pytest.fixture
def path(trained, tmp_path):
    trained.save(tmp_path / "model.npz")
    return tmp_path / "model.npz"


def test_comes_back(trained, path):
    again = Trained.load(path, "digits", permutation_seed=3)
    assert (again.model, again.parameters) == (trained.model, trained.parameters)
    assert again.versions == trained.versions
    for ours, theirs in (
        (trained.weights, again.weights),
        (trained.activity, again.activity),
    ):
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def message(path, *args, **kwargs):
    with pytest.raises(ValidationError) as info:
        Trained.load(path, *args, **kwargs)
    assert "\n" not in str(info.value) and str(path) in str(info.value)
    return str(info.value)


def test_another_model(path):
    assert "must be a trained beats, is a trained digits" in message(path, "beats")


def test_another_parameter(path):
    text = message(path, permutation_seed=4)
    assert "must be trained with permutation_seed = 4, is 3" in text
    assert "must be trained with noise = 1, is None" in message(path, noise=1)


@pytest.mark.parametrize("part", [0, 0.3, 0.9, 0.999])
def test_cut_off(path, part):
    data = path.read_bytes()
    path.write_bytes(data[: int(part * len(data))])
    assert "cut off" in message(path)


def test_no_such_file(path):
    np.savez(path, a=np.zeros(3))
    assert "must be a whole file of nengo-lmu" in message(path)
    path.write_bytes(b"text")
    assert "must be a whole file of nengo-lmu" in message(path)
    np.savez(path, header=np.array([object()]))
    assert "must be a whole file of nengo-lmu" in message(path)


def test_a_later_version(path):
    header, arrays = read_arrays(path, 1)
    write_arrays(path, {**header, "format": 2}, arrays)
    assert "has format 2, this nengo-lmu reads up to 1: update" in message(path)
