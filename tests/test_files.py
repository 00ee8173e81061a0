import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.files import output_directory, read_table, write_table, write_whole


def test_half_a_file_is_never_seen(tmp_path):
    path = tmp_path / "file"
    write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert path.read_text() == "old"
    write_whole(path, b"new")
    assert path.read_text() == "new"


def test_table_keeps_values(tmp_path):
    rows = [
        {"a": 1, "b": 0.1 + 0.2, "c": "x, y", "d": ""},
        {"a": -2, "b": 1e-300, "c": 'q"', "d": "z"},
    ]
    write_table(tmp_path / "t.csv", rows)
    assert read_table(tmp_path / "t.csv") == rows
    write_table(tmp_path / "t.csv", rows, ["c", "a"])
    assert list(read_table(tmp_path / "t.csv")[0]) == ["c", "a"]


def test_output_directory(tmp_path):
    assert output_directory(tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(ValidationError, match="out: cannot write .*Not a directory"):
        output_directory(tmp_path / "file" / "below")
