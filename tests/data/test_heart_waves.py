"""The files of the heart waves: what is read, and what is refused in one line."""

import numpy as np
import pytest
from nengo.exceptions import ValidationError
from scipy.io import savemat

from nengo_lmu.data import heart_waves


@pytest.fixture
def arrays(rng):
    x = rng.randint(-1, 2, size=(3, 30, 4)).astype(np.int16)
    labels = rng.randint(0, 6, size=(3, 30))
    y = np.eye(6, dtype=np.uint8)[labels]
    y[:, :5] = 0
    return {"x": x, "y": y}


def test_load(arrays, tmp_path, monkeypatch):
    savemat(tmp_path / "qtdb_train.mat", arrays)
    savemat(tmp_path / "QTDB_test.mat", {name: a[:1] for name, a in arrays.items()})
    waves = heart_waves.load(tmp_path)
    assert np.array_equal(waves.events, arrays["x"]) and len(waves) == 3
    assert not waves.labelled[:, :5].any() and waves.labelled[:, 5:].all()
    assert np.all(waves.labels[:, :5] == heart_waves.WAVES.index("P"))
    assert np.array_equal(waves.labels[:, 5:], arrays["y"][:, 5:].argmax(axis=2))
    monkeypatch.setenv(heart_waves.VARIABLE, str(tmp_path))
    assert len(heart_waves.load(None, "test")) == 1
    assert np.array_equal(waves.part([2]).labels, waves.labels[2:])


def refused(match, directory):
    with pytest.raises(ValidationError, match=match) as error:
        heart_waves.load(directory)
    assert "\n" not in str(error.value)


def test_what_is_refused(arrays, tmp_path, monkeypatch):
    monkeypatch.delenv(heart_waves.VARIABLE, raising=False)
    refused("--data or the environment variable NENGO_LMU_QTDB", None)
    refused("must be a directory with qtdb_train.mat", tmp_path / "no")
    path = tmp_path / "qtdb_train.mat"
    savemat(path, arrays)
    refused("must be a directory", path)
    path.write_bytes(path.read_bytes()[:700])
    refused("cut off", tmp_path)
    path.write_bytes(b"")
    refused("cut off", tmp_path)
    savemat(path, {"x": arrays["x"]})
    refused("must have labels as 'y'", tmp_path)
    savemat(path, {**arrays, "x": 2 * arrays["x"]})
    refused("each -1, 0 or 1", tmp_path)
    savemat(path, {**arrays, "x": arrays["x"][:, :, :2]})
    refused(r"must be \(n, n_steps, 4\)", tmp_path)
    savemat(path, {**arrays, "y": np.ones_like(arrays["y"])})
    refused("one 1 a step", tmp_path)
    savemat(path, {**arrays, "y": arrays["y"][:2]})
    refused(r"must be \(3, 30, 6\)", tmp_path)
