"""The cache of compiled kernels is used, and rebuilt if it is corrupt or old."""

import importlib.util
import os

import numpy as np
import pytest

from nengo_lmu.simulator import compiled
from nengo_lmu.simulator.compiled import walk

SOURCE = """
from nengo_lmu.simulator.compiled import kernel

@kernel
def {name}(m, a):
    m[a[0]] += {value}
"""


def load(path):
    """Load the kernel of a source file as a new process would."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, path.stem)


def result(kernel):
    """The number that the kernel adds to zero."""
    numbers, integers = np.zeros(1), np.zeros(1, dtype=np.int64)
    table = np.array([[kernel.address(numbers.dtype), 0]], dtype=np.int64)
    walk()(numbers.ctypes.data, integers.ctypes.data, table, 0, 1, 3)
    return numbers[0] / 3


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "plus.py"
    path.write_text(SOURCE.format(name="plus", value=2))
    assert result(load(path)) == 2
    return path


def cache_files(path):
    files = sorted(path.parent.glob("__pycache__/plus.plus-*.nb?"))
    assert {file.suffix for file in files} == {".nbi", ".nbc"}
    return files


def test_second_start_compiles_nothing(source):
    before = [file.stat().st_mtime_ns for file in cache_files(source)]
    kernel = load(source)
    assert result(kernel) == 2
    (function,) = kernel._compiled.values()
    assert function.cache_hits == 1
    assert [file.stat().st_mtime_ns for file in cache_files(source)] == before


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("content", [b"", b"nonsense", None])
def test_corrupt_cache_is_rebuilt(source, suffix, content):
    (file,) = (file for file in cache_files(source) if file.suffix == suffix)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert result(load(source)) == 2
    kernel = load(source)
    assert result(kernel) == 2
    (function,) = kernel._compiled.values()
    assert function.cache_hits == 1


def test_old_cache_is_rebuilt(source):
    source.write_text(SOURCE.format(name="plus", value=5))
    later = source.stat().st_mtime + 5
    os.utime(source, (later, later))
    assert result(load(source)) == 5


def test_change_of_another_file_rebuilds(source, monkeypatch):
    """Kernels call functions of other files, which Numba does not compare."""
    monkeypatch.setattr(compiled, "_version", lambda folder: "another")
    kernel = load(source)
    assert result(kernel) == 2
    (function,) = kernel._compiled.values()
    assert function.cache_hits == 0


def test_version_depends_on_every_file(tmp_path, monkeypatch):
    folder = tmp_path / "kernels"
    folder.mkdir()
    monkeypatch.setattr(compiled, "__file__", str(tmp_path / "compiled.py"))
    versions = set()
    for name, content in (("a", "1"), ("b", "2"), ("b", "3")):
        (folder / f"{name}.py").write_text(content)
        versions.add(compiled._version.__wrapped__(tmp_path))
    assert len(versions) == 3
