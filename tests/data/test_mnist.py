import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.data import mnist


def arrays(n=6, n_test=4, side=28):
    rng = np.random.RandomState(0)
    return {
        "x_train": rng.randint(0, 256, (n, side, side)).astype(np.uint8),
        "y_train": np.arange(n, dtype=np.uint8) % 10,
        "x_test": rng.randint(0, 256, (n_test, side, side)).astype(np.uint8),
        "y_test": np.arange(n_test, dtype=np.uint8) % 10,
    }


@pytest.fixture
def write(tmp_path):
    def to_file(**changes):
        path = tmp_path / "mnist.npz"
        np.savez(path, **{**arrays(), **changes})
        return path

    return to_file


def test_load_and_split(write):
    train, test = mnist.load(write())
    assert train.pixels.shape == (6, 784) and len(test) == 4
    np.testing.assert_array_equal(train.pixels[2], arrays()["x_train"][2].ravel())
    learning, held_back = mnist.split(train, 2)
    np.testing.assert_array_equal(held_back.labels, [4, 5])
    np.testing.assert_array_equal(learning.pixels, train.pixels[:4])


def test_permutation_is_fixed_and_that_of_the_paper(write):
    order = mnist.permutation(784, 0)
    np.testing.assert_array_equal(order, np.random.RandomState(0).permutation(784))
    assert not np.array_equal(order, mnist.permutation(784, 1))
    train, _ = mnist.load(write())
    shown = train.permuted(0)
    np.testing.assert_array_equal(shown.pixels[:, 5], train.pixels[:, order[5]])
    np.testing.assert_array_equal(shown.labels, train.labels)


def test_where_it_is_looked_for(write, monkeypatch, tmp_path):
    path = write()
    monkeypatch.setenv(mnist.VARIABLE, str(path))
    assert len(mnist.load()[0]) == 6
    monkeypatch.delenv(mnist.VARIABLE)
    monkeypatch.setattr(mnist, "CACHE", tmp_path / "nothing.npz")
    with pytest.raises(ValidationError, match="load_data") as error:
        mnist.load()
    for text in ("nothing.npz", "--data", mnist.VARIABLE):
        assert text in str(error.value)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"x_train": np.zeros((6, 784), np.uint8)}, "x_train .* uint8 of shape"),
        ({"x_test": np.zeros((4, 28, 28))}, "x_test .* is float64"),
        ({"y_train": np.zeros(5, int)}, r"y_train .* integers of shape \(6,\)"),
        ({"y_test": np.zeros(4)}, "y_test .* integers"),
        ({"y_test": np.array([0, 1, 2, 10])}, "y_test .* 0 to 9, has 0 to 10"),
        ({"y_train": np.full(6, -1)}, "y_train .* has -1"),
        ({"x_test": np.zeros((4, 8, 8), np.uint8)}, r"x_test .* \(n, 28, 28\)"),
        ({"x_test": np.zeros((0, 28, 28), np.uint8)}, "x_test"),
    ],
)
def test_wrong_arrays(write, changes, message):
    with pytest.raises(ValidationError, match=message):
        mnist.load(write(**changes))


def test_other_files(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, x_train=np.zeros(3))
    with pytest.raises(ValidationError, match="must have the arrays x_train, y_train"):
        mnist.load(path)
    np.savez(path, **arrays())
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValidationError, match="cut off"):
        mnist.load(path)
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(ValidationError, match="cut off"):
        mnist.load(tmp_path / "one.npy")
    with pytest.raises(ValidationError, match="cut off"):
        np.savez(path, **{**arrays(), "y_test": np.array([{}])})
        mnist.load(path)
