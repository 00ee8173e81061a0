"""Systems in place of the memory's: what they are, and the quick form."""

import numpy as np
import pytest
from click.testing import CliRunner

from nengo_lmu.cli import main
from nengo_lmu.experiments.ablation import network as ablation
from nengo_lmu.files import read_table
from nengo_lmu.theory.legendre import state_space

ORDER, STEPS = 20, 100


@pytest.mark.parametrize("name", ablation.SYSTEMS)
def test_systems_are_stable(name):
    for seed in range(5):
        rng = np.random.RandomState(seed)
        Ad, Bd = ablation.SYSTEMS[name](ORDER, STEPS, rng)
        assert Ad.shape == (ORDER, ORDER) and Bd.shape == (ORDER, 1)
        assert np.abs(np.linalg.eigvals(Ad)).max() < 1


def test_random_has_the_bounds_of_A():
    A, _ = state_space(ORDER, STEPS)
    Ad, _ = ablation.random(ORDER, STEPS, np.random.RandomState(0))
    # Of a step the logarithm: frequencies are not told apart, real parts are.
    decay = np.log(np.abs(np.linalg.eigvals(Ad)))
    bounds = np.linalg.eigvals(A).real
    assert decay.max() == pytest.approx(bounds.max(), rel=1e-6)
    assert decay.min() == pytest.approx(bounds.min(), rel=1e-6)


def test_rotations_keep_the_size():
    for make in (ablation.orthogonal, ablation.turning):
        Ad, _ = make(ORDER, STEPS, np.random.RandomState(0))
        assert np.allclose(Ad @ Ad.T, np.exp(-2 / STEPS) * np.eye(ORDER))


def test_quick_form(tmp_path):
    """With digits that are told by which of ten parts of the image is bright."""
    rng = np.random.RandomState(0)
    labels = rng.randint(0, 10, 400)
    images = rng.randint(0, 100, (400, 28, 28))
    images[np.arange(400), labels] += 100
    images = images.astype(np.uint8)
    data = tmp_path / "mnist.npz"
    np.savez(
        data,
        x_train=images[:300],
        y_train=labels[:300],
        x_test=images[300:],
        y_test=labels[300:],
    )
    out = tmp_path / "out"
    arguments = ["bench", "ablation", "--quick", "--data", str(data), "--out", str(out)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert (out / "ablation.png").is_file()
    first, *others = read_table(out / "table.csv")
    assert first["error"] < 1e-5
    assert first["with noise"] < 1e-3
    assert first["digits (%)"] > 50  # chance: 10
    for row in others:
        assert row["with noise"] > 2 * first["with noise"], row["system"]
