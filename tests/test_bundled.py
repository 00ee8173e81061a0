"""Example models and boards by name; tests/installation has them from a wheel."""

import pytest
from nengo.exceptions import ValidationError

from nengo_lmu import bundled


def test_every_model_and_board_has_a_name():
    assert {"delay", "ecg_window", "irregular"} <= bundled.models().keys()
    assert {"kapoho-bay", "nahuku-32"} <= bundled.boards().keys()
    assert bundled.model_file("delay").name == "delay.py"
    assert bundled.board_file("nahuku-32").name == "nahuku-32.json"


def test_a_package_that_holds_them_inside_itself(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "inside.py").touch()
    monkeypatch.setattr(bundled, "PACKAGE", tmp_path)
    assert bundled.models() == {"inside": tmp_path / "models" / "inside.py"}


def test_a_file_comes_before_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "delay").write_text("")
    assert not bundled.model_file("delay").is_absolute()
    (tmp_path / "delay").unlink()
    (tmp_path / "delay").mkdir()
    assert bundled.model_file("delay").is_absolute()


@pytest.mark.parametrize("find", [bundled.model_file, bundled.board_file])
@pytest.mark.parametrize("name", ["models/delay", "dealy", ""])
def test_neither_file_nor_name(find, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValidationError, match="there is no file .* by its name: .*, "):
        find(name)


def test_an_example_is_edited_as_a_copy(tmp_path):
    original = bundled.model_file("delay")
    with bundled.editable_model("delay") as path:
        assert path != original
        assert path.read_text() == original.read_text()
        assert path.with_name("delay.py.cfg").is_file()
    assert not path.exists()
    own = tmp_path / "own.py"
    own.touch()
    with bundled.editable_model(own) as path:
        assert path == own
    assert own.exists()
